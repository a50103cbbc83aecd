import { type DnsConfig, dnsConfigDefaults } from '../../../sidecar/dns/dns-config.ts';
import { DnsServer } from '../../../sidecar/dns/dns-server.ts';
import type { Clock } from '../../../sidecar/system/clock.ts';
import type { DnsCatalogs } from '../../../src/shared/dns/catalogs.ts';
import { exampleQueries, makeCatalogs } from '../../cases/dns/catalog.ts';
import { seededRandom } from '../../seeded-random.ts';
import { FakeClock } from '../fake-clock.ts';
import { makeTestLogger } from '../test-logger.ts';

/** A server on a free port of 127.0.0.1, not yet started, that answers about the cases' catalog. */
export function makeServer(
  config: Partial<DnsConfig> = {},
  clock: Clock = new FakeClock(),
  catalogs: DnsCatalogs = makeCatalogs(),
): DnsServer {
  return new DnsServer({
    config: { ...dnsConfigDefaults, port: 0, ...config },
    catalogs,
    queries: exampleQueries,
    clock,
    random: seededRandom(1),
    logger: makeTestLogger(),
  });
}
