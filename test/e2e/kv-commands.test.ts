/** `rollcall kv`, in order, on one agent; where the `consul` program is at hand it must say the same. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { rollcall } from './agent.ts';
import { type Finished, put, run } from './clients.ts';
import { unpacked } from './debian-packages.ts';
import { shareSystem } from './system-test.ts';

const { dir, missing } = await unpacked('consul');

const hosts = shareSystem(async (system) => {
  writeFileSync(join(system.dir, 'value'), Buffer.from([0xff, 0x00, 0x0a]));
  writeFileSync(
    join(system.dir, 'import.json'),
    '[{"key":"i/a","flags":18446744073709551615,"value":"aGk="}]',
  );
  return { system, server: await system.server('edge') };
});

const env = () => ({ CONSUL_HTTP_ADDR: hosts().server.url });
const cli = (...args: string[]) => rollcall(['kv', ...args], env());
const placed = (args: string[]) => args.map((word) => word.replace(/^@/, `@${hosts().system.dir}/`));
const outputOf = ({ stdout, stderr }: Finished) => (stdout + stderr).replace(/Index( +)\d+/g, 'Index$1N');

const detailed = (key: string, flags: string, value: string) =>
  `CreateIndex      N\nFlags            ${flags}\nKey              ${key}\nLockIndex        N\nModifyIndex      N\nSession          -\n${`Value            ${value}`.trimEnd()}\n`;

const unknownSession = '5bd5d3a3-1c86-4d1c-8a26-4e5b1e2a7f6a';

const rows: [string[], number, string][] = [
  [['get'], 1, 'Error! Missing KEY argument\n'],
  [['get', 'nope'], 1, 'Error! No key exists at: nope\n'],
  [['get', '-recurse', 'nope'], 0, ''],
  [['get', '-keys', 'nope'], 0, ''],
  [['put'], 1, 'Error! Missing KEY argument\n'],
  [['put', 'a', 'b', 'c', 'd'], 1, 'Error! Too many arguments (expected 1 or 2, got 4)\n'],
  [['put', '/a', 'b'], 1, "Error! Failed writing data: Invalid key. Key must not begin with a '/': /a\n"],
  [['put', 'a/b', 'hello'], 0, 'Success! Data written to: a/b\n'],
  [['put', '-flags=18446744073709551615', 'a/c', 'x y'], 0, 'Success! Data written to: a/c\n'],
  [['put', '-base64', 'ab', 'aGk='], 0, 'Success! Data written to: ab\n'],
  [['put', 'a/empty'], 0, 'Success! Data written to: a/empty\n'],
  [['put', 'bytes', '@value'], 0, 'Success! Data written to: bytes\n'],
  [['put', 'a/b', '@nope'], 1, ''],
  [['get', 'a/b'], 0, 'hello\n'],
  [['get', '/a/b'], 0, 'hello\n'],
  [['get', 'a/empty'], 0, '\n'],
  [['get', '-base64', 'bytes'], 0, '/wAK\n'],
  [['get', '-detailed', 'a/c'], 0, detailed('a/c', '18446744073709551615', 'x y')],
  [['get', '-recurse', 'a'], 0, 'a/b:hello\na/c:x y\na/empty:\nab:hi\n'],
  [['get', '-recurse', '-base64', 'a/b'], 0, 'a/b:aGVsbG8=\n'],
  [
    ['get', '-recurse', '-detailed', 'a/'],
    0,
    [
      detailed('a/b', '0', 'hello'),
      detailed('a/c', '18446744073709551615', 'x y'),
      detailed('a/empty', '0', ''),
    ].join('\n'),
  ],
  [['get', '-keys', 'a'], 0, 'a/\nab\n'],
  [['get', '-keys', '-separator=', 'a/'], 0, 'a/b\na/c\na/empty\n'],
  [['get', '-keys'], 0, 'a/\nab\nbytes\n'],
  [['put', '-cas', 'a/b', 'x'], 1, 'Must specify -modify-index with -cas!\n'],
  [['put', '-cas', '-modify-index=1', 'a/b', 'x'], 1, 'Error! Did not write to a/b: CAS failed\n'],
  [['put', '-acquire', 'a/b', 'x'], 1, 'Error! Missing -session (required with -acquire and -release)\n'],
  [
    ['put', '-acquire', `-session=${unknownSession}`, 'a/b', 'x'],
    1,
    `Error! Failed writing data: Unexpected response code: 500 (invalid session "${unknownSession}")\n`,
  ],
  [
    ['export', 'a/'],
    0,
    `[\n${[
      ['a/b', '0', 'aGVsbG8='],
      ['a/c', '18446744073709551615', 'eCB5'],
      ['a/empty', '0', ''],
    ]
      .map(
        ([key, flags, value]) =>
          `\t{\n\t\t"key": "${key}",\n\t\t"flags": ${flags},\n\t\t"value": "${value}"\n\t}`,
      )
      .join(',\n')}\n]\n`,
  ],
  [['export', 'nope'], 0, '[]\n'],
  [['export', 'a', 'b'], 1, 'Too many arguments (expected 1, got 2)\n'],
  [['import'], 1, 'Error! Missing DATA argument\n'],
  [['import', '@import.json'], 0, 'Imported: i/a\n'],
  [['get', '-detailed', 'i/a'], 0, detailed('i/a', '18446744073709551615', 'hi')],
  [['delete'], 1, 'Error! Missing KEY argument\n'],
  [['delete', 'a', 'b'], 1, 'Too many arguments (expected 1, got 2)\n'],
  [['delete', '-cas', 'a/b'], 1, 'Must specify -modify-index with -cas!\n'],
  [['delete', '-cas', '-modify-index=1', 'a/b'], 1, 'Error! Did not delete key a/b: CAS failed\n'],
  [['delete', 'nope'], 0, 'Success! Deleted key: nope\n'],
  [['delete', '/ab'], 0, 'Success! Deleted key: ab\n'],
  [['delete', '-recurse', 'a/'], 0, 'Success! Deleted keys with prefix: a/\n'],
  [['get', '-recurse', 'a'], 0, ''],
];

const missingFile = /^Error! Failed to read file: open \/.*\/nope: no such file or directory\n$/;

describe.each(rows)('kv %j', (args, code, said) => {
  const expected = said === '' && code === 1 ? expect.stringMatching(missingFile) : said;

  test('ends with its code and its words', async () => {
    const finished = await cli(...placed(args));
    expect([finished.code, outputOf(finished)]).toEqual([code, expected]);
  });

  test.skipIf(missing)('as consul does', async () => {
    const finished = await run(join(dir, 'usr/bin/consul'), ['kv', ...placed(args)], env());
    expect([finished.code, outputOf(finished)]).toEqual([code, expected]);
  });
});

test('a key that is still as it was is written and deleted by -cas', async () => {
  const index = async () =>
    (await hosts().server.get<{ ModifyIndex: number }[]>('/v1/kv/cas'))[0]!.ModifyIndex;
  await cli('put', 'cas', 'one');
  expect(await cli('put', '-cas', `-modify-index=${await index()}`, 'cas', 'two')).toMatchObject({ code: 0 });
  expect(await cli('delete', '-cas', `-modify-index=${await index()}`, 'cas')).toMatchObject({ code: 0 });
  expect((await cli('get', 'cas')).code).toBe(1);
});

test('a session acquires and releases a lock', async () => {
  const { ID } = (await put(`${hosts().server.url}/v1/session/create`, {})).json<{ ID: string }>();
  const { ID: other } = (await put(`${hosts().server.url}/v1/session/create`, {})).json<{ ID: string }>();
  const said = async (...args: string[]) => outputOf(await cli('put', ...args, 'lock', 'x'));
  expect(await said('-acquire', `-session=${ID}`)).toBe('Success! Lock acquired on: lock\n');
  expect(await said('-acquire', `-session=${other}`)).toBe('Error! Did not acquire lock\n');
  expect(await said('-release', `-session=${other}`)).toBe('Error! Did not release lock\n');
  expect(await said('-release', `-session=${ID}`)).toBe('Success! Lock released on: lock\n');
});

test.each([
  ['-flags=x', 'parse error'],
  ['-flags=18446744073709551616', 'value out of range'],
  ['-modify-index=-1', 'parse error'],
])('put %s is refused', async (flag, fault) => {
  const [name, value] = flag.split('=');
  expect(outputOf(await cli('put', flag, 'bad', 'x'))).toBe(
    `invalid value "${value}" for flag ${name}: ${fault}\n\nFor the flags: rollcall kv put -help\n`,
  );
});

test.each([
  [['put', 'a', 'x'], 'Error! Failed writing data'],
  [['put', '-cas', '-modify-index=1', 'a', 'x'], 'Error! Did not write to a'],
  [['delete', 'a'], 'Error deleting key a'],
  [['delete', '-cas', '-modify-index=1', 'a'], 'Error! Did not delete key a'],
  [['delete', '-recurse', 'a'], 'Error! Did not delete prefix a'],
])('%j says so when nobody is there', async (words, said) => {
  const { code, stderr } = await rollcall(['kv', ...words], { CONSUL_HTTP_ADDR: '127.0.0.1:1' });
  expect([code, stderr]).toEqual([1, expect.stringMatching(`^${said}: the agent at `)]);
});

test('what is no base 64 or no export is refused, and nothing is written', async () => {
  expect(outputOf(await cli('put', '-base64', 'bad', '!!'))).toBe(
    'Error! Cannot base 64 decode data: "!!" is no base 64\n',
  );
  expect(outputOf(await cli('import', '[{"key":"bad","value":"!!"}]'))).toBe(
    'Error base 64 decoding value for key bad: "!!" is no base 64\n',
  );
  expect(outputOf(await cli('import', '{'))).toMatch(/^Cannot unmarshal data: /);
  expect(outputOf(await cli('import', '[{"key":"bad"},{"name":"x"}]'))).toMatch(/^Cannot unmarshal data: /);
  expect((await cli('get', 'bad')).code).toBe(1);
});

test('an import may be put below a prefix', async () => {
  expect(outputOf(await cli('import', '-prefix=copy/', ...placed(['@import.json'])))).toBe(
    'Imported: copy/i/a\n',
  );
  expect(outputOf(await cli('get', 'copy/i/a'))).toBe('hi\n');
});
