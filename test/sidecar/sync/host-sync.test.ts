import { describe, expect, test } from 'vitest';
import { checkRow } from '../../../sidecar/local/check-row.ts';
import { Declarations } from '../../../sidecar/local/declarations.ts';
import type { CatalogRegistration, CatalogService } from '../../../src/shared/catalog-write.ts';
import { decodeServiceRegistration } from '../../../src/shared/definition/service-definition.ts';
import { nameCharsMax, registrationBytesMax } from '../../../src/shared/limits.ts';
import type { Change, Write } from '../../../src/shared/protocol/messages.ts';
import { parseUpMessage } from '../../../src/shared/protocol/parse-up-message.ts';
import { aCheck, aService } from '../local/declared.ts';
import { ack, aHost, evicted, heardBy, nextWrite, raised, setNode, setService } from './a-connected-host.ts';
import { aWelcome, eventually } from './scripted-edge.ts';

test('what differs is written as soon as the copy is there, and one write is in flight at a time', async () => {
  const { peer, state, sync } = await aHost({ services: ['web', 'db'] });
  const first = await nextWrite(peer);
  expect(first).toEqual({ ID: 1, ops: ['+web', '+db'] });
  state.addService(aService('cache'), 'api');
  sync.trigger();
  expect(await heardBy(peer, sync)).toEqual([]);
  const changes = ['web', 'db'].map((id) => setService(aService(id).Service));
  peer.send({ Type: 'delta', Index: 2, Changes: changes }, ack(first.ID));
  expect(await nextWrite(peer)).toEqual({ ID: 2, ops: ['+cache'] });
});

test('many changes in one turn are one compare', async () => {
  const { peer, state, sync } = await aHost();
  for (const id of ['a', 'b', 'c']) {
    state.addService(aService(id), 'api');
    sync.trigger();
  }
  expect((await nextWrite(peer)).ops).toEqual(['+a', '+b', '+c']);
});

test('a write has 256 ops at most, the rest follows', async () => {
  const services = Array.from({ length: 257 }, (_, i) => `s${i}`);
  const { peer } = await aHost({ services });
  const first = await nextWrite(peer);
  expect(first.ops).toHaveLength(256);
  const written = services.slice(0, 256).map((id) => setService(aService(id).Service));
  peer.send({ Type: 'delta', Index: 2, Changes: written }, ack(first.ID));
  expect((await nextWrite(peer)).ops).toEqual(['+s256']);
});

test('a write has 256 KiB at most, and an op that is larger goes alone', async () => {
  const long = (id: string, chars: number) => aService(id, [], { Meta: { long: 'x'.repeat(chars) } });
  const { peer, state, sync } = await aHost();
  for (const service of [long('a', 200_000), long('b', 50_000), long('c', 300_000), long('d', 1)])
    state.addService(service, 'api');
  sync.trigger();
  for (const [index, ops] of [['+a', '+b'], ['+c'], ['+d']].entries()) {
    const write = await nextWrite(peer);
    expect(write.ops).toEqual(ops);
    const written = ops.map((op) => setService(state.services.get(op.slice(1))!.definition.Service));
    peer.send({ Type: 'delta', Index: index + 2, Changes: written }, ack(write.ID));
  }
});

test.each([
  ['as large as the edge takes it', 0, ['+big', '+web'], 0],
  ['larger', 1, ['+web'], 1],
])('an op that is %s does not keep the others from being written', async (_what, more, ops, complaints) => {
  const { peer, state, sync, lines } = await aHost();
  const declare = (chars: number) => {
    state.addService(aService('big', [], { Meta: { long: 'x'.repeat(chars) } }), 'api');
    sync.trigger();
  };
  const answer = ({ ID, Ops }: Write) => {
    const services = Ops.map((op) => ('Register' in op ? op.Register.Service! : undefined)!);
    peer.send({ Type: 'delta', Index: ID + 1, Changes: services.map(setService) }, ack(ID));
    return services.map((service) => `+${service.ID}`);
  };
  declare(0);
  const small = (await peer.next()) as Write;
  answer(small);
  await heardBy(peer, sync);
  declare(registrationBytesMax - JSON.stringify(small.Ops[0]).length + more);
  state.addService(aService('web'), 'api');
  const written: string[] = [];
  while (written.length < ops.length) written.push(...answer((await peer.next()) as Write));
  expect(written).toEqual(ops);
  expect(lines.filter((line) => line.includes('it is too large for the edge'))).toHaveLength(complaints);
});

