/** What a program that handles an update is given. */
import { formatExact } from './exact-json.ts';
import type { WatchUpdate } from './watch.ts';

/** One line of JSON. */
export const handlerInput = ({ value }: WatchUpdate): string => `${formatExact(value)}\n`;

/** The words that let a shell read a command line: $SHELL, as with Consul, or the system's. */
export const shellWords = (command: string): string[] => [process.env.SHELL || '/bin/sh', '-c', command];

export const handlerEnvironment = ({ index }: WatchUpdate): NodeJS.ProcessEnv => ({
  ...process.env,
  CONSUL_INDEX: index,
});
