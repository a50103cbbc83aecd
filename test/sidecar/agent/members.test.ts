import { expect, onTestFinished, test } from 'vitest';
import { listMembers, membersOfCopy } from '../../../sidecar/agent/members.ts';
import { Outbound } from '../../../sidecar/outbound/outbound.ts';
import { EdgeClient } from '../../../sidecar/sync/edge-client.ts';
import { CatalogFixture } from '../../catalog-fixture.ts';
import { FakeClock } from '../fake-clock.ts';
import { startEdge } from '../http/an-edge.ts';

const health = (Status: string) => ({ CheckID: 'serfHealth', Status });
const copy = new CatalogFixture([
  {
    ID: 'id-1',
    Node: 'server',
    Address: '10.0.0.1',
    Service: { Service: 'consul' },
    Check: health('passing'),
  },
  { Node: 'dead', Address: '10.0.0.2', Check: health('critical') },
  { Node: 'external', Address: '10.0.0.3', Service: { Service: 'db' } },
]);
const shown = (members: ReturnType<typeof membersOfCopy>) =>
  members.map(({ Name, Addr, Status, Tags }) => [Name, Addr, Status, Tags.role, Tags.dc, Tags.id]);
const fromCopy = [
  ['dead', '10.0.0.2', 4, 'node', 'dc1', ''],
  ['server', '10.0.0.1', 1, 'consul', 'dc1', 'id-1'],
];

test('the members of a copy are the hosts that have a sidecar', () => {
  expect(shown(membersOfCopy(copy))).toEqual(fromCopy);
});

test('the edge says who the members are', async () => {
  const edge = await startEdge();
  const members = membersOfCopy(copy).slice(0, 1);
  edge.answer = () => ({ body: JSON.stringify(members) });
  const clock = new FakeClock();
  const client = new EdgeClient(() => edge.url, new Outbound(clock), clock);
  onTestFinished(() => client.stop());
  expect(await listMembers(client, 'secret', copy)).toEqual(members);
  expect(edge.asked).toMatchObject([{ path: '/v1/agent/members?dc=dc1', token: 'secret' }]);
});

test.each([
  ['refuses', 403],
  ['is not there', undefined],
])('when the edge %s, the copy does', async (_what, status) => {
  const edge = await startEdge();
  if (status === undefined) await edge.stop();
  else edge.answer = () => ({ status });
  const clock = new FakeClock();
  const client = new EdgeClient(() => edge.url, new Outbound(clock), clock);
  onTestFinished(() => client.stop());
  expect(shown(await listMembers(client, '', copy))).toEqual(fromCopy);
});
