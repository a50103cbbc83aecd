/** Whatever became of the files of a data directory, the agent starts, says which it could not use, and keeps those. */
import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { put } from './clients.ts';
import { test } from './system-test.ts';
import { until } from './until.ts';

/** All that an agent keeps, and whether it can tell that a file is not as it was written. */
const files: Record<string, { told: (damage: string) => boolean }> = {
  'node-id': { told: () => true },
  'tokens.json': { told: () => true },
  'local/definitions.json': { told: () => true },
  // It may end in the midst of a line that was never acknowledged.
  'local/definitions.journal': { told: (damage) => damage !== 'cut short' && damage !== 'empty' },
  'local/results.json': { told: () => true },
  // Lines that are not whole are passed over.
  'local/ttl.journal': { told: (damage) => damage === 'a folder' },
  'catalog/dc1.ndjson': { told: () => true },
};

const damages: [string, (path: string) => void][] = [
  ['cut short', (path) => truncateSync(path, 20)],
  ['empty', (path) => truncateSync(path)],
  ['zeros', (path) => writeFileSync(path, Buffer.alloc(4096))],
  ['no text', (path) => writeFileSync(path, Buffer.from([0xff, 0xfe, 0x00, 0x80]))],
  ['of another version', (path) => writeFileSync(path, '{"Format":99}\n{"Services":[]}\n')],
  ['changed by one bit', flipBit],
  ['a folder', makeFolder],
];

function flipBit(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 0x40;
  writeFileSync(path, bytes);
}

function makeFolder(path: string): void {
  rmSync(path);
  mkdirSync(path);
}

test('files that are damaged in any way are set aside, and what comes after is kept', {
  timeout: 60_000,
}, async ({ system }) => {
  const server = await system.server('edge');
  const host = await system.makeClient('host-a', server, { address: '127.0.0.2' });
  host.declare('tokens.json', {
    acl: { tokens: { default: 'an open edge' }, enable_token_persistence: true },
  });
  const say = async (path: string, body: unknown) =>
    expect((await put(`${host.url}/v1/agent/${path}`, body)).status).toBe(200);
  await host.start();
  for (const [round, [what, damage]] of damages.entries()) {
    await say('service/register', { Name: 'web', Check: { TTL: '10m' } });
    await say('service/register', { Name: 'db' });
    await say('token/agent_recovery', { Token: what });
    await host.program.stop();
    await host.start();
    expect(Object.keys(await host.get<object>('/v1/agent/services')), `before it is ${what}`).toEqual([
      'web',
      'db',
    ]);
    await until('results are saved', () =>
      readFileSync(join(host.dataDir, 'local/results.json'), 'utf8').includes('web'),
    );
    await host.program.stop();

    const damaged = Object.keys(files).map((file) => join(host.dataDir, file));
    damaged.forEach(damage);
    await host.start();
    for (const [file, { told }] of Object.entries(files)) {
      const said = host.program.log.includes(`path=${join(host.dataDir, file)} aside=`);
      expect([file, what, said]).toEqual([file, what, told(what)]);
    }
    expect(await host.get('/v1/agent/services'), what).toEqual({});
    const asides = readdirSync(host.dataDir).filter((name) => name.startsWith('node-id.damaged'));
    expect(asides, what).toHaveLength(round + 1);
  }
});
