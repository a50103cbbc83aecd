/** consul.catalog, consul.health, consul.status and consul.event: what everybody knows. */
import type Consul from 'consul';
import { expect } from 'vitest';
import { until } from '../until.ts';
import { loosely, type MethodRows } from './method-row.ts';

const node = 'host-a';

/** A node that no agent speaks for, with a service of its own and a check, in the hands of `use`. */
async function withOutsider(consul: Consul, use: () => Promise<void>): Promise<void> {
  const service = { id: 'db1', service: 'db', tags: ['primary'], port: 5432 };
  const check = { node: 'outside', checkid: 'alive', name: 'Alive', serviceid: 'db1', status: 'warning' };
  const where = { node: 'outside', address: '192.0.2.1', nodemeta: { rack: '7' } };
  await consul.catalog.register(loosely({ ...where, service, check }));
  await use().finally(() => consul.catalog.deregister('outside'));
}

const helloInCatalog = {
  Node: node,
  Datacenter: 'dc1',
  ServiceID: 'hello',
  ServicePort: 7001,
  ServiceTags: ['v1'],
};
const helloCheck = { Node: node, CheckID: 'service:hello', Status: 'passing', ServiceName: 'hello' };

export const catalogRows: MethodRows = {
  'catalog.datacenters': async ({ consul }) => {
    expect(await consul.catalog.datacenters()).toEqual(['dc1']);
  },
  'catalog.register': async ({ consul }) => {
    await withOutsider(consul, async () => {
      const row = { Node: 'outside', Address: '192.0.2.1', NodeMeta: { rack: '7' }, ServicePort: 5432 };
      expect(await consul.catalog.service.nodes('db')).toMatchObject([row]);
    });
    await consul.catalog.register('bare');
    expect(await consul.catalog.nodes({ filter: 'Node == bare' })).toMatchObject([{ Address: '127.0.0.1' }]);
    await consul.catalog.deregister('bare');
  },
  'catalog.deregister': async ({ consul }) => {
    await withOutsider(consul, async () => {
      await consul.catalog.deregister({ node: 'outside', checkid: 'alive' });
      expect(await consul.health.node('outside')).toEqual([]);
      await consul.catalog.deregister({ node: 'outside', serviceid: 'db1' });
      expect(await consul.catalog.service.nodes('db')).toEqual([]);
    });
    expect(await consul.catalog.nodes({ filter: 'Node == outside' })).toEqual([]);
  },
  'catalog.nodes': async ({ consul }) => {
    expect(await consul.catalog.nodes(loosely({}))).toEqual(await consul.catalog.node.list());
  },
  'catalog.services': async ({ consul }) => {
    expect(await consul.catalog.services(loosely({}))).toEqual(await consul.catalog.service.list());
  },
  'catalog.node.list': async ({ consul, host }) => {
    const lan = { lan: host.address };
    const known = { Node: node, Address: host.address, Datacenter: 'dc1', TaggedAddresses: lan };
    expect(await consul.catalog.node.list({ filter: `Node == "${node}"` })).toMatchObject([known]);
  },
  'catalog.node.services': async ({ consul, host }) => {
    const found = await consul.catalog.node.services(node);
    expect(found).toMatchObject({ Node: { Node: node, Address: host.address } });
    expect(found.Services).toMatchObject({
      hello: { ID: 'hello', Service: 'hello', Port: 7001, Tags: ['v1'] },
    });
  },
  'catalog.service.list': async ({ consul }) => {
    expect(await consul.catalog.service.list()).toMatchObject({ consul: [], hello: ['v1'] });
  },
  'catalog.service.nodes': async ({ consul }) => {
    expect(await consul.catalog.service.nodes('hello')).toMatchObject([helloInCatalog]);
    expect(await consul.catalog.service.nodes(loosely({ service: 'hello', tag: 'v2' }))).toEqual([]);
  },
  'catalog.connect.nodes': async ({ consul }) => {
    await consul.agent.service.register(loosely({ name: 'meshed', port: 7003, connect: { native: true } }));
    await until('it is listed', async () => {
      const row = { Node: node, ServiceName: 'meshed', ServicePort: 7003, ServiceConnect: { Native: true } };
      expect(await consul.catalog.connect.nodes('meshed')).toMatchObject([row]);
      return true;
    });
    expect(await consul.catalog.connect.nodes('hello')).toEqual([]);
    await consul.agent.service.deregister('meshed');
  },
  'health.node': async ({ consul }) => {
    const serf = { Node: node, CheckID: 'serfHealth', Name: 'Serf Health Status', Status: 'passing' };
    expect(await consul.health.node(node)).toMatchObject([serf, helloCheck]);
  },
  'health.checks': async ({ consul }) => {
    expect(await consul.health.checks('hello')).toMatchObject([helloCheck]);
  },
  'health.service': async ({ consul }) => {
    const all = [{ Node: { Node: node }, Service: { ID: 'hello' }, Checks: expect.any(Array) }];
    expect(await consul.health.service({ service: 'hello', tag: 'v1', passing: true })).toMatchObject(all);
    await withOutsider(consul, async () => {
      expect(await consul.health.service('db')).toHaveLength(1);
      expect(await consul.health.service({ service: 'db', passing: true })).toEqual([]);
    });
  },
  'health.state': async ({ consul }) => {
    await withOutsider(consul, async () => {
      const alive = { Node: 'outside', CheckID: 'alive', Status: 'warning', ServiceID: 'db1' };
      expect(await consul.health.state('warning')).toMatchObject([alive]);
      expect(await consul.health.state('any')).toEqual(
        expect.arrayContaining([expect.objectContaining(alive), expect.objectContaining(helloCheck)]),
      );
    });
  },
  'status.leader': async ({ consul, edge }) => {
    expect(await consul.status.leader()).toBe(`${edge.address}:${edge.ports.server}`);
  },
  'status.peers': async ({ consul, edge }) => {
    expect(await consul.status.peers()).toEqual([`${edge.address}:${edge.ports.server}`]);
  },
  'event.fire': async ({ consul }) => {
    const fired = { ID: expect.stringMatching(/^[0-9a-f-]{36}$/), Name: 'deploy', Payload: '53', Version: 1 };
    expect(await consul.event.fire('deploy', '53')).toMatchObject({ ...fired, LTime: 0 });
    expect(await consul.event.fire(loosely({ name: 'deploy', node: '^nobody$' }))).toMatchObject({
      NodeFilter: '^nobody$',
    });
  },
  'event.list': async ({ consul }) => {
    const { ID } = await consul.event.fire('listed', Buffer.from([0, 255]));
    const listed = { ID, Name: 'listed', LTime: expect.any(Number) };
    const list = await until('it is listed', async () => {
      const events = await consul.event.list(loosely({ name: 'listed', buffer: true }));
      return events.length > 0 && events;
    });
    expect(list).toMatchObject([{ ...listed, Payload: Buffer.from([0, 255]) }]);
    expect(await consul.event.list('unheard')).toEqual([]);
  },
};
