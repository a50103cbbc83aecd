import { consulVersion, version } from '../../src/shared/version.ts';
import { parseFlags } from '../config/flags.ts';
import type { Command } from './command.ts';
import { commandHelp } from './help.ts';

const flags = [{ name: 'format', help: '"pretty" (default) or "json".' }] as const;

export const versionCommand: Command = {
  name: 'version',
  flags,
  summary: 'Prints the version of Rollcall and of the Consul interfaces it speaks',
  async run(argv) {
    const { values, help } = parseFlags(flags, argv);
    if (help) process.stdout.write(commandHelp('version', 'Prints the version.', flags));
    else if (!['pretty', 'json'].includes(values.format ?? 'pretty'))
      throw new Error(`Unknown format: ${values.format}`);
    else if (values.format === 'json')
      process.stdout.write(`${JSON.stringify({ Version: version, ConsulVersion: consulVersion })}\n`);
    else process.stdout.write(`Rollcall v${version}\nSpeaks the interfaces of Consul ${consulVersion}\n`);
    return 0;
  },
};
