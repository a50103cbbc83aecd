/**
 * `rollcall validate`: reads files as the agent would. What has no data directory is taken for a part of a configuration,
 * a service file for instance: what an agent needs besides is then supposed to stand elsewhere.
 */
import { statSync } from 'node:fs';
import { readConfigFormat } from '../config/agent-flags.ts';
import type { ConfigFormat } from '../config/config-file.ts';
import { parseFlags } from '../config/flags.ts';
import { readHostFacts } from '../config/host-facts.ts';
import { loadConfigFiles } from '../config/load.ts';
import { mergeConfigs } from '../config/merge.ts';
import { resolveConfig } from '../config/resolve.ts';
import type { FileConfig } from '../config/schema.ts';
import type { Command } from './command.ts';
import { commandHelp } from './help.ts';

const flags = [
  { name: 'quiet', type: 'bool', help: 'Say nothing when all is well.' },
  { name: 'config-format', help: 'Read every file as "json" or "hcl", whatever its name ends in.' },
] as const;

export const validateCommand: Command = {
  name: 'validate',
  flags,
  summary: 'Tells what is wrong in config files and directories',
  async run(argv) {
    const { values, args, help } = parseFlags(flags, argv);
    if (help) {
      process.stdout.write(
        commandHelp('validate [flags] file-or-directory...', `${validateCommand.summary}.`, flags, {
          about: [
            'They are read as the agent reads them, together. Without a data_dir among them they count as a part of a configuration, so that a service file can be checked by itself. It ends with 1 if something is wrong.',
          ],
          examples: [
            ['A whole configuration', 'validate /etc/rollcall.d'],
            ['One file, saying nothing if it is well', 'validate -quiet web.json'],
          ],
        }),
      );
      return 0;
    }
    if (args.length === 0) throw new Error('Must specify at least one config file or directory');
    for (const warning of validate(args, readConfigFormat(values['config-format'])))
      process.stderr.write(`${warning}\n`);
    if (!values.quiet) process.stdout.write('Configuration is valid!\n');
    return 0;
  },
};

/** What the agent would warn of. @throws with what is wrong. */
function validate(paths: string[], format: ConfigFormat | undefined): string[] {
  const warnings: string[] = [];
  try {
    const written = mergeConfigs(loadConfigFiles(paths, format, (message) => void warnings.push(message)));
    const whole = written.data_dir === undefined ? { ...supposed, ...written } : written;
    if (isNoDirectory(whole.data_dir))
      throw new Error(`data_dir ${JSON.stringify(whole.data_dir)} is not a directory`);
    return [...warnings, ...resolveConfig(whole, false, readHostFacts()).warnings];
  } catch (error) {
    throw new Error(`Config validation failed: ${(error as Error).message}`);
  }
}

/** What the rest of a configuration may say. */
const supposed: FileConfig = { data_dir: '/', bind_addr: '127.0.0.1', enable_local_script_checks: true };

/** What is not there yet is going to be made. */
const isNoDirectory = (path = '/') =>
  statSync(path || '/', { throwIfNoEntry: false })?.isDirectory() === false;
