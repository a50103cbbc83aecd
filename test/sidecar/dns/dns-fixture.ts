import { type DnsConfig, dnsConfigDefaults } from '../../../sidecar/dns/dns-config.ts';
import { DnsServer } from '../../../sidecar/dns/dns-server.ts';
import type { Logger } from '../../../sidecar/logger.ts';
import type { DnsCatalogs, PreparedQuerySource } from '../../../src/shared/dns/catalogs.ts';
import { dc1, dc2 } from '../../cases/dns/catalog.ts';
import { CatalogFixture } from '../../catalog-fixture.ts';
import { FakeClock } from '../fake-clock.ts';

/** Always the same numbers in [0, 1) for a seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** dc1 and dc2 of the cases; dc2 comes as a promise. */
export function makeCatalogs(local = new CatalogFixture(dc1)): DnsCatalogs {
  const remote = new CatalogFixture(dc2, 'dc2');
  return {
    reader: (datacenter) =>
      datacenter === undefined ? local : Promise.resolve(datacenter === 'dc2' ? remote : undefined),
    staleMs: () => 0,
  };
}

/** Knows `pq`, with a TTL of 17 s, and `with.dots`: both find the passing instances of web. */
export const exampleQueries: PreparedQuerySource = {
  execute(name) {
    if (name !== 'pq' && name !== 'with.dots') return undefined;
    const instances = new CatalogFixture(dc1).serviceInstances('web');
    return {
      datacenter: 'dc1',
      instances: instances.filter(({ Checks }) => Checks.every(({ Status }) => Status === 'passing')),
      isSorted: false,
      service: 'web',
      ttlMs: name === 'pq' ? 17_000 : undefined,
    };
  },
};

export interface LoggedLine {
  level: string;
  message: string;
  fields: Record<string, unknown> | undefined;
}

export function makeTestLogger(lines: LoggedLine[] = []): Logger {
  const log = (level: string) => (message: string, fields?: Record<string, unknown>) =>
    void lines.push({ level, message, fields });
  const logger: Logger = {
    trace: log('trace'),
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    named: () => logger,
  };
  return logger;
}

/** A server on a free port of 127.0.0.1, not yet started, that answers about the cases' catalog. */
export function makeServer(config: Partial<DnsConfig> = {}, clock = new FakeClock()): DnsServer {
  return new DnsServer({
    config: { ...dnsConfigDefaults, port: 0, ...config },
    catalogs: makeCatalogs(),
    queries: exampleQueries,
    clock,
    random: seededRandom(1),
    logger: makeTestLogger(),
  });
}
