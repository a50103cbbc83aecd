import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findNodeId, machineNodeId } from '../../../sidecar/agent/node-id.ts';
import { aFolder, fillDisk } from '../scratch.ts';
import { type LoggedLine, makeTestLogger } from '../test-logger.ts';

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const kept = '11111111-2222-3333-4444-555555555555';
const find = (dataDir: string, nodeId = '', lines: LoggedLine[] = []) =>
  findNodeId({ nodeId, dataDir, hostNodeId: false }, makeTestLogger(lines));

test('an ID is made once for a data directory, and each time where there is none', () => {
  const dir = aFolder();
  const id = find(dir);
  expect(id).toMatch(uuid);
  expect([find(dir), readFileSync(join(dir, 'node-id'), 'utf8')]).toEqual([id, `${id}\n`]);
  expect([find(aFolder()), find('')]).not.toContain(id);
  expect(find('')).not.toBe(find(''));
});

test('a configured ID counts, and leaves the kept one alone', () => {
  const dir = aFolder();
  const id = find(dir);
  expect([find(dir, kept), find(dir)]).toEqual([kept, id]);
});

test('an ID that cannot be kept is told with its file', () => {
  const dir = aFolder();
  const path = join(dir, 'node-id');
  fillDisk(path);
  expect(() => find(dir)).toThrow(
    `the node ID cannot be kept in ${path}: ENOSPC: no space left on device, write`,
  );
});

test('an ID that a human wrote is taken in either case', () => {
  const dir = aFolder();
  writeFileSync(join(dir, 'node-id'), ` ${kept.toUpperCase()}\r\n`);
  expect(find(dir)).toBe(kept);
});

test.each([
  ['', 'uuid string is wrong length'],
  [kept.slice(1), 'uuid string is wrong length'],
  ['\0'.repeat(36), 'uuid is improperly formatted'],
  [kept.replace('5', 'x'), "encoding/hex: invalid byte: U+0078 'x'"],
])('a file that holds %j is set aside for a new ID', (text, reason) => {
  const dir = aFolder();
  const path = join(dir, 'node-id');
  writeFileSync(path, text);
  const lines: LoggedLine[] = [];
  const id = find(dir, '', lines);
  expect(id).toMatch(uuid);
  expect([find(dir), readFileSync(`${path}.damaged`, 'utf8')]).toEqual([id, text]);
  expect(lines).toEqual([
    {
      level: 'error',
      message: expect.stringContaining('set aside'),
      fields: expect.objectContaining({ path, reason }),
    },
  ]);
});

/** SHA-512 of the lower-case UUID, as `printf %s … | sha512sum` prints it. */
const hashed = 'f2d05822-8dcf-ec67-161e-315eca15cfdb';

test.each([
  ['a UUID', '4C4C4544-0042-3510-8052-B4C04F4D4B32\n'],
  ['32 digits, as systemd writes them', '4c4c4544004235108052b4c04f4d4b32\n'],
])('the ID of a machine is %s', (_what, text) => {
  const path = join(aFolder(), 'machine-id');
  writeFileSync(path, text);
  const logger = makeTestLogger();
  expect(machineNodeId(['/no/such/file', aFolder(), path], logger)).toBe(hashed);
});

test.each([['uninitialized\n'], ['']])('a machine ID %j is none, which is told', (text) => {
  const path = join(aFolder(), 'machine-id');
  writeFileSync(path, text);
  const lines: LoggedLine[] = [];
  expect(machineNodeId([path], makeTestLogger(lines))).toBeUndefined();
  expect(lines).toMatchObject([{ level: 'warn', fields: { looked: path } }]);
});

test('with disable_host_node_id = false a host is the same node after its disk was lost', () => {
  const lines: LoggedLine[] = [];
  const ask = (dataDir: string) =>
    findNodeId({ nodeId: '', dataDir, hostNodeId: true }, makeTestLogger(lines));
  const ids = [ask(aFolder()), ask(aFolder())];
  expect(ids[0]).toMatch(uuid);
  // Where the machine has no ID, that is said instead.
  expect(ids[0] === ids[1]).toBe(lines.length === 0);
});
