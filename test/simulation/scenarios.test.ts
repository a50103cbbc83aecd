import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { seededRandom } from '../seeded-random.ts';
import { FakeClock } from '../sidecar/fake-clock.ts';
import { aCheck, aService } from '../sidecar/local/declared.ts';
import { type DatacenterObject, loadEdgeCode, SimulatedEdge } from './edge.ts';
import { SimulatedHost } from './host.ts';
import { Network } from './network.ts';
import { silenceEdgeLog } from './runtime.ts';

vi.mock('ws', async () => ({ WebSocket: (await import('./network.ts')).SimulatedSocket }));
vi.mock('cloudflare:workers', async () => (await import('./runtime.ts')).simulatedWorkers);
vi.mock('../../src/datacenter/clock.ts', async () => (await import('./runtime.ts')).simulatedEdgeClock);
vi.mock('../../sidecar/system/durable-file.ts', async () => (await import('./runtime.ts')).makeDisk());

beforeEach(silenceEdgeLog);

const deadlineMs = 60_000;
const evictable = (more = {}) => aCheck('c1', { DeregisterCriticalServiceAfterMs: deadlineMs, ...more });

/** One host that is connected and declares `web` with a critical check that may stay so for a minute. */
async function aCriticalService(checks = [evictable()]) {
  const clock = new FakeClock();
  const random = seededRandom(1);
  const code = await loadEdgeCode();
  const network = new Network(clock, random);
  const edge = network.add('dc1', new SimulatedEdge(network, code));
  const host = new SimulatedHost('h1', { clock, random, log: () => undefined, evicted: () => undefined });
  onTestFinished(() => {
    host.stop();
    edge.stop();
  });
  host.start();
  const { declarations } = host.running!;
  await declarations.registerService(aService('web', checks), false);
  await clock.advanceAsync(1000);
  const inCatalog = () =>
    edge
      .catalog()
      .nodeServices('h1')
      .map(({ ID }) => ID);
  const declared = () => [...host.running!.local.services.keys()];
  const report = (Status: 'passing' | 'critical') =>
    host.running!.local.report({ CheckID: 'c1', Status, Output: '' });
  expect([inCatalog(), declared()]).toEqual([['web'], ['web']]);
  return { clock, network, edge, host, inCatalog, declared, report };
}

test('a service that is critical for too long goes from its host too, and does not return with a restart', async () => {
  const { clock, host, inCatalog, declared } = await aCriticalService();
  await clock.advanceAsync(deadlineMs - 2000);
  expect(inCatalog()).toEqual(['web']);
  await clock.advanceAsync(3000);
  expect([inCatalog(), declared()]).toEqual([[], []]);
  host.kill();
  host.start();
  await clock.advanceAsync(120_000);
  expect([inCatalog(), declared()]).toEqual([[], []]);
});

test('one that is declared again after its eviction stays', async () => {
  const { clock, host, inCatalog } = await aCriticalService();
  await clock.advanceAsync(deadlineMs + 1000);
  await host.running!.declarations.registerService(aService('web'), false);
  await clock.advanceAsync(120_000);
  expect(inCatalog()).toEqual(['web']);
});

test('an eviction that a host hears of after it declared the service anew is not of the new one', async () => {
  const { clock, network, host, inCatalog, declared } = await aCriticalService();
  await clock.advanceAsync(deadlineMs - 2000);
  for (const wire of network.of('h1')) wire.silence();
  network.unreachable.add('h1');
  await clock.advanceAsync(3000);
  expect(inCatalog()).toEqual([]);
  await host.running!.declarations.registerService(aService('web', [], { Port: 81 }), true);
  network.unreachable.clear();
  await clock.advanceAsync(60_000);
  expect([inCatalog(), declared()]).toEqual([['web'], ['web']]);
});

test('a service on a host that fell silent goes, and returns with its host', async () => {
  const { clock, host, inCatalog } = await aCriticalService([evictable({ Status: 'passing' })]);
  host.kill();
  await clock.advanceAsync(deadlineMs + 30_000);
  expect(inCatalog()).toEqual([]);
  host.start();
  await clock.advanceAsync(1000);
  expect(inCatalog()).toEqual(['web']);
});

test('a check that recovered while the edge was away evicts nothing when the edge returns', async () => {
  const { clock, edge, inCatalog, declared, report } = await aCriticalService();
  edge.goDown();
  await clock.advanceAsync(10_000);
  report('passing');
  await clock.advanceAsync(deadlineMs);
  edge.comeUp();
  await clock.advanceAsync(120_000);
  expect([inCatalog(), declared()]).toEqual([['web'], ['web']]);
});

