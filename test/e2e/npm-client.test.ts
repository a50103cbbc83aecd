/** Every method of Consul's npm client, called once and more; a method that nothing here calls is a failure. */
import Consul from 'consul';
import { expect, test } from 'vitest';
import { agentRows } from './npm-client/agent-rows.ts';
import { catalogRows } from './npm-client/catalog-rows.ts';
import type { Client, MethodRows } from './npm-client/method-row.ts';
import { recordRows } from './npm-client/record-rows.ts';
import { shareSystem } from './system-test.ts';
import { until } from './until.ts';

const parts = shareSystem(async (system) => {
  const edge = await system.server('edge');
  const dead = await system.client('host-b', edge, { address: '127.0.0.3' });
  await dead.kill();
  const host = await system.makeClient('host-a', edge, { address: '127.0.0.2' });
  const check = { ttl: '1h', status: 'passing' };
  host.declare('hello.json', { service: { name: 'hello', port: 7001, tags: ['v1'], check } });
  await host.start();
  const consul = host.consul() as Client;
  await until('hello is there', async () => (await consul.catalog.service.nodes('hello')).length === 1);
  return { edge, host, dead, consul };
});

const rows: MethodRows = { ...recordRows, ...catalogRows, ...agentRows };

/** The public methods of an object and of what it holds: "kv.get". */
function methodsOf(object: object, prefix = ''): string[] {
  const own = Object.getOwnPropertyNames(Object.getPrototypeOf(object))
    .filter((name) => name !== 'constructor' && !name.startsWith('_'))
    .map((name) => prefix + name);
  const parts = Object.entries(object).filter(
    ([name, value]) => typeof value === 'object' && name !== 'consul' && !name.startsWith('_'),
  );
  return [...own, ...parts.flatMap(([name, part]) => methodsOf(part, `${prefix}${name}.`))];
}

test('every method has a row', () => {
  const statics = ['parseQueryMeta'];
  const watch = methodsOf(Object.create(Consul.Watch.prototype), 'watch.');
  expect(Object.keys(rows).sort()).toEqual([...methodsOf(new Consul()), ...watch, ...statics].sort());
});

test.each(Object.entries(rows))('%s', (_name, row) => row(parts()));