test.each([
  ['an address too long', { Address: 'a'.repeat(nameCharsMax + 1) }],
  ['a port that is none', { Port: 1.5 }],
])('a service with %s, which the edge cannot read, does not take its host along', async (_what, wrong) => {
  const { peer, state, sync, lines } = await aHost();
  state.addService(aService('bad', [], wrong), 'api');
  state.addService(aService('web'), 'api');
  sync.trigger();
  expect((await nextWrite(peer)).ops).toEqual(['+web']);
  expect(lines.filter((line) => line.includes('the edge refuses a change'))).toHaveLength(1);
});

test('a service with the longest name there can be has a check, and maintenance', async () => {
  const { peer, state, sync, lines } = await aHost();
  const Name = 'x'.repeat(nameCharsMax);
  const declarations = new Declarations(state, undefined);
  await declarations.registerService(decodeServiceRegistration({ Name, Check: { TTL: '10s' } }), true);
  await declarations.setMaintenance(Name, true, '');
  sync.trigger();
  const { ID, Ops } = (await peer.next()) as Write;
  expect(parseUpMessage(JSON.stringify({ Type: 'write', ID, Ops }))).toMatchObject({ Ops });
  expect(Ops.map((op) => 'Register' in op && op.Register.Checks.length)).toEqual([2]);
  expect(lines).toEqual([]);
});

test('a refused op rests for half a minute, the others go on', async () => {
  const { peer, state, sync, clock, lines } = await aHost({ services: ['bad', 'web'] });
  const first = await nextWrite(peer);
  peer.send({ Type: 'delta', Index: 2, Changes: [setService(aService('web').Service)] });
  peer.send(ack(first.ID, [[0, 'Invalid service address']]));
  await eventually(() => lines.length > 0);
  expect(lines).toEqual(['[ERROR] sync: the edge refuses a change: reason="Invalid service address"']);
  state.addService(aService('db'), 'api');
  sync.trigger();
  const second = await nextWrite(peer);
  expect(second.ops).toEqual(['+db']);
  peer.send({ Type: 'delta', Index: 3, Changes: [setService(aService('db').Service)] }, ack(second.ID));
  await eventually(() => sync.feed.copy.lastIndex === 3);
  clock.advance(29_999);
  sync.trigger();
  expect(await heardBy(peer, sync)).toEqual([]);
  clock.advance(1);
  sync.trigger();
  expect((await nextWrite(peer)).ops).toEqual(['+bad']);
});

test('what was accepted and does not show rests for half a minute instead of being written for ever', async () => {
  const { peer, sync, clock, lines } = await aHost({ services: ['web'] });
  const first = await nextWrite(peer);
  peer.send(ack(first.ID));
  await eventually(() => lines.length > 0);
  expect(lines[0]).toContain('the edge accepted a change and does not show it');
  expect(await heardBy(peer, sync)).toEqual([]);
  clock.advance(30_000);
  sync.trigger();
  expect((await nextWrite(peer)).ops).toEqual(['+web']);
});

test('a refused op rests, whatever its check puts out meanwhile', async () => {
  const { peer, state, sync } = await aHost();
  state.addService(aService('bad', [aCheck('c1')]), 'api');
  sync.trigger();
  const first = await nextWrite(peer);
  peer.send(ack(first.ID, [[0, 'no']]));
  await heardBy(peer, sync);
  state.report({ CheckID: 'c1', Status: 'critical', Output: 'as before, at another time' });
  sync.trigger();
  expect(await heardBy(peer, sync)).toEqual([]);
  state.report({ CheckID: 'c1', Status: 'passing', Output: 'fine' });
  sync.trigger();
  expect((await nextWrite(peer)).ops).toEqual(['+bad']);
});

test('a refused op that was corrected is written at once', async () => {
  const { peer, state, sync } = await aHost({ services: ['web'] });
  const first = await nextWrite(peer);
  peer.send(ack(first.ID, [[0, 'no']]));
  await heardBy(peer, sync);
  state.addService(aService('web', [], { Port: 81 }), 'api');
  sync.trigger();
  expect((await nextWrite(peer)).ops).toEqual(['+web']);
});

