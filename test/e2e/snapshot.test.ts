/** Snapshots through a sidecar, with files on disk: what is put back is there, and what is refused changed nothing. */
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { snapshotFileBytesMax } from '../../src/shared/limits.ts';
import { randomBytes } from '../seeded-bytes.ts';
import type { Agent } from './agent.ts';
import { curl } from './clients.ts';
import { unpacked } from './debian-packages.ts';
import { freePort } from './ports.ts';
import type { System } from './system.ts';
import { test } from './system-test.ts';
import { until } from './until.ts';

const valueBytes = 500_000;
const values = 24;

/** Keys of an age: all of them say which. */
async function fill(edge: Agent, age: string): Promise<void> {
  for (let i = 0; i < values; i++) {
    const value = Buffer.from(randomBytes(valueBytes, i));
    value.write(age);
    await fetch(`${edge.edgeUrl}/v1/kv/large/${i}`, { method: 'PUT', body: value });
  }
  for (let done = 0; done < 640; done += 64) {
    const KV = (i: number) => ({ Verb: 'set', Key: `small/${i}`, Value: btoa(age) });
    const ops = Array.from({ length: 64 }, (_, i) => ({ KV: KV(done + i) }));
    await fetch(`${edge.edgeUrl}/v1/txn`, { method: 'PUT', body: JSON.stringify(ops) });
  }
}

/** The ages that the keys are of: one, where nothing was torn. */
async function agesOf(edge: Agent): Promise<{ keys: number; ages: string[] }> {
  const rows = (await (await fetch(`${edge.edgeUrl}/v1/kv/?recurse`)).json()) as { Value: string }[];
  const ages = rows.map(({ Value }) => Buffer.from(Value.slice(0, 4), 'base64').toString());
  return { keys: rows.length, ages: [...new Set(ages)] };
}

const all = (age: string) => ({ keys: values + 640, ages: [age] });

async function save(agent: Agent, path: string): Promise<Buffer> {
  const response = await fetch(`${agent.url}/v1/snapshot`);
  expect(response.status).toBe(200);
  const bytes = Buffer.from(await response.arrayBuffer());
  writeFileSync(path, bytes);
  return bytes;
}

const restore = (agent: Agent, path: string, ...args: string[]) =>
  curl(`${agent.url}/v1/snapshot`, '-T', path, ...args);

async function hosts(system: System) {
  const server = await system.server('edge');
  const host = await system.client('host-a', server, { address: '127.0.0.2' });
  return { server, host, file: (name: string) => join(system.dir, name) };
}

/** A snapshot of a real Consul, or undefined where there is none. */
async function consulSnapshot(system: System): Promise<Buffer | undefined> {
  const { dir, missing } = await unpacked('consul');
  if (missing) return undefined;
  const port = await freePort();
  const ports = [`-http-port=${port}`, '-dns-port=-1', '-grpc-port=-1'];
  for (const name of ['serf-lan', 'serf-wan', 'server']) ports.push(`-${name}-port=${await freePort()}`);
  const args = ['agent', '-dev', '-node=n1', ...ports];
  system.program({ name: 'consul', command: join(dir, 'usr/bin/consul'), args });
  return until('Consul gives a snapshot', async () => {
    const response = await fetch(`http://127.0.0.1:${port}/v1/snapshot`);
    return response.status === 200 && Buffer.from(await response.arrayBuffer());
  });
}

describe('a snapshot', () => {
  test('passes a sidecar in both directions, and what is not one is refused with the reason', async ({
    system,
  }) => {
    const { server, host, file } = await hosts(system);
    await fill(server, 'old');
    const bytes = await save(host, file('old.snap'));
    await fill(server, 'new');
    const foreign = await consulSnapshot(system);
    const flipped = Buffer.from(bytes);
    flipped[Math.floor(bytes.length / 2)]! ^= 1;
    const refused: [what: string, content: Buffer | undefined, text: RegExp][] = [
      ['truncated', bytes.subarray(0, -1000), /^failed to decompress snapshot: unexpected EOF$/],
      ['flipped', flipped, /^failed to (decompress|read) snapshot/],
      ['text', randomBuffer(3_000_000), /^failed to decompress snapshot: gzip: invalid header$/],
      ['foreign', foreign, /^failed to restore snapshot: it was not taken here: its meta\.json names no /],
    ];
    for (const [what, content, text] of refused) {
      if (!content) continue;
      writeFileSync(file(what), content);
      for (const args of [[], ['-H', 'Transfer-Encoding: chunked']]) {
        const { status, body } = await restore(host, file(what), ...args);
        expect([what, status, body]).toEqual([what, 500, expect.stringMatching(text)]);
      }
    }
    expect(await agesOf(server)).toEqual(all('new'));
    const accepted = await restore(host, file('old.snap'));
    expect([accepted.status, accepted.body]).toEqual([200, '']);
    expect(await agesOf(server)).toEqual(all('old'));
  });

  test('that is too large is refused before it is read', async ({ system }) => {
    const { host, file } = await hosts(system);
    writeFileSync(file('large'), '');
    truncateSync(file('large'), snapshotFileBytesMax + 1);
    const { status, body } = await restore(host, file('large'), '-H', 'Expect: 100-continue');
    expect([status, body]).toEqual([
      413,
      `Request body(${snapshotFileBytesMax + 1} bytes) too large, max size: ${snapshotFileBytesMax} bytes.`,
    ]);
  });

  test('that is cut off on its way in changes nothing', async ({ system }) => {
    const { server, host, file } = await hosts(system);
    await fill(server, 'old');
    const bytes = await save(host, file('old.snap'));
    await fill(server, 'new');
    const half = new ReadableStream({
      start(controller) {
        controller.enqueue(bytes.subarray(0, Math.floor(bytes.length / 2)));
      },
      pull(controller) {
        controller.error(new Error('cut off'));
      },
    });
    const init = { method: 'PUT', body: half, duplex: 'half' } as RequestInit;
    await expect(fetch(`${host.url}/v1/snapshot`, init)).rejects.toThrow();
    expect(await agesOf(server)).toEqual(all('new'));
    expect((await restore(host, file('old.snap'))).status).toBe(200);
    expect(await agesOf(server)).toEqual(all('old'));
  });

  test('whose restore the edge does not survive is restored or not, whole', async ({ system }) => {
    const { server, file } = await hosts(system);
    await fill(server, 'old');
    const bytes = await save(server, file('old.snap'));
    await fill(server, 'new');
    await save(server, file('new.snap'));
    const startedAt = performance.now();
    expect((await restore(server, file('old.snap'))).status).toBe(200);
    const takesMs = performance.now() - startedAt;
    for (const share of [0.2, 0.5, 0.7, 0.8, 0.9, 0.95]) {
      const [before] = (await agesOf(server)).ages;
      const wanted = before === 'old' ? 'new' : 'old';
      const killed = system.workerdPid();
      const restored = restore(server, file(`${wanted}.snap`)).then(
        ({ status }) => status === 200,
        () => false,
      );
      await new Promise((resolve) => setTimeout(resolve, share * takesMs));
      process.kill(killed, 'SIGKILL');
      const isRestored = await restored;
      const after = await until('the edge is back', () => agesOf(server));
      expect([all('old'), all('new')]).toContainEqual(after);
      if (isRestored) expect(after).toEqual(all(wanted));
    }
    expect(bytes.byteLength).toBeGreaterThan(values * valueBytes * 0.7);
  });
});

const randomBuffer = (count: number) => Buffer.from(randomBytes(count, 1));
