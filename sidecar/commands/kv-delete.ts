import { okBody } from './api-client.ts';
import { makeClientCommand } from './client-command.ts';
import { casFlag, casIndex, modifyIndexFlag } from './kv-cas.ts';
import { isDone, kvPath, withoutSlash } from './kv-pair.ts';

export const kvDeleteCommand = makeClientCommand({
  name: 'kv delete',
  call: '[flags] key',
  summary: 'Deletes a key, or all that begin with a prefix',
  text: {
    about: ['A key that does not exist is no error.'],
    examples: [
      ['Delete one key', 'kv delete app/limit'],
      ['Delete app, apple and app/limit, all that begin so', 'kv delete -recurse app'],
    ],
  },
  flags: [
    casFlag,
    modifyIndexFlag,
    { name: 'recurse', type: 'bool', help: 'Delete all keys that begin with the argument.' },
  ],
  async run(api, { recurse = false, ...values }, args) {
    if (args.length > 1) throw new Error(`Too many arguments (expected 1, got ${args.length})`);
    const key = withoutSlash(args[0] ?? '');
    if (key === '' && !recurse) throw new Error('Error! Missing KEY argument');
    const modifyIndex = casIndex(values);
    const cas = modifyIndex !== undefined;
    if (cas && recurse) throw new Error('Cannot specify both -cas and -recurse!');
    const path = kvPath(key, recurse ? 'recurse' : cas ? `cas=${modifyIndex}` : '');
    const answer = await api
      .request('DELETE', path)
      .then(okBody)
      .catch((error: Error) => {
        const failing = recurse
          ? 'Error! Did not delete prefix'
          : cas
            ? 'Error! Did not delete key'
            : 'Error deleting key';
        throw new Error(`${failing} ${key}: ${error.message}`);
      });
    if (cas && !isDone(answer)) throw new Error(`Error! Did not delete key ${key}: CAS failed`);
    process.stdout.write(`Success! Deleted ${recurse ? 'keys with prefix' : 'key'}: ${key}\n`);
    return 0;
  },
});
