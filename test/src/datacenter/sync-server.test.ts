/** The sync protocol over real WebSockets, through the Worker, into the object and back. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { upMessageCharsMax, writeOpsMax } from '../../../src/datacenter/limits.ts';
import { CatalogStore } from '../../../src/datacenter/store/catalog-store.ts';
import type { CatalogOp } from '../../../src/shared/protocol/messages.ts';
import { replacedReason } from '../../../src/shared/protocol/version.ts';
import {
  joinedSocket,
  makeAgent,
  makeCheck,
  makeHello,
  makeRegistration,
  makeService,
  openSocket,
  upgrade,
} from './edge-socket.ts';

const objectOf = (datacenter: string) => env.DATACENTERS.getByName(datacenter);
const read = (datacenter: string, name = 'web') =>
  objectOf(datacenter).read({
    Kind: 'health.service',
    Name: name,
    Tags: [],
    NodeMeta: [],
    Passing: false,
    Near: '',
    Filter: '',
  });
const statusOf = async (datacenter: string, node: string) => {
  const members = await objectOf(datacenter).members();
  const member = members.find(({ Node }) => Node.Node === node);
  return member?.Left ? 'left' : member?.Alive;
};
const registerWeb = (node: string): CatalogOp => ({
  Register: makeRegistration(node, { Service: makeService('web') }),
});

describe('a hello', () => {
  it('is answered with the catalog, in which the host stands', async () => {
    const socket = await openSocket('hello');
    const { welcome, changes } = await socket.join({ Agent: makeAgent('n1') });
    expect(welcome).toMatchObject({ Protocol: 2, Datacenter: 'hello', Index: 2, Copy: 'pages' });
    expect(welcome.HeartbeatIntervalMs).toBe(3_000);
    expect(changes.map((change) => ('Set' in change ? change.Set : change.Delete))).toEqual([
      'node',
      'check',
    ]);
    expect(await statusOf('hello', 'n1')).toBe(true);
  });

  it('of a server brings the service under which clients look for servers', async () => {
    const socket = await openSocket('server');
    await socket.join({ Agent: makeAgent('n1', { Role: 'server', ServerPort: 8300 }) });
    expect(JSON.parse((await read('server', 'consul')).Body)).toMatchObject([{ Service: { Port: 8300 } }]);
    const client = await openSocket('server');
    await client.join({ Agent: makeAgent('n1') });
    expect((await read('server', 'consul')).Body).toBe('[]');
  });

  it('of the version before is answered', async () => {
    const socket = await openSocket('older');
    expect((await socket.join({ Protocol: 1 })).welcome).toMatchObject({ Copy: 'pages' });
  });

  it('that says the same again writes nothing', async () => {
    const first = await joinedSocket('again', 'n1');
    first.close();
    const second = await openSocket('again');
    const { welcome } = await second.join({ Agent: makeAgent('n1') });
    expect(welcome.Index).toBe(2);
  });

  it('that names its copy gets what changed since, and nothing else', async () => {
    const first = await joinedSocket('since', 'n1');
    first.write(1, registerWeb('n1'));
    await first.take('delta');
    const { Index } = await first.take('ack');
    await objectOf('since').deregister({ Datacenter: '', Node: 'n1', ServiceID: 'web', CheckID: '' });
    const { catalog_id: CatalogID = '' } = await objectOf('since').stats();
    const { welcome, changes } = await (await openSocket('since')).join({ CatalogID, Index });
    expect(welcome.Copy).toBe('delta');
    expect(changes).toEqual([{ Delete: 'service', Node: 'n1', ID: 'web', Index: 4, Reason: 'deregistered' }]);
  });

  it.each([
    { law: 'of another catalog', CatalogID: 'other', Index: 1 },
    { law: 'that is ahead of this one', Index: 99 },
  ])('with a copy $law gets the whole', async (rest) => {
    const datacenter = `whole-${rest.Index}`;
    await joinedSocket(datacenter, 'n1');
    const { catalog_id = '' } = await objectOf(datacenter).stats();
    const { CatalogID = catalog_id, Index } = rest;
    const { welcome } = await (await openSocket(datacenter)).join({ CatalogID, Index });
    expect(welcome.Copy).toBe('pages');
  });

  it('for a node whose name another host holds is refused for now', async () => {
    const [one, two] = ['1', '2'].map((digit) => `${digit.repeat(8)}-0000-0000-0000-000000000000`);
    const first = await openSocket('taken');
    await first.join({ Agent: makeAgent('n1', { ID: one! }) });
    const second = await openSocket('taken');
    second.send(makeHello({ Agent: makeAgent('n1', { ID: two! }) }));
    const { Message, Retry } = await second.take('refused');
    expect(Message).toContain(`Node name n1 is reserved by node ${one}`);
    expect(Retry).toBe(true);
    await second.closed;
  });

  it('with the ID of a host that is connected under another name is refused until that is gone', async () => {
    const ID = '33333333-0000-0000-0000-000000000000';
    const first = await openSocket('twins');
    await first.join({ Agent: makeAgent('n1', { ID }) });
    const second = await openSocket('twins');
    second.send(makeHello({ Agent: makeAgent('n2', { ID }) }));
    expect(await second.take('refused')).toEqual({
      Type: 'refused',
      Message: expect.stringContaining(
        `Member 'n2' (10.0.0.1) has conflicting node ID '${ID}' with member 'n1' (10.0.0.1), which is alive`,
      ),
      Retry: true,
    });
    first.close();
    await vi.waitFor(async () => expect((await objectOf('twins').stats()).connections).toBe('0'));
    await (await openSocket('twins')).join({ Agent: makeAgent('n2', { ID }) });
    expect([await statusOf('twins', 'n1'), await statusOf('twins', 'n2')]).toEqual([undefined, true]);
  });

  it('with the name and the ID of a host that is connected from elsewhere is refused until that is gone', async () => {
    const here = makeAgent('n1', { ID: '44444444-0000-0000-0000-000000000000', Address: '10.0.0.2' });
    const there = { ...here, Node: 'N1', Address: '10.0.0.3' };
    const first = await openSocket('clones');
    await first.join({ Agent: here });
    const second = await openSocket('clones');
    second.send(makeHello({ Agent: there }));
    const { Message } = await second.take('refused');
    expect(Message).toContain(
      `'N1' (10.0.0.3) has conflicting node ID '${here.ID}' with member 'n1' (10.0.0.2)`,
    );
    first.close();
    await vi.waitFor(async () => expect((await objectOf('clones').stats()).connections).toBe('0'));
    await (await openSocket('clones')).join({ Agent: there });
    expect(await statusOf('clones', 'N1')).toBe(true);
  });

  it('for a node that has a connection replaces it', async () => {
    const first = await joinedSocket('replaced', 'n1');
    await joinedSocket('replaced', 'N1');
    expect(await first.closed).toBe(replacedReason);
    expect(await statusOf('replaced', 'N1')).toBe(true);
  });
});

describe('a write', () => {
  it('is sent to every connection that has joined, and acknowledged with its index', async () => {
    const [one, two] = [await joinedSocket('write', 'n1'), await joinedSocket('write', 'n2')];
    const follower = await openSocket('write');
    const silent = await openSocket('write');
    await follower.join();
    await one.take('delta');
    one.write(7, registerWeb('n1'));
    const delta = await one.take('delta');
    expect(delta).toMatchObject({
      Index: 4,
      Changes: [{ Set: 'service', Node: 'n1', Row: { ModifyIndex: 4 } }],
    });
    expect(await one.take('ack')).toEqual({ Type: 'ack', ID: 7, Index: 4, Errors: [] });
    expect(await two.take('delta')).toEqual(delta);
    expect(await follower.take('delta')).toEqual(delta);
    silent.send(makeHello());
    await silent.take('welcome');
  });

  it('without ops is acknowledged behind all that was committed before, and is none', async () => {
    const [asking, writing] = [await joinedSocket('empty', 'n1'), await joinedSocket('empty', 'n2')];
    await asking.take('delta');
    writing.write(1, registerWeb('n2'));
    await writing.take('delta');
    await writing.take('ack');
    asking.write(2 ** 40);
    expect(await asking.take('delta')).toMatchObject({ Index: 4 });
    expect(await asking.take('ack')).toEqual({ Type: 'ack', ID: 2 ** 40, Index: 4, Errors: [] });
    asking.write(3, registerWeb('n1'));
    expect(await asking.take('delta')).toMatchObject({ Index: 5 });
    expect(await asking.take('ack')).toMatchObject({ ID: 3, Index: 5 });
  });

  it('is sent with the index of the delta before it, whatever else was written between, and after an eviction', async () => {
    const socket = await joinedSocket('after', 'n1');
    let id = 0;
    const next = async (op: CatalogOp) => {
      socket.write(++id, op);
      const { Index, After } = await socket.take('delta');
      await socket.take('ack');
      return { Index, After };
    };
    expect(await next(registerWeb('n1'))).toEqual({ Index: 3, After: 2 });
    await objectOf('after').fireEvent({
      Name: 'x',
      Payload: '',
      NodeFilter: '',
      ServiceFilter: '',
      TagFilter: '',
      Version: 1,
    });
    const gone = { Deregister: { Datacenter: '', Node: 'n1', ServiceID: 'web', CheckID: '' } };
    expect(await next(gone)).toEqual({ Index: 5, After: 3 });
    await evictDurableObject(objectOf('after'));
    expect(await next(registerWeb('n1'))).toEqual({ Index: 6, After: 5 });
  });

  it('that comes again, or after a later one, is not done', async () => {
    const socket = await joinedSocket('again-and-late', 'n1');
    const gone = { Deregister: { Datacenter: '', Node: 'n1', ServiceID: 'web', CheckID: '' } };
    socket.write(2, registerWeb('n1'));
    await socket.take('delta');
    await socket.take('ack');
    for (const id of [2, 1]) socket.write(id, gone);
    await evictDurableObject(objectOf('again-and-late'));
    socket.write(2, gone);
    socket.write(3, registerWeb('n1'));
    expect(await socket.take('ack')).toMatchObject({ ID: 3, Index: 3 });
  });

  it('that changes nothing is acknowledged and sent to nobody', async () => {
    const socket = await joinedSocket('nothing', 'n1');
    socket.write(1, { Register: makeRegistration('n1') });
    expect(await socket.take('ack')).toMatchObject({ ID: 1, Index: 2 });
  });

  it('with an op that is refused keeps the others, and the delta says nothing of it', async () => {
    const socket = await joinedSocket('refused-op', 'n1');
    const orphan = makeRegistration('n2', {
      Service: makeService('api'),
      Checks: [makeCheck('c', 'passing', 'nope')],
    });
    socket.write(1, { Register: orphan }, registerWeb('n1'));
    expect((await socket.take('delta')).Changes).toMatchObject([{ Set: 'service', Row: { Service: 'web' } }]);
    const Message = 'failed inserting check: Missing service registration on node "n2"';
    expect((await socket.take('ack')).Errors).toEqual([{ Op: 0, Status: 500, Message }]);
    expect((await read('refused-op', 'api')).Body).toBe('[]');
  });

  it(`of ${writeOpsMax} ops is one transaction`, async () => {
    const socket = await joinedSocket('many', 'n1');
    const ops = Array.from({ length: writeOpsMax }, (_, i) => ({
      Register: makeRegistration('n1', { Service: makeService('web', `web${i}`) }),
    }));
    socket.write(1, ...ops);
    expect((await socket.take('delta')).Changes).toHaveLength(writeOpsMax);
    expect(await socket.take('ack')).toMatchObject({ Index: 3, Errors: [] });
  });
});

describe('a leave', () => {
  it('takes the node out at once, and the closing that follows means nothing', async () => {
    const [leaver, other] = [await joinedSocket('leave', 'n1'), await joinedSocket('leave', 'n2')];
    await leaver.take('delta');
    leaver.send({ Type: 'leave', ID: 3 });
    expect(await leaver.take('ack')).toMatchObject({ ID: 3, Index: 4 });
    expect((await other.take('delta')).Changes).toEqual([
      { Delete: 'node', Node: 'n1', Index: 4, Reason: 'left' },
    ]);
    leaver.close();
    expect(await statusOf('leave', 'n1')).toBe('left');
  });

  it('is remembered among the members, not in the catalog, until the host is back', async () => {
    const socket = await joinedSocket('left', 'n1');
    socket.send({ Type: 'leave', ID: 1 });
    await socket.take('ack');
    expect(await statusOf('left', 'n1')).toBe('left');
    const store = await runInDurableObject(objectOf('left'), (_object, { storage }) =>
      new CatalogStore(storage, 'left', () => '').nodes(),
    );
    expect(store).toEqual([]);
    await joinedSocket('left', 'N1');
    expect(
      (await objectOf('left').members()).map(({ Node, Alive, Left }) => [Node.Node, Alive, Left]),
    ).toEqual([['N1', true, undefined]]);
  });
});

describe('a node that is deregistered while its sidecar is connected', () => {
  it('loses its connection, so that the sidecar joins anew', async () => {
    const socket = await joinedSocket('gone', 'n1');
    await objectOf('gone').deregister({ Datacenter: '', Node: 'N1', ServiceID: '', CheckID: '' });
    expect(await socket.closed).toBe('its node was deregistered');
    await joinedSocket('gone', 'n1');
    expect(await statusOf('gone', 'n1')).toBe(true);
  });
});

describe('an object that left memory', () => {
  it('still sends deltas to its connections and knows whose they are', async () => {
    const [one, two] = [await joinedSocket('asleep', 'n1'), await joinedSocket('asleep', 'n2')];
    await one.take('delta');
    await evictDurableObject(objectOf('asleep'));
    one.write(1, registerWeb('n1'));
    await one.take('delta');
    expect(await one.take('ack')).toMatchObject({ Errors: [] });
    expect((await two.take('delta')).Changes).toHaveLength(1);
    await evictDurableObject(objectOf('asleep'));
    await joinedSocket('asleep', 'n1');
    expect(await one.closed).toBe(replacedReason);
  });
});

describe('a heartbeat', () => {
  it('is answered, also before the hello', async () => {
    const socket = await openSocket('ping');
    socket.send('ping');
    expect(await socket.takeText()).toBe('pong');
  });
});

describe('a message that is refused', () => {
  const hello = makeHello({ Agent: makeAgent('n1') });
  it.each([
    { law: 'of another version', message: { ...hello, Protocol: 3 }, why: 'upgrade the edge' },
    { law: 'of an older version', message: { ...hello, Protocol: 0 }, why: 'upgrade the sidecar' },
    { law: 'no JSON', message: '{', why: 'a message is not JSON' },
    { law: 'binary', message: new ArrayBuffer(8), why: 'binary frames are not part of the protocol' },
    {
      law: 'too long',
      message: 'x'.repeat(upMessageCharsMax + 1),
      why: 'a message has 4194305 characters, the limit is 4194304',
    },
    {
      law: 'of the longest, and no JSON',
      message: 'x'.repeat(upMessageCharsMax),
      why: 'a message is not JSON',
    },
    { law: 'unknown', message: { Type: 'bye' }, why: 'unknown message "bye"' },
    { law: 'of no type', message: [], why: 'unknown message without a Type' },
    { law: 'a write before hello', message: { Type: 'write', ID: 1, Ops: [] }, why: 'write before hello' },
    { law: 'a leave before hello', message: { Type: 'leave', ID: 1 }, why: 'leave before hello' },
    { law: 'a next before hello', message: { Type: 'next', Cursor: '' }, why: 'next before hello' },
  ])('$law says why, closes, and is not to be tried again', async ({ message, why }) => {
    const socket = await openSocket('refused');
    const isRaw = typeof message === 'string' || message instanceof ArrayBuffer;
    socket.send(isRaw ? message : JSON.stringify(message));
    const refused = await socket.take('refused');
    expect(refused.Message).toContain(why);
    expect(refused.Retry).toBe(false);
    expect(await socket.closed).toBe(refused.Message.slice(0, 120));
    expect((await objectOf('refused').stats()).applied_index).toBe('1');
  });

  it.each([
    { law: 'a second hello', message: hello, why: 'a second hello' },
    {
      law: 'a place that no page ended with',
      message: { Type: 'next', Cursor: '["moon","",""]' },
      why: 'no place in the catalog',
    },
    {
      law: 'a place that is no JSON',
      message: { Type: 'next', Cursor: 'x' },
      why: 'no place in the catalog: x',
    },
    {
      law: 'one op too many',
      message: {
        Type: 'write',
        ID: 1,
        Ops: Array.from({ length: writeOpsMax + 1 }, () => registerWeb('n1')),
      },
      why: `a write has ${writeOpsMax + 1} ops, the limit is ${writeOpsMax}`,
    },
  ])('after the hello: $law', async ({ message, why }) => {
    const socket = await joinedSocket('late', 'n1');
    socket.send(JSON.stringify(message));
    expect((await socket.take('refused')).Message).toContain(why);
    await socket.closed;
    expect((await read('late')).Body).toBe('[]');
  });

  it('a write of a connection that only follows', async () => {
    const socket = await openSocket('follower');
    await socket.join();
    socket.write(1, registerWeb('n1'));
    expect((await socket.take('refused')).Message).toBe('a connection that only follows cannot write');
    expect((await read('follower')).Body).toBe('[]');
  });
});

describe('the upgrade', () => {
  it.each([
    {
      law: 'of a datacenter that nobody joined is refused to who only follows',
      query: 'dc=nowhere&follow',
      status: 500,
      text: 'No path to datacenter',
    },
    {
      law: 'of a name that is none',
      query: 'dc=DC%201',
      status: 400,
      text: '"DC 1" is no name for a datacenter: 1 to 64 of a-z, 0-9, "-" and "_"',
    },
    {
      law: 'of a name that is too long',
      query: `dc=${'x'.repeat(65)}`,
      status: 400,
      text: `"${'x'.repeat(65)}" is no name`,
    },
  ])('$law', async ({ query, status, text }) => {
    const response = await upgrade(query);
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(text);
  });

  it.each(['', 'dc=', `dc=${'x'.repeat(64)}`, 'dc=dc1&follow'])('takes "%s"', async (query) => {
    const { status, webSocket } = await upgrade(query);
    expect(status).toBe(101);
    webSocket!.accept();
    webSocket!.close();
  });
});
