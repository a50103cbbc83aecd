/** `rollcall kv export` and `import`: a tree of keys as JSON, in Consul's form. */
import { formatExact, parseExact } from '../watches/exact-json.ts';
import { makeClientCommand } from './client-command.ts';
import { decodeBase64, readData } from './kv-data.ts';
import { flagsText, kvPath, onlyArgument, readPairs, withoutSlash } from './kv-pair.ts';
import { told } from './told.ts';

interface ExportedPair {
  key: string;
  flags?: unknown;
  /** In base 64. */
  value?: string;
}

export const kvExportCommand = makeClientCommand({
  name: 'kv export',
  call: '[flags] [prefix]',
  summary: 'Prints the keys that begin with a prefix as JSON, for kv import',
  text: {
    examples: [['Save a tree of keys', 'kv export app/ > app.json']],
  },
  flags: [],
  async run(api, _values, args) {
    if (args.length > 1) throw new Error(`Too many arguments (expected 1, got ${args.length})`);
    const path = kvPath(withoutSlash(args[0] ?? ''), 'recurse');
    const pairs = await told('querying Consul agent', readPairs(api, path));
    const exported = pairs.map(
      ({ Key, Flags, Value }): ExportedPair => ({ key: Key, flags: Flags, value: Value.toString('base64') }),
    );
    process.stdout.write(`${formatExact(exported, '\t')}\n`);
    return 0;
  },
});

export const kvImportCommand = makeClientCommand({
  name: 'kv import',
  call: '[flags] data',
  summary: 'Sets keys from the JSON of kv export: a text, "@file", or "-" for standard input',
  text: {
    about: ['Keys that exist are written over; those that the data does not name are left alone.'],
    examples: [
      ['Read what kv export has written', 'kv import @app.json'],
      ['Read it from another program', 'cat app.json | rollcall kv import -'],
      ['Put it elsewhere', 'kv import -prefix=copy/ @app.json'],
    ],
  },
  flags: [{ name: 'prefix', help: 'What to put before each key. Default: nothing.' }],
  async run(api, { prefix = '' }, args) {
    const pairs = readExported(readData(onlyArgument(args, 'DATA')).toString());
    for (const { key, flags = 0, value = '' } of pairs) {
      const path = kvPath(prefix + key, `flags=${flagsText({ Flags: flags })}`);
      await api.put(path, decodeValue(prefix + key, value)).catch((error: Error) => {
        throw new Error(`Error! Failed writing data for key ${prefix + key}: ${error.message}`);
      });
      process.stdout.write(`Imported: ${prefix + key}\n`);
    }
    return 0;
  },
});

function decodeValue(key: string, value: string): Buffer {
  try {
    return decodeBase64(value);
  } catch (error) {
    throw new Error(`Error base 64 decoding value for key ${key}: ${(error as Error).message}`);
  }
}

/** @throws for what is no export; nothing has been written then. */
function readExported(text: string): ExportedPair[] {
  let found: unknown;
  try {
    found = parseExact(text);
  } catch (error) {
    throw new Error(`Cannot unmarshal data: ${(error as Error).message}`);
  }
  const isExported = (pair: unknown) => typeof (pair as ExportedPair | null)?.key === 'string';
  if (!Array.isArray(found) || !found.every(isExported))
    throw new Error('Cannot unmarshal data: expected a list of objects with "key", "flags" and "value"');
  return found;
}
