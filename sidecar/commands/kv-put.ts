import { makeClientCommand } from './client-command.ts';
import { casFlag, casIndex, modifyIndexFlag } from './kv-cas.ts';
import { decodeBase64, readData } from './kv-data.ts';
import { isDone, kvPath } from './kv-pair.ts';

export const kvPutCommand = makeClientCommand({
  name: 'kv put',
  call: '[flags] key [data]',
  summary: 'Sets a key to some data: a text, "@file", or "-" for standard input',
  text: {
    about: [
      'A key needs no data. With -cas it is written only if nobody else has written it since it was read.',
    ],
    examples: [
      ['Write a value', 'kv put app/limit 5'],
      ['Write what is in a file', 'kv put app/license @license.txt'],
      ['Write what another program prints', 'echo 5 | rollcall kv put app/limit -'],
      ['Write what nobody has changed since', 'kv put -cas -modify-index=844 app/limit 6'],
    ],
  },
  flags: [
    { name: 'acquire', type: 'bool', help: 'Acquire the lock on the key for -session.' },
    { name: 'base64', type: 'bool', help: 'The data is in base 64: decode it.' },
    casFlag,
    { name: 'flags', type: 'uint64', help: 'A number to keep beside the value, of 64 bits. Default: 0.' },
    modifyIndexFlag,
    { name: 'release', type: 'bool', help: 'Release the lock on the key that -session holds.' },
    { name: 'session', help: 'The session that locks. Needed with -acquire and -release.' },
  ],
  async run(api, values, args) {
    const { acquire = false, base64 = false, flags = '0', release = false, session = '' } = values;
    const [key = '', argument = ''] = args;
    if (args.length > 2) throw new Error(`Error! Too many arguments (expected 1 or 2, got ${args.length})`);
    if (key === '') throw new Error('Error! Missing KEY argument');
    if (key.startsWith('/'))
      throw new Error(`Error! Failed writing data: Invalid key. Key must not begin with a '/': ${key}`);
    const modifyIndex = casIndex(values);
    const cas = modifyIndex !== undefined;
    if ((acquire || release) && session === '')
      throw new Error('Error! Missing -session (required with -acquire and -release)');
    const data = readData(argument);
    const query = new URLSearchParams({ flags });
    if (cas) query.set('cas', modifyIndex);
    else if (acquire) query.set('acquire', session);
    else if (release) query.set('release', session);
    const body = base64 ? decodeData(data) : data;
    const answer = await api.put(kvPath(key, String(query)), body).catch((error: Error) => {
      throw new Error(`Error! ${cas ? `Did not write to ${key}` : 'Failed writing data'}: ${error.message}`);
    });
    const done = isDone(answer);
    if (cas && !done) throw new Error(`Error! Did not write to ${key}: CAS failed`);
    if (!cas && !done) throw new Error(`Error! Did not ${acquire ? 'acquire' : 'release'} lock`);
    process.stdout.write(`Success! ${success({ cas, acquire, release })}: ${key}\n`);
    return 0;
  },
});

function decodeData(data: Buffer): Buffer {
  try {
    return decodeBase64(data.toString());
  } catch (error) {
    throw new Error(`Error! Cannot base 64 decode data: ${(error as Error).message}`);
  }
}

function success({ cas, acquire, release }: { cas: boolean; acquire: boolean; release: boolean }): string {
  if (cas || !(acquire || release)) return 'Data written to';
  return acquire ? 'Lock acquired on' : 'Lock released on';
}
