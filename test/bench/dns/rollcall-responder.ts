/**
 * The sidecar's DNS server over a catalog of made-up services, `s0` and so on, of three instances each, and as many nodes.
 * Arguments: how many services, how many changes a second, of what: `others` or `asked` (that is `s0`), and how many threads.
 */
import { CatalogCache } from '../../../sidecar/cache/catalog-cache.ts';
import { systemClock } from '../../../sidecar/clock.ts';
import { dnsConfigDefaults } from '../../../sidecar/dns/dns-config.ts';
import { DnsServer } from '../../../sidecar/dns/dns-server.ts';
import { makeLogger } from '../../../sidecar/logger.ts';
import { systemRandom } from '../../../sidecar/random.ts';
import type { Change } from '../../../src/shared/protocol/messages.ts';

const [services, changesPerSecond] = process.argv.slice(2, 4).map(Number) as [number, number];
const changed = process.argv[4];
const threads = Number(process.argv[5] ?? 0);
const instances = 3;
const sliceMs = 10;
const nodes = Math.max(services, instances);

const catalog = new CatalogCache('dc1');
let index = 1;

/** An instance of a service, and a check whose output tells when it changed. */
function changesOf(service: number, instance: number): Change[] {
  const raised = { CreateIndex: 1, ModifyIndex: index };
  const Node = `n${(service * instances + instance) % nodes}`;
  const Name = `s${service}`;
  const Address = `10.${instance}.${service >> 8}.${service & 255}`;
  return [
    {
      Set: 'service',
      Node,
      Row: {
        ...raised,
        ID: Name,
        Service: Name,
        Tags: [],
        Address,
        Meta: null,
        Port: 8080,
        Weights: { Passing: 1, Warning: 1 },
        EnableTagOverride: false,
      },
    },
    {
      Set: 'check',
      Row: {
        ...raised,
        Node,
        CheckID: `check-${Name}`,
        Name: 'alive',
        Status: 'passing',
        Notes: '',
        Output: `at ${index}`,
        ServiceID: Name,
        ServiceName: Name,
        ServiceTags: [],
        Type: 'ttl',
        Definition: {},
      },
    },
  ];
}

for (let node = 0; node < nodes; node++) {
  const Row = { CreateIndex: 1, ModifyIndex: 1, ID: '', Node: `n${node}`, Address: '10.255.0.1' };
  const row: Change = { Set: 'node', Row: { ...Row, Datacenter: 'dc1', TaggedAddresses: null, Meta: null } };
  catalog.apply(index, [row]);
}
for (let service = 0; service < services; service++) {
  for (let instance = 0; instance < instances; instance++) catalog.apply(index, changesOf(service, instance));
}

let next = 0;
const changesPerSlice = (changesPerSecond * sliceMs) / 1000;
if (changesPerSecond > 0) {
  setInterval(() => {
    for (let i = 0; i < changesPerSlice; i++) {
      index += 1;
      next += 1;
      const service = changed === 'asked' ? 0 : 1 + (next % (services - 1));
      server.changed('dc1', catalog.apply(index, changesOf(service, next % instances)));
    }
  }, sliceMs);
}

const server = new DnsServer({
  config: { ...dnsConfigDefaults, port: 0, threads },
  catalogs: { reader: () => catalog, staleMs: () => 0 },
  clock: systemClock,
  random: systemRandom,
  logger: makeLogger(
    'bench',
    { level: 'error', json: false, write: (line) => process.stderr.write(`${line}\n`) },
    systemClock,
  ),
});
await server.start();
process.stdout.write(`${server.port}\n`);
