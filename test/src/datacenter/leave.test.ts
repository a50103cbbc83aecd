/** Hosts that are made to leave, over the edge's HTTP. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { CatalogStore } from '../../../src/datacenter/store/catalog-store.ts';
import { serfHealth } from '../../../src/datacenter/sync-server.ts';
import { request } from '../edge-request.ts';
import { joinedSocket } from './edge-socket.ts';

const objectOf = (datacenter: string) => env.DATACENTERS.getByName(datacenter);

/** Name to status: 1 alive, 3 left, 4 failed. */
const members = async (datacenter: string) => {
  const listed = await (await request(`/v1/agent/members?dc=${datacenter}`)).json<
    { Name: string; Status: number }[]
  >();
  return Object.fromEntries(
    listed.filter(({ Name }) => Name !== 'edge').map(({ Name, Status }) => [Name, Status]),
  );
};

const forceLeave = async (datacenter: string, rest: string) => {
  const separator = rest.includes('?') ? '&' : '?';
  const answer = await request(`/v1/agent/force-leave/${rest}${separator}dc=${datacenter}`, {
    method: 'PUT',
  });
  return `${answer.status} ${await answer.text()}`;
};

async function failedHost(datacenter: string): Promise<void> {
  await joinedSocket(datacenter, 'n1');
  await runInDurableObject(objectOf(datacenter), (_object, { storage }) => {
    new CatalogStore(storage, datacenter, () => '').transact(Date.now(), (tx) =>
      tx.setCheck(serfHealth('n1', false)),
    );
  });
}

it('one that failed is out of the catalog, and left', async () => {
  await failedHost('fails');
  expect(await members('fails')).toEqual({ n1: 4 });
  expect(await forceLeave('fails', 'N1')).toBe('200 ');
  expect(await members('fails')).toEqual({ n1: 3 });
  expect(await (await request('/v1/catalog/nodes?dc=fails')).json()).toEqual([]);
});

it('pruned, it is off the list; also later', async () => {
  await failedHost('pruned');
  expect(await forceLeave('pruned', 'n1?prune')).toBe('200 ');
  expect(await members('pruned')).toEqual({});
  await failedHost('later');
  expect(await forceLeave('later', 'n1')).toBe('200 ');
  expect(await forceLeave('later', 'n1')).toBe('200 ');
  expect(await members('later')).toEqual({ n1: 3 });
  expect(await forceLeave('later', 'N1?prune=1')).toBe('200 ');
  expect(await members('later')).toEqual({});
});

it('one that lives is left alone, and one that nobody knows is said', async () => {
  await joinedSocket('lives', 'n1');
  expect(await forceLeave('lives', 'n1?prune')).toBe('200 ');
  expect(await members('lives')).toEqual({ n1: 1 });
  expect(await forceLeave('lives', 'nope')).toBe("500 agent: No node found with name 'nope'");
});
