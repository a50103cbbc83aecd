import { makeClientCommand } from './client-command.ts';
import { flagsText, type KvPair, kvPath, readKeys, readPairs, withoutSlash } from './kv-pair.ts';
import { told } from './told.ts';

export const kvGetCommand = makeClientCommand({
  name: 'kv get',
  call: '[flags] [key]',
  summary: 'Shows the value of a key, or what is below a prefix',
  text: {
    about: [
      'A key that does not exist is an error, one without data an empty line. With -keys or -recurse the argument may be left out: then it is about all keys.',
    ],
    examples: [
      ['Show a value', 'kv get app/limit'],
      ['With its flags, session and indexes', 'kv get -detailed app/limit'],
      ['Every key that begins so, with its value', 'kv get -recurse app/'],
      ['Only the names, cut short at the next slash', 'kv get -keys app/'],
    ],
  },
  flags: [
    { name: 'base64', type: 'bool', help: 'Show values in base 64.' },
    { name: 'detailed', type: 'bool', help: 'Show the indexes, flags and session too.' },
    { name: 'keys', type: 'bool', help: 'Show the keys that begin with the argument, without their values.' },
    { name: 'recurse', type: 'bool', help: 'Show all keys that begin with the argument, with their values.' },
    { name: 'separator', help: 'Where -keys cuts keys short. Default: "/".' },
  ],
  async run(api, values, args) {
    const { base64 = false, detailed = false, keys = false, recurse = false, separator = '/' } = values;
    if (args.length > 1) throw new Error(`Too many arguments (expected 1, got ${args.length})`);
    const key = withoutSlash(args[0] ?? '');
    if (key === '' && !keys && !recurse) throw new Error('Error! Missing KEY argument');
    const failing = 'querying Consul agent';
    if (keys) {
      const query = `keys&separator=${encodeURIComponent(separator)}`;
      for (const name of await told(failing, readKeys(api, kvPath(key, query))))
        process.stdout.write(`${name}\n`);
      return 0;
    }
    const pairs = await told(failing, readPairs(api, kvPath(key, recurse ? 'recurse' : '')));
    if (!recurse && pairs.length === 0) throw new Error(`Error! No key exists at: ${key}`);
    for (const [i, pair] of pairs.entries()) {
      const value = base64 ? Buffer.from(pair.Value.toString('base64')) : pair.Value;
      if (detailed) print(i > 0 ? '\n' : '', details(pair), value, '\n');
      else print(recurse ? `${pair.Key}:` : '', value, '\n');
    }
    return 0;
  },
});

/** Values are bytes, not always text. */
function print(...pieces: (string | Buffer)[]): void {
  process.stdout.write(Buffer.concat(pieces.map((piece) => Buffer.from(piece as string))));
}

const labelWidth = 17;

/** Up to where the value stands. */
function details(pair: KvPair): string {
  const rows = {
    CreateIndex: pair.CreateIndex,
    Flags: flagsText(pair),
    Key: pair.Key,
    LockIndex: pair.LockIndex,
    ModifyIndex: pair.ModifyIndex,
    Session: pair.Session || '-',
  };
  const lines = Object.entries(rows).map(([label, value]) => `${label.padEnd(labelWidth)}${value}\n`);
  return `${lines.join('')}${pair.Value.length === 0 ? 'Value' : 'Value'.padEnd(labelWidth)}`;
}