describe('a clock that is set back by an hour', () => {
  test('keeps no output that waits from being written', async () => {
    const { peer, state, sync, clock } = await aHost({ checkUpdateIntervalMs: 10_000 });
    state.addCheck(aCheck('c1'), 'api');
    sync.trigger();
    const { ID } = await nextWrite(peer);
    const row = { ...checkRow('n1', state.checks.get('c1')!, undefined, []), ...raised };
    peer.send({ Type: 'delta', Index: 2, Changes: [{ Set: 'check', Row: row }] }, ack(ID));
    await heardBy(peer, sync);
    state.report({ CheckID: 'c1', Status: 'critical', Output: 'new' });
    sync.trigger();
    expect(await heardBy(peer, sync)).toEqual([]);
    clock.jump(-3_600_000);
    clock.advance(5_000);
    sync.trigger();
    expect((await nextWrite(peer)).ops).toEqual(['+c1']);
  });

  test('lets no refused op rest for longer', async () => {
    const { peer, sync, clock } = await aHost({ services: ['web'] });
    const { ID } = await nextWrite(peer);
    peer.send(ack(ID, [[0, 'no']]));
    expect(await heardBy(peer, sync)).toEqual([]);
    clock.jump(-3_600_000);
    clock.advance(30_000);
    sync.trigger();
    expect((await nextWrite(peer)).ops).toEqual(['+web']);
  });
});

test('what nobody reported is found by the compare of every minute', async () => {
  const { peer, state, clock, sync } = await aHost();
  state.addService(aService('web'), 'api');
  expect(await heardBy(peer, sync)).toEqual([]);
  clock.advance(60_000);
  expect((await nextWrite(peer)).ops).toEqual(['+web']);
});

test('what changes on other nodes makes no host compare itself', async () => {
  const { peer, state, sync } = await aHost();
  state.addService(aService('web'), 'api');
  peer.send({ Type: 'delta', Index: 2, Changes: [setNode('n2')] });
  await eventually(() => sync.feed.copy.lastIndex === 2);
  expect(await heardBy(peer, sync)).toEqual([]);
  const gone: Change = { Delete: 'service', Node: 'n1', ID: 'x', Index: 3, Reason: 'deregistered' };
  peer.send({ Type: 'delta', Index: 3, Changes: [setService(aService('x').Service), gone] });
  expect((await nextWrite(peer)).ops).toEqual(['+web']);
});

test('a write that was in flight when the connection was lost is found missing on the next one', async () => {
  const { edge, peer, clock, sync } = await aHost({ services: ['web'] });
  await nextWrite(peer);
  peer.close(1001, '');
  await eventually(() => sync.feed.state === 'waiting');
  clock.advance(250);
  const second = await edge.peer(2);
  await second.next();
  second.send(aWelcome({ Copy: 'delta' }), { Type: 'delta', Index: 1, Changes: [] });
  expect((await nextWrite(second)).ops).toEqual(['+web']);
});

test('a deadline is told once on each connection', async () => {
  const check = aCheck('c1', { DeregisterCriticalServiceAfterMs: 60_000 });
  const { edge, peer, clock, state, sync } = await aHost();
  state.addCheck(check, 'api');
  sync.trigger();
  const first = (await peer.next()) as Write;
  expect(first.Ops).toMatchObject([{ Register: { Checks: [{ DeregisterAfterMs: 60_000 }] } }]);
  const [op] = first.Ops as { Register: CatalogRegistration }[];
  const { DeregisterAfterMs, ...row } = op!.Register.Checks[0]!;
  const setCheck: Change = { Set: 'check', Row: { ...row, ...raised } };
  peer.send({ Type: 'delta', Index: 2, Changes: [setCheck] }, ack(first.ID));
  expect(await heardBy(peer, sync)).toEqual([]);
  peer.close(1001, '');
  await eventually(() => sync.feed.state === 'waiting');
  clock.advance(250);
  const second = await edge.peer(2);
  await second.next();
  second.send(aWelcome({ Copy: 'delta' }), { Type: 'delta', Index: 2, Changes: [] });
  const again = (await second.next()) as Write;
  expect(again.Ops).toMatchObject([{ Register: { Checks: [{ CheckID: 'c1', DeregisterAfterMs: 60_000 }] } }]);
  second.send(ack(again.ID));
  expect(await heardBy(second, sync)).toEqual([]);
});

