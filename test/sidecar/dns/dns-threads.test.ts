/** Threads answer what the main thread would, and as soon as it would. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CatalogCache } from '../../../sidecar/cache/catalog-cache.ts';
import { dnsConfigDefaults } from '../../../sidecar/dns/dns-config.ts';
import { DnsServer } from '../../../sidecar/dns/dns-server.ts';
import { systemClock } from '../../../sidecar/system/clock.ts';
import type { Change } from '../../../src/shared/protocol/messages.ts';
import { dnsCases, formatReply, sortExpected } from '../../cases/dns/dns-cases.ts';
import { askUdp } from '../../dns-client.ts';
import { decodeReply, encodeAsked } from '../../dns-message.ts';
import { seededRandom } from '../../seeded-random.ts';
import { FakeClock } from '../fake-clock.ts';
import { makeTestLogger } from '../test-logger.ts';
import { makeServer } from './dns-fixture.ts';

const threads = 2;
/** Zone serials are of the cases' time; timers run. */
const clock = { ...systemClock, nowMs: () => new FakeClock().nowMs() };

describe('every case over UDP', () => {
  const server = makeServer({ threads }, clock);
  beforeAll(() => server.start());
  afterAll(() => server.stop());

  describe.each(dnsCases)('%s', (_file, cases) => {
    const own = cases.filter(({ transport = 'udp' }) => transport === 'udp');
    test.each(own)('$law ($asked.name $asked.type)', async ({ asked, config, reply }) => {
      server.reconfigure({ ...dnsConfigDefaults, threads, ...config });
      // The second time from what was kept, if it is by the same thread.
      for (const _ of 'ab')
        expect(formatReply(decodeReply(await askUdp(server.port, encodeAsked(asked))))).toEqual(
          sortExpected(reply),
        );
    });
  });
});

const nodeRow = (Address: string, index: number): Change => ({
  Set: 'node',
  Row: {
    ID: '',
    Node: 'n1',
    Address,
    Datacenter: 'dc1',
    TaggedAddresses: null,
    Meta: null,
    CreateIndex: 1,
    ModifyIndex: index,
  },
});

describe('of a catalog that changes', () => {
  const copies = [new CatalogCache('dc1'), new CatalogCache('dc1')] as const;
  let copy = copies[0];
  let staleMs = 0;
  const server = new DnsServer({
    config: { ...dnsConfigDefaults, port: 0, threads, nodeTtlMs: 60_000 },
    catalogs: { reader: () => copy, staleMs: () => staleMs },
    clock: systemClock,
    random: seededRandom(1),
    logger: makeTestLogger(),
  });
  beforeAll(() => server.start());
  afterAll(() => server.stop());

  /** From a new port each time, so that all threads are asked. */
  const addresses = async (): Promise<string[]> => {
    const replies = await Promise.all(
      Array.from({ length: 16 }, () =>
        askUdp(server.port, encodeAsked({ name: 'n1.node.consul', type: 'A' })),
      ),
    );
    return [...new Set(replies.flatMap((reply) => decodeReply(reply).answer))];
  };

  test('no thread gives the old answer once the change was applied', async () => {
    for (let index = 2; index < 40; index += 1) {
      server.changed('dc1', copy.apply(index, [nodeRow(`10.0.0.${index}`, index)]));
      const answers = await addresses();
      expect(answers).toHaveLength(1);
      expect(answers[0]).toContain(`10.0.0.${index}`);
    }
  });

  test('nor once the copy is another one', async () => {
    copies[1].apply(1, [nodeRow('10.9.9.9', 1)]);
    copy = copies[1];
    server.changed('dc1', undefined);
    const answers = await addresses();
    expect(answers).toHaveLength(1);
    expect(answers[0]).toContain('10.9.9.9');
  });

  test('a copy too stale to be used is noticed, and its return', async () => {
    server.reconfigure({ ...dnsConfigDefaults, threads, maxStaleMs: 30_000 });
    const isAnswered = async (wanted: boolean) => {
      while ((await addresses()).length > 0 !== wanted);
    };
    await isAnswered(true);
    staleMs = 60_000;
    await isAnswered(false);
    staleMs = 0;
    await isAnswered(true);
  });
});

test('a place that cannot be bound is named, and nothing is left open', async () => {
  const first = makeServer({ threads }, clock);
  await first.start();
  const { port } = first;
  await expect(makeServer({ threads, port }, clock).start()).rejects.toThrow(
    `on 127.0.0.1:${port}: another process has it`,
  );
  await first.stop();
  const again = makeServer({ threads, port }, clock);
  await again.start();
  await again.stop();
});
