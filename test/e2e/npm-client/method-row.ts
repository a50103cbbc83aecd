/** What a row of the table of methods has: a whole system, and the client at one of its hosts. */
import type Consul from 'consul';
import { expect } from 'vitest';
import type { Agent } from '../agent.ts';

/** With the methods that its types lack. */
export type Client = Consul & {
  kv: { delete(key: string): Promise<boolean> };
  query: { destroy(query: string): Promise<void> };
};

export interface Parts {
  edge: Agent;
  /** Declares the service "hello", which passes and is tagged "v1". */
  host: Agent;
  /** Was killed a moment ago. */
  dead: Agent;
  consul: Client;
}

/** By its name at the client: calls a method, and says what its README promises of the answer. */
export type MethodRows = Record<string, (parts: Parts) => Promise<void>>;

/** Types of the client are narrower than its documentation in places. */
export const loosely = (options: object): never => options as never;

export const refused = (
  call: Promise<unknown>,
  statusCode: number,
  message: string | RegExp,
): Promise<void> =>
  expect(call).rejects.toMatchObject({ statusCode, message: expect.stringMatching(message) });
