import { randomBytes } from 'node:crypto';
import { parseFlags } from '../config/flags.ts';
import type { Command } from './command.ts';
import { commandHelp } from './help.ts';

const keyBytes = 32;

/** There is no gossip to encrypt, but scripts that set up a host for Consul make a key first. */
export const keygenCommand: Command = {
  name: 'keygen',
  summary: 'Makes a random key of 32 bytes, in base 64',
  async run(argv) {
    const { help } = parseFlags([], argv);
    process.stdout.write(
      help
        ? commandHelp('keygen', `${keygenCommand.summary}.`, [], {
            about: [
              'Nothing here is encrypted with it: connections to the edge are secured by TLS. It is for scripts that make one.',
            ],
          })
        : `${randomBytes(keyBytes).toString('base64')}\n`,
    );
    return 0;
  },
};
