import { describe, expect, it } from 'vitest';
import { CatalogCache } from '../../../sidecar/cache/catalog-cache.ts';
import { measured } from '../../../sidecar/dns/measured-answerer.ts';
import { agentGauges, catalogMeter, dnsMeter } from '../../../sidecar/telemetry/agent-metrics.ts';
import { Metrics } from '../../../sidecar/telemetry/metrics.ts';
import { metricsJson } from '../../../sidecar/telemetry/metrics-json.ts';
import { FakeClock } from '../fake-clock.ts';

describe('DNS answers', () => {
  const reply = (rcode: number) => Uint8Array.of(0, 0, 0x80, 0x80 | rcode);

  it('are counted by their code, whether they come at once or later; no answer counts for nothing', async () => {
    const clock = new FakeClock();
    const metrics = new Metrics({ clock, prefix: 'consul', hostname: '', isKept: () => true });
    const replies = [reply(0), Promise.resolve(reply(3)), undefined, reply(0), reply(15)];
    const answerer = measured({ answerQuestion: () => replies.shift() }, dnsMeter(metrics, 'n1'), clock);
    for (let i = 0; i < 5; i++) await answerer.answerQuestion(new Uint8Array(), 'udp');
    const { Counters, Samples } = metricsJson(metrics);
    expect(Counters.map(({ Labels, Sum }) => [Labels.rcode, Sum])).toEqual([
      ['15', 1],
      ['NOERROR', 2],
      ['NXDOMAIN', 1],
    ]);
    expect(Samples).toMatchObject([{ Name: 'consul.dns.domain_query', Count: 4, Labels: { node: 'n1' } }]);
  });
});

describe('requests for the catalog', () => {
  it.each([
    ['/v1/catalog/nodes', 200, ['api.catalog_nodes', 'api.success.catalog_nodes']],
    ['/v1/catalog/service/web', 200, ['api.catalog_service_nodes', 'api.success.catalog_service_nodes']],
    ['/v1/catalog/register', 400, ['api.catalog_register']],
    ['/v1/catalog/register', 500, ['api.catalog_register', 'rpc.error.catalog_register']],
    ['/v1/catalog/nope/web', 404, []],
    ['/v1/kv/web', 200, []],
  ])('%s answered with %s count as %j', (path, status, names) => {
    const metrics = new Metrics({ clock: new FakeClock(), prefix: 'c', hostname: '', isKept: () => true });
    catalogMeter(metrics, 'n1')(path, status);
    const { Counters } = metricsJson(metrics);
    expect(Counters.map(({ Name }) => Name)).toEqual(names.map((name) => `c.client.${name}`));
    for (const { Labels } of Counters) expect(Labels).toEqual({ node: 'n1' });
  });
});

describe('gauges', () => {
  const gauges = (staleMs: number, isServer = false) => {
    const values = agentGauges({
      isServer,
      copy: () => new CatalogCache('dc1'),
      members: () => [],
      isLive: () => staleMs === 0,
      staleMs: () => staleMs,
      services: () => 2,
      checks: () => 3,
    });
    return Object.fromEntries(values.map(({ Name, Value }) => [Name, Value]));
  };

  it('tell of the connection, the copy and what is declared', () =>
    expect(gauges(0)).toMatchObject({
      'sync.live': 1,
      'sync.stale_ms': 0,
      'agent.services': 2,
      'agent.checks': 3,
      'cache.entries_count': 0,
      'state.nodes': 0,
    }));

  it('of an agent with the edge beside it tell of that', () => {
    const leads = { 'server.isLeader': 1, 'autopilot.healthy': 1, 'autopilot.failure_tolerance': 0 };
    expect(gauges(0, true)).toMatchObject(leads);
    expect(gauges(9, true)).toMatchObject({ 'server.isLeader': 0, 'autopilot.healthy': 0 });
    for (const name of Object.keys(leads)) expect(gauges(0)).not.toHaveProperty(name);
  });

  it('count the members; an edge elsewhere is the server', () =>
    expect(gauges(0)).toMatchObject({ 'members.clients': 0, 'members.servers': 1, version: 1 }));

  it('say nothing of how old a copy is that there never was', () =>
    expect(gauges(Number.POSITIVE_INFINITY)).not.toHaveProperty('sync.stale_ms'));
});
