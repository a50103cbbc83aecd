/** consul.agent: what one host declares and knows. */
import type Consul from 'consul';
import { expect } from 'vitest';
import { until } from '../until.ts';
import { loosely, type MethodRows, refused } from './method-row.ts';

const node = 'host-a';

const statusOf = async (consul: Consul, id: string) => {
  const { Status, Output } = (await consul.agent.check.list())[id]!;
  return [Status, Output];
};

/** A TTL check of its own, in the hands of `use`. */
async function withCheck(consul: Consul, name: string, use: () => Promise<void>): Promise<void> {
  await consul.agent.check.register(loosely({ name, ttl: '1h', notes: 'mine' }));
  await use().finally(() => consul.agent.check.deregister(name));
}

export const agentRows: MethodRows = {
  'agent.self': async ({ consul, host }) => {
    const self = await consul.agent.self();
    expect(self.Config).toMatchObject({ Datacenter: 'dc1', NodeName: node, Server: false });
    expect(self.Member).toMatchObject({ Name: node, Addr: host.address, Status: 1, Tags: { role: 'node' } });
  },
  'agent.members': async ({ consul, edge }) => {
    const numbers = { Port: 8301, ProtocolMin: 1, ProtocolCur: 2, DelegateCur: expect.any(Number) };
    const Tags = expect.objectContaining({ role: 'consul', dc: 'dc1' });
    const server = { ...numbers, Name: 'edge.dc1', Addr: edge.address, Status: 1, Tags };
    expect(await consul.agent.members()).toContainEqual(expect.objectContaining({ ...numbers, Name: node }));
    expect(await consul.agent.members({ wan: true })).toContainEqual(expect.objectContaining(server));
  },
  'agent.reload': async ({ consul, host }) => {
    host.declare('later.json', { service: { name: 'later', port: 7002 } });
    await consul.agent.reload();
    expect(await consul.agent.service.list()).toMatchObject({ later: { Port: 7002 } });
    host.undeclare('later.json');
    await consul.agent.reload();
    expect(await consul.agent.service.list()).not.toHaveProperty('later');
  },
  'agent.maintenance': async ({ consul }) => {
    await consul.agent.maintenance({ enable: true, reason: 'paint' });
    const check = { CheckID: '_node_maintenance', Node: node, Status: 'critical', Notes: 'paint' };
    expect(await consul.agent.check.list()).toMatchObject({ _node_maintenance: check });
    await consul.agent.maintenance(false);
    expect(await consul.agent.check.list()).not.toHaveProperty('_node_maintenance');
  },
  'agent.join': async ({ consul, edge }) => {
    expect(await consul.agent.join(`${edge.address}:${edge.ports.server}`)).toBeUndefined();
    await refused(consul.agent.join('192.0.2.1:70000'), 500, 'internal server error');
  },
  'agent.forceLeave': async ({ consul, dead }) => {
    const status = async () =>
      (await consul.agent.members()).find(({ Name }: { Name: string }) => Name === dead.node)?.Status;
    await until('it has failed', async () => (await status()) === 4, 30_000);
    await consul.agent.forceLeave(dead.node);
    await until('it has left', async () => (await status()) === 3);
    await refused(consul.agent.forceLeave('nobody'), 500, 'No node found');
  },
  'agent.checks': async ({ consul }) => {
    expect(await consul.agent.checks()).toEqual(await consul.agent.check.list());
  },
  'agent.services': async ({ consul }) => {
    expect(await consul.agent.services()).toEqual(await consul.agent.service.list());
  },
  'agent.check.list': async ({ consul }) => {
    const check = { Node: node, CheckID: 'service:hello', Name: "Service 'hello' check", Status: 'passing' };
    const service = { ServiceID: 'hello', ServiceName: 'hello', Notes: '', Output: '' };
    expect(await consul.agent.check.list()).toMatchObject({ 'service:hello': { ...check, ...service } });
  },
  'agent.check.register': async ({ consul }) => {
    const options = { id: 'of-hello', name: 'Of hello', serviceid: 'hello', ttl: '1h', status: 'passing' };
    await consul.agent.check.register(loosely(options));
    const check = {
      CheckID: 'of-hello',
      Name: 'Of hello',
      ServiceID: 'hello',
      Status: 'passing',
      Type: 'ttl',
    };
    expect(await consul.agent.check.list()).toMatchObject({ 'of-hello': check });
    await consul.agent.check.deregister('of-hello');
  },
  'agent.check.deregister': async ({ consul }) => {
    await withCheck(consul, 'brief', async () => undefined);
    expect(await consul.agent.check.list()).not.toHaveProperty('brief');
    await refused(consul.agent.check.deregister('brief'), 404, 'not found');
  },
  'agent.check.pass': async ({ consul }) => {
    await withCheck(consul, 'told', async () => {
      await consul.agent.check.pass({ id: 'told', note: 'all well' });
      expect(await statusOf(consul, 'told')).toEqual(['passing', 'all well']);
    });
  },
  'agent.check.warn': async ({ consul }) => {
    await withCheck(consul, 'told', async () => {
      await consul.agent.check.warn({ id: 'told', note: 'hm' });
      expect(await statusOf(consul, 'told')).toEqual(['warning', 'hm']);
    });
  },
  'agent.check.fail': async ({ consul }) => {
    await withCheck(consul, 'told', async () => {
      await consul.agent.check.fail({ id: 'told', note: 'no' });
      expect(await statusOf(consul, 'told')).toEqual(['critical', 'no']);
    });
  },
  'agent.service.list': async ({ consul }) => {
    const hello = { ID: 'hello', Service: 'hello', Tags: ['v1'], Port: 7001 };
    expect(await consul.agent.service.list()).toMatchObject({ hello });
  },
  'agent.service.register': async ({ consul }) => {
    const checks = [{ ttl: '1h' }, { tcp: '127.0.0.1:1', interval: '1h', status: 'passing' }];
    const tagged = { taggedAddresses: { wan: { address: '198.51.100.1', port: 443 } } };
    const options = {
      name: 'full',
      id: 'full-1',
      tags: ['a'],
      address: '192.0.2.1',
      port: 80,
      meta: { k: 'v' },
    };
    await consul.agent.service.register(loosely({ ...options, ...tagged, checks }));
    const known = {
      ID: 'full-1',
      Service: 'full',
      Tags: ['a'],
      Address: '192.0.2.1',
      Port: 80,
      Meta: { k: 'v' },
    };
    const wan = { Address: '198.51.100.1', Port: 443 };
    const services = await consul.agent.service.list();
    expect(services).toMatchObject({ 'full-1': { ...known, TaggedAddresses: { wan } } });
    const list = await consul.agent.check.list();
    expect([list['service:full-1:1']?.Status, list['service:full-1:2']?.Type]).toEqual(['critical', 'tcp']);
    await consul.agent.service.deregister('full-1');
  },
  'agent.service.deregister': async ({ consul }) => {
    await consul.agent.service.register('brief');
    await consul.agent.service.deregister('brief');
    expect(await consul.agent.service.list()).not.toHaveProperty('brief');
    await refused(consul.agent.service.deregister('brief'), 404, 'not found');
  },
  'agent.service.maintenance': async ({ consul }) => {
    await consul.agent.service.maintenance({ id: 'hello', enable: true, reason: 'paint' });
    const check = { Notes: 'paint', Status: 'critical', ServiceID: 'hello' };
    expect(await consul.agent.check.list()).toMatchObject({ '_service_maintenance:hello': check });
    await consul.agent.service.maintenance({ id: 'hello', enable: false });
    expect(await consul.agent.check.list()).not.toHaveProperty('_service_maintenance:hello');
  },
};
