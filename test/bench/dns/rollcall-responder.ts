/**
 * The sidecar's DNS server over a catalog of made-up services, `s0` and so on, and as many nodes. It prints its port.
 *
 *     --services 10 --instances 3 --changes 0 --of others|asked --threads 0
 *
 * `asked` changes `s0`; changes are those of a second.
 */
import { parseArgs } from 'node:util';
import { CatalogCache } from '../../../sidecar/cache/catalog-cache.ts';
import { dnsConfigDefaults } from '../../../sidecar/dns/dns-config.ts';
import { DnsServer } from '../../../sidecar/dns/dns-server.ts';
import { systemClock } from '../../../sidecar/system/clock.ts';
import { makeLogger } from '../../../sidecar/system/logger.ts';
import { systemRandom } from '../../../sidecar/system/random.ts';
import type { Change } from '../../../src/shared/protocol/messages.ts';

const { values } = parseArgs({
  options: {
    services: { type: 'string', default: '10' },
    instances: { type: 'string', default: '3' },
    changes: { type: 'string', default: '0' },
    of: { type: 'string', default: 'others' },
    threads: { type: 'string', default: '0' },
  },
});
const [services, instances] = [Number(values.services), Number(values.instances)];
const [changesPerSecond, threads] = [Number(values.changes), Number(values.threads)];
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
      const service = values.of === 'asked' ? 0 : 1 + (next % (services - 1));
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
