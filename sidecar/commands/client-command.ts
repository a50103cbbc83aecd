/** A command that asks an agent something: parses its own flags and those of every client, and shows its page. */
import { type ClientFlagValues, clientFlags, resolveClientConfig } from '../config/client-flags.ts';
import { type Flag, type FlagValues, parseFlags } from '../config/flags.ts';
import { wayToAgent } from './agent-way.ts';
import { ApiClient } from './api-client.ts';
import type { Command } from './command.ts';
import { commandHelp, type PageText } from './help.ts';

export interface ClientCommandOptions<Flags extends readonly Flag[]> {
  name: string;
  summary: string;
  /** What follows the name on the first line of its page. */
  call?: string;
  flags: Flags;
  /** More of its page. */
  text?: PageText;
  run(api: ApiClient, values: FlagValues<Flags>, args: string[]): Promise<number>;
}

export function makeClientCommand<const Flags extends readonly Flag[]>(
  options: ClientCommandOptions<Flags>,
): Command {
  const { name, summary, call = '[flags]', flags, text, run } = options;
  const table = [...flags, ...clientFlags];
  return {
    name,
    summary,
    flags: table,
    async run(argv) {
      const { values, args, help } = parseFlags(table, argv);
      if (help) {
        process.stdout.write(commandHelp(`${name} ${call}`, `${summary}.`, table, text));
        return 0;
      }
      return run(makeApiClient(values), values as FlagValues<Flags>, args);
    },
  };
}

/** @throws in Consul's words for flags, variables or files that lead nowhere. */
function makeApiClient(values: ClientFlagValues): ApiClient {
  try {
    const config = resolveClientConfig(values, process.env);
    return new ApiClient(config, wayToAgent(config, process.env));
  } catch (error) {
    throw new Error(`Error connecting to Consul agent: ${(error as Error).message}`);
  }
}