test.each([
  ['critical', ['web'], []],
  ['silent', [], ['+web']],
  ['deregistered', [], ['+web']],
] as const)('a service that went as %s', async (reason, dropped, written) => {
  const web = setService(aService('web').Service);
  const { peer, sync, gone, state } = await aHost({ services: ['web'], changes: [web] });
  await heardBy(peer, sync);
  peer.send({ Type: 'delta', Index: 9, Changes: [evicted('web', reason)] });
  await eventually(() => sync.feed.copy.lastIndex === 9);
  expect([gone, state.services.has('web')]).toEqual([dropped, dropped.length === 0]);
  expect(await heardBy(peer, sync)).toHaveLength(written.length);
});

test.each([
  ['on another node', { ...evicted('web', 'critical'), Node: 'n2' } as Change],
  ['of a check', { ...evicted('web', 'critical'), Delete: 'check' } as Change],
  ['of a service that is not declared here', evicted('db', 'critical')],
])('an eviction %s drops nothing', async (_what, change) => {
  const { peer, sync, gone } = await aHost({
    services: ['web'],
    changes: [setService(aService('web').Service)],
  });
  await heardBy(peer, sync);
  peer.send({ Type: 'delta', Index: 9, Changes: [change] });
  await eventually(() => sync.feed.copy.lastIndex === 9);
  expect(gone).toEqual([]);
});

test('an eviction of a service that is in the catalog again drops nothing', async () => {
  const web = setService(aService('web').Service);
  const { peer, sync, gone } = await aHost({ services: ['web'], changes: [web] });
  await heardBy(peer, sync);
  peer.send({ Type: 'delta', Index: 9, Changes: [evicted('web', 'critical'), web] });
  await eventually(() => sync.feed.copy.lastIndex === 9);
  expect(gone).toEqual([]);
});

test('after a compare that took 10 ms the next waits for 30 ms, whatever moves', async () => {
  const { peer, sync, state, clock } = await aHost({ compareMs: 10 });
  state.addService(aService('web'), 'api');
  sync.trigger();
  clock.advance(29);
  expect(await heardBy(peer, sync)).toEqual([]);
  clock.advance(1);
  expect((await nextWrite(peer)).ops).toEqual(['+web']);
});

test('leaving waits for its own acknowledgement', async () => {
  const { peer, sync } = await aHost({ services: ['web'] });
  const write = await nextWrite(peer);
  let left = false;
  const leaving = sync.leave().then(() => {
    left = true;
  });
  expect(await peer.next()).toEqual({ Type: 'leave', ID: 2 });
  peer.send(ack(write.ID));
  expect(await heardBy(peer, sync)).toEqual([]);
  expect(left).toBe(false);
  peer.send(ack(2));
  await leaving;
});

test.each<[string, (host: Awaited<ReturnType<typeof aHost>>) => void]>([
  ['no answer comes for three seconds', ({ clock }) => clock.advance(3000)],
  ['the connection is lost', ({ peer }) => peer.close(1001, '')],
])('leaving ends when %s', async (_what, end) => {
  const host = await aHost();
  const leaving = host.sync.leave();
  await host.peer.next();
  end(host);
  await leaving;
});

test('leaving after the end ends at once', async () => {
  const { sync } = await aHost();
  sync.stop();
  await sync.leave();
});

describe('leaving when the connection was lost a moment ago', () => {
  async function aLostHost() {
    const { edge, clock, peer, sync } = await aHost();
    peer.close(1001, '');
    await eventually(() => sync.feed.state === 'waiting');
    const leaving = sync.leave();
    clock.advance(250);
    const again = await edge.peer(2);
    await again.next();
    return { clock, again, leaving };
  }

  test('is said once it is back', async () => {
    const { again, leaving } = await aLostHost();
    again.send(aWelcome({ HeartbeatIntervalMs: 3_600_000 }));
    again.send({ Type: 'page', Index: 1, Changes: [setNode('n1')] });
    expect(await again.next()).toEqual({ Type: 'leave', ID: 1 });
    again.send(ack(1));
    await leaving;
  });

  test('ends when it is not back within a second', async () => {
    const { clock, again, leaving } = await aLostHost();
    clock.advance(750);
    await leaving;
    expect(again.heard).toEqual([]);
  });
});

