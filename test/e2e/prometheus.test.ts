/** Prometheus finds its targets in the registry (`consul_sd_configs`) and follows them as they come, fail and go. */
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'vitest';
import { curl } from './clients.ts';
import { unpacked } from './debian-packages.ts';
import { freePort } from './ports.ts';
import type { System } from './system.ts';
import { test } from './system-test.ts';
import { until } from './until.ts';

const { dir, missing } = await unpacked('prometheus');

interface Target {
  labels: Record<string, string>;
  health: string;
}

/** All of them with what is known of each, and, in a job of their own, those that pass. */
const config = (consul: string) => `
global: { scrape_interval: 1s }
scrape_configs:
  - job_name: found
    consul_sd_configs: [{ server: '${consul}', tags: [metrics], refresh_interval: 1s }]
    relabel_configs:
      - { source_labels: [__meta_consul_service], target_label: service }
      - { source_labels: [__meta_consul_node], target_label: node }
      - { source_labels: [__meta_consul_dc], target_label: dc }
      - { source_labels: [__meta_consul_service_metadata_team], target_label: team }
      - { source_labels: [__meta_consul_health], target_label: status }
  - job_name: passing
    consul_sd_configs: [{ server: '${consul}', tags: [metrics], refresh_interval: 1s }]
    relabel_configs:
      - { source_labels: [__meta_consul_service], target_label: service }
      - { source_labels: [__meta_consul_health], regex: passing, action: keep }
`;

/** The agent's own page. */
const selfConfig = (agents: string[]) => `
global: { scrape_interval: 1s }
scrape_configs:
  - job_name: agents
    metrics_path: /v1/agent/metrics
    params: { format: [prometheus] }
    static_configs: [{ targets: ${JSON.stringify(agents)} }]
`;

/** A service with a page of metrics. */
async function startMetrics(): Promise<Server> {
  const server = createServer((_request, response) => response.end('answer 42\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

async function startPrometheus(system: System, text: string): Promise<string> {
  const file = join(system.dir, 'prometheus.yml');
  writeFileSync(file, text);
  const address = `127.0.0.1:${await freePort()}`;
  const flags = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(system.dir, 'tsdb')}`,
    `--web.listen-address=${address}`,
  ];
  const program = system.program({
    name: 'prometheus',
    command: join(dir, 'usr/bin/prometheus'),
    args: flags,
  });
  await program.says('Server is ready to receive web requests');
  return `http://${address}`;
}

/** Prometheus takes up news every 5 s. */
const timeoutMs = 120_000;

test.skipIf(missing)(
  'Prometheus discovers targets and follows them',
  { timeout: timeoutMs },
  async ({ system }) => {
    const edge = await system.server('edge');
    const host = await system.client('host-a', edge, { address: '127.0.0.2' });
    const { check, service } = host.consul().agent;
    const metrics = [await startMetrics(), await startMetrics()];
    const register = (name: string, server: Server, tag: string) =>
      service.register({
        name,
        address: '127.0.0.1',
        port: portOf(server),
        tags: [tag],
        meta: { team: 'blue' },
        check: { ttl: '1h', status: 'passing' },
      } as never);
    const prometheus = await startPrometheus(system, config(`${host.address}:${host.ports.http}`));
    const targets = async () =>
      (await curl(`${prometheus}/api/v1/targets?state=active`))
        .json<{ data: { activeTargets: Target[] } }>()
        .data.activeTargets.map(({ labels, health }) =>
          [labels.job, labels.service, labels.status, health].filter(Boolean).join(' '),
        )
        .sort();
    const shows = (...wanted: string[]) =>
      until(`it has ${wanted}`, async () => {
        expect(await targets()).toEqual(wanted);
        return true;
      });
    try {
      await register('api', metrics[0]!, 'metrics');
      await register('silent', metrics[1]!, 'other');
      await shows('found api passing up', 'passing api up');
      await register('web', metrics[1]!, 'metrics');
      await shows('found api passing up', 'found web passing up', 'passing api up', 'passing web up');
      const found = await curl(`${prometheus}/api/v1/query?query=answer{service="web",job="found"}`);
      expect(found.json<{ data: { result: unknown[] } }>().data.result).toMatchObject([
        {
          metric: { node: 'host-a', dc: 'dc1', team: 'blue', status: 'passing' },
          value: [expect.any(Number), '42'],
        },
      ]);
      await check.fail('service:web');
      await shows('found api passing up', 'found web critical up', 'passing api up');
      await check.pass('service:web');
      await service.deregister('api');
      await shows('found web passing up', 'passing web up');
      await edge.kill();
      await edge.start();
      await register('api', metrics[0]!, 'metrics');
      await shows('found api passing up', 'found web passing up', 'passing api up', 'passing web up');
    } finally {
      for (const server of metrics) server.close();
    }
  },
);

test.skipIf(missing)('Prometheus reads what agents measure', { timeout: timeoutMs }, async ({ system }) => {
  const flags = ['-hcl', 'telemetry { prometheus_retention_time = "1m" disable_hostname = true }'];
  const edge = await system.server('edge', { flags });
  const host = await system.client('host-a', edge, { address: '127.0.0.2', flags });
  const addresses = [edge, host].map(({ address, ports }) => `${address}:${ports.http}`);
  const prometheus = await startPrometheus(system, selfConfig(addresses));
  await host.dig('consul.service.consul');
  // Answered by the edge, where a read without the flag is answered from the copy.
  await host.get('/v1/catalog/nodes?consistent');
  /** Agent to value, of those that have the series. */
  const value = async (query: string) => {
    const url = `${prometheus}/api/v1/query?query=${encodeURIComponent(query)}`;
    const { data } = (await curl(url)).json<{
      data: { result: { metric: { instance: string }; value: [number, string] }[] };
    }>();
    return Object.fromEntries(
      data.result.map(({ metric, value: [, text] }) => [
        metric.instance === addresses[0] ? 'edge' : 'host',
        Number(text),
      ]),
    );
  };
  const rows: [string, object][] = [
    ['up', { edge: 1, host: 1 }],
    ['consul_members_clients{datacenter="dc1"}', { edge: 1, host: 1 }],
    ['consul_members_servers', { edge: 1, host: 1 }],
    ['consul_version', { edge: 1, host: 1 }],
    ['consul_server_isLeader', { edge: 1 }],
    ['consul_autopilot_healthy', { edge: 1 }],
    ['consul_state_nodes', { edge: 2, host: 2 }],
    ['consul_dns_domain_query_count{node="host-a"}', { host: 1 }],
    ['consul_client_api_catalog_nodes{node="host-a"}', { host: 1 }],
    ['consul_api_http_count{method="GET",path="v1_catalog_nodes"}', { host: 1 }],
    ['consul_client_rpc > bool 0', { host: 1 }],
    ['process_resident_memory_bytes > bool 1e7', { edge: 1, host: 1 }],
  ];
  for (const [query, expected] of rows)
    await until(`${query} is ${JSON.stringify(expected)}`, async () => {
      expect(await value(query)).toEqual(expected);
      return true;
    });
  const { body } = await curl(`${prometheus}/api/v1/targets`);
  expect(body).toContain('"lastError":""');
  expect(body).not.toMatch(/"lastError":"[^"]/);
});