test('a check that is still critical when the edge returns evicts its service when the time that it had left is over', async () => {
  const { clock, edge, inCatalog } = await aCriticalService();
  edge.goDown();
  await clock.advanceAsync(deadlineMs);
  edge.comeUp();
  await clock.advanceAsync(deadlineMs - 15_000);
  expect(inCatalog()).toEqual(['web']);
  await clock.advanceAsync(15_000);
  expect(inCatalog()).toEqual([]);
});

test.each([
  ['taken away, the service stays', undefined, 300_000, ['web']],
  ['made longer, it goes later', 2 * deadlineMs, deadlineMs + 5000, ['web']],
  ['made shorter, it goes sooner', deadlineMs / 2, deadlineMs / 2 + 5000, []],
])('when the deadline of a critical check is %s', async (_what, newDeadlineMs, waitMs, left) => {
  const { clock, host, inCatalog } = await aCriticalService();
  const check = aCheck('c1', newDeadlineMs ? { DeregisterCriticalServiceAfterMs: newDeadlineMs } : {});
  await host.running!.declarations.registerService(aService('web', [check]), false);
  await clock.advanceAsync(waitMs);
  expect(inCatalog()).toEqual(left);
});

test('a deadline that was taken away while the sidecar was not running is taken away at the edge', async () => {
  const { clock, edge, host, inCatalog } = await aCriticalService();
  edge.goDown();
  await host.running!.declarations.registerService(aService('web', [aCheck('c1')]), false);
  host.kill();
  edge.comeUp();
  host.start();
  await clock.advanceAsync(300_000);
  expect(inCatalog()).toEqual(['web']);
});

test('a host that comes back as it was moves nothing in the catalog', async () => {
  const { clock, edge, host, network, report } = await aCriticalService();
  report('passing');
  await clock.advanceAsync(1000);
  host.save();
  const { lastIndex } = edge.catalog();
  network.dropAll();
  await clock.advanceAsync(5000);
  edge.deploy();
  await clock.advanceAsync(5000);
  host.kill();
  host.start();
  await clock.advanceAsync(60_000);
  expect([host.running!.sync.feed.state, edge.catalog().lastIndex]).toEqual(['live', lastIndex]);
});

test('what an edge lost whose storage was put back is told to it again by all of its hosts', async () => {
  const { clock, network, edge, host, inCatalog, declared } = await aCriticalService();
  const other = new SimulatedHost('h2', {
    ...{ clock, random: seededRandom(2), log: () => undefined, evicted: () => undefined },
  });
  onTestFinished(() => other.stop());
  other.start();
  await clock.advanceAsync(1000);
  const putBack = edge.copyStorage();
  await host.running!.declarations.registerService(aService('late'), false);
  await clock.advanceAsync(1000);
  expect(inCatalog()).toEqual(['late', 'web']);
  edge.goDown();
  network.unreachable.add('h1');
  putBack();
  edge.comeUp();
  expect(inCatalog()).toEqual(['web']);
  for (const id of ['a', 'b', 'c']) {
    await other.running!.declarations.registerService(aService(id), false);
    await clock.advanceAsync(10_000);
  }
  expect(edge.catalog().lastIndex).toBeGreaterThan(host.running!.sync.feed.copy.lastIndex);
  network.unreachable.clear();
  await clock.advanceAsync(20_000);
  expect([inCatalog(), declared().sort()]).toEqual([
    ['late', 'web'],
    ['late', 'web'],
  ]);
});

const where = { Datacenter: '', Node: 'h1' };

test.each([
  [
    'critical',
    (object: DatacenterObject) =>
      object.register({
        ...where,
        ...{ ID: '', Address: '', TaggedAddresses: null, NodeMeta: null, SkipNodeUpdate: true },
        Checks: [serfHealth('critical')],
      }),
  ],
  [
    'no check',
    (object: DatacenterObject) => object.deregister({ ...where, ServiceID: '', CheckID: 'serfHealth' }),
  ],
])(
  'somebody who says that serfHealth of a host is %s is not believed while it can be heard',
  async (_what, say) => {
    const { clock, edge } = await aCriticalService();
    const shown = () =>
      edge
        .catalog()
        .nodeChecks('h1')
        .flatMap(({ CheckID, Status }) => (CheckID === 'serfHealth' ? [Status] : []));
    edge.call(say);
    expect(shown()).not.toEqual(['passing']);
    await clock.advanceAsync(1_000);
    expect(shown()).toEqual(['passing']);
  },
);

const serfHealth = (Status: 'critical') => ({
  ...{ Node: 'h1', CheckID: 'serfHealth', Name: 'serfHealth', Status, Notes: '', Output: '' },
  ...{ ServiceID: '', ServiceName: '', ServiceTags: [], Type: '', Definition: {} },
});