describe('with EnableTagOverride, tags that somebody set in the catalog', () => {
  type Host = Awaited<ReturnType<typeof aHost>>;
  const declared = (more = {}) => aService('db', [], { EnableTagOverride: true, Tags: ['mine'], ...more });
  const theirs = setService({ ...declared().Service, Tags: ['theirs'] });

  /** The host has said its own, somebody has said others, and both know. */
  async function anOverridden(): Promise<Host> {
    const host = await aHost();
    const { peer, state, sync } = host;
    state.addService(declared(), 'config');
    sync.trigger();
    const { ID } = (await peer.next()) as Write;
    peer.send({ Type: 'delta', Index: 2, Changes: [setService(declared().Service)] }, ack(ID));
    peer.send({ Type: 'delta', Index: 3, Changes: [theirs] });
    await eventually(() => sync.feed.copy.lastIndex === 3);
    expect(await heardBy(peer, sync)).toEqual([]);
    return host;
  }

  test.each<[string, (host: Host) => void, string[][], string[]]>([
    ['are those that the host shows', () => undefined, [], ['theirs']],
    [
      'stay when a file that says nothing new is read again',
      ({ state }) => state.reload([declared()], []),
      [],
      ['theirs'],
    ],
    [
      'stay when a file changes something else',
      ({ state }) => state.reload([declared({ Port: 81 })], []),
      [['theirs']],
      ['theirs'],
    ],
    [
      'go when a file says other tags',
      ({ state }) => state.reload([declared({ Tags: ['new'] })], []),
      [['new']],
      ['new'],
    ],
    [
      'go when it is registered again',
      ({ state }) => state.addService(declared(), 'api'),
      [['mine']],
      ['mine'],
    ],
    [
      'go when a file no longer allows it',
      ({ state }) => state.reload([declared({ EnableTagOverride: false })], []),
      [['mine']],
      ['mine'],
    ],
    [
      'return when the catalog loses the service',
      ({ peer }) => peer.send({ Type: 'delta', Index: 4, Changes: [evicted('db', 'deregistered')] }),
      [['theirs']],
      ['theirs'],
    ],
  ])('%s', async (_what, happens, written, shown) => {
    const host = await anOverridden();
    happens(host);
    host.sync.trigger();
    const writes = (await heardBy(host.peer, host.sync)) as Write[];
    const ops = writes.flatMap(({ Ops }) => Ops);
    expect(ops.map((op) => 'Register' in op && op.Register.Service?.Tags)).toEqual(written);
    expect(host.state.services.get('db')?.definition.Service.Tags).toEqual(shown);
  });
});

test('with EnableTagOverride a registration says its tags once, and then the catalog may say others', async () => {
  const { peer, state, sync } = await aHost();
  const register = (tag: string) => {
    const definition = aService('db', [], { EnableTagOverride: true, Tags: [tag] });
    state.addService(definition, 'api');
    sync.trigger();
    return definition.Service;
  };
  const inCatalog = (service: CatalogService, index: number) =>
    peer.send({ Type: 'delta', Index: index, Changes: [setService(service)] });
  const nextTags = async () => {
    const { ID, Ops } = (await peer.next()) as Write;
    return { ID, tags: Ops.map((op) => 'Register' in op && op.Register.Service?.Tags) };
  };
  const replica = register('replica');
  const first = await nextTags();
  inCatalog(replica, 2);
  peer.send(ack(first.ID));
  register('primary');
  const second = await nextTags();
  expect([first.tags, second.tags]).toEqual([[['replica']], [['primary']]]);
  // Somebody is quicker than the acknowledgement.
  inCatalog({ ...replica, Tags: ['theirs'] }, 3);
  peer.send(ack(second.ID));
  await eventually(() => sync.feed.copy.lastIndex === 3);
  expect(await heardBy(peer, sync)).toEqual([]);
  register('primary');
  expect((await nextTags()).tags).toEqual([['primary']]);
});
