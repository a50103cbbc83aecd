/** Silence, eviction and their clocks in a real object: alarms, cron, restarts. Time passes only when told. */
import {
  abortAllDurableObjects,
  createScheduledController,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { livenessLimits, reapLimits, tombstoneMs } from '../../../src/datacenter/limits.ts';
import worker from '../../../src/index.ts';
import type { Change } from '../../../src/shared/protocol/messages.ts';
import { replacedReason } from '../../../src/shared/protocol/version.ts';
import {
  type EdgeSocket,
  joinedSocket,
  makeAgent,
  makeCheck,
  makeRegistration,
  makeService,
  openSocket,
} from './edge-socket.ts';
import { at, startMs, tellTime } from './told-time.ts';

const { silenceMsMax, restartGraceMs, massSilenceGraceMs } = livenessLimits;
tellTime();

const objectOf = (datacenter: string) => env.DATACENTERS.getByName(datacenter);
const alarm = (datacenter: string) => runDurableObjectAlarm(objectOf(datacenter));
const cron = () => worker.scheduled(createScheduledController(), env);

async function aliveIn(datacenter: string): Promise<string[]> {
  const members = await objectOf(datacenter).members();
  return members.filter(({ Alive }) => Alive).map(({ Node }) => Node.Node);
}

/** Closes the connection and waits until the object knows. */
async function closeAll(datacenter: string, sockets: EdgeSocket[], left = 0): Promise<void> {
  for (const socket of sockets) socket.close();
  await vi.waitFor(async () => expect((await objectOf(datacenter).stats()).connections).toBe(String(left)));
}

async function follow(datacenter: string): Promise<EdgeSocket> {
  const socket = await openSocket(datacenter);
  await socket.join();
  return socket;
}

const changesOf = async (socket: EdgeSocket): Promise<Change[]> => (await socket.take('delta')).Changes;

/** A service with a check that evicts it a minute after it became critical. */
const critical = (node: string, status = 'critical', deregisterAfterMs = 60_000) =>
  makeRegistration(node, {
    Service: makeService('web'),
    Checks: [makeCheck('c', status, 'web', deregisterAfterMs)],
  });

const servicesOn = async (datacenter: string, node: string): Promise<string[]> => {
  const { Body } = await objectOf(datacenter).read({ Kind: 'catalog.node-services', Node: node, Filter: '' });
  return JSON.parse(Body).Services.map(({ ID }: { ID: string }) => ID);
};

describe('a host whose connection closes', () => {
  it('is critical when its time is over, found by the alarm, and not before', async () => {
    const socket = await joinedSocket('closes', 'n1');
    await closeAll('closes', [socket]);
    at(silenceMsMax - 1);
    expect(await alarm('closes')).toBe(true);
    expect(await aliveIn('closes')).toEqual(['n1']);
    at(silenceMsMax + 5_000);
    expect(await alarm('closes')).toBe(true);
    expect(await aliveIn('closes')).toEqual([]);
  });

  it('that comes back is passing again, and nothing else is written', async () => {
    const socket = await joinedSocket('back', 'n1');
    socket.write(1, { Register: critical('n1', 'passing') });
    await socket.take('delta');
    await closeAll('back', [socket]);
    const follower = await follow('back');
    at(silenceMsMax + 5_000);
    await alarm('back');
    expect(await changesOf(follower)).toMatchObject([
      { Row: { CheckID: 'serfHealth', Status: 'critical', Output: 'Agent not live or unreachable' } },
    ]);
    await joinedSocket('back', 'n1');
    expect(await changesOf(follower)).toMatchObject([{ Row: { CheckID: 'serfHealth', Status: 'passing' } }]);
    expect(await servicesOn('back', 'n1')).toEqual(['web']);
  });

  it('that is back before its time is over was never away', async () => {
    const socket = await joinedSocket('brief', 'n1');
    await closeAll('brief', [socket]);
    at(silenceMsMax - 1);
    await joinedSocket('brief', 'n1');
    at(silenceMsMax + 1);
    await alarm('brief');
    expect(await aliveIn('brief')).toEqual(['n1']);
    expect((await objectOf('brief').stats()).applied_index).toBe('2');
  });
});

describe('a host that falls silent with its connection open', () => {
  it('is critical, and the connection is closed', async () => {
    const socket = await joinedSocket('silent', 'n1');
    at(silenceMsMax);
    await alarm('silent');
    expect(await aliveIn('silent')).toEqual([]);
    expect(await socket.closed).toBe('silent for too long');
  });

  it('lives as long as its heartbeat comes', async () => {
    at(-silenceMsMax);
    const socket = await joinedSocket('beats', 'n1');
    socket.send('ping');
    expect(await socket.takeText()).toBe('pong');
    at(silenceMsMax / 2);
    await alarm('beats');
    expect(await aliveIn('beats')).toEqual(['n1']);
  });

  it('is judged by its new connection while the old one lingers', async () => {
    const old = await openSocket('lingers', { allowHalfOpen: true });
    await old.join({ Agent: makeAgent('n1') });
    at(silenceMsMax);
    await joinedSocket('lingers', 'n1');
    expect(await old.closed).toBe(replacedReason);
    expect((await objectOf('lingers').stats()).connections).toBe('2');
    at(2 * silenceMsMax - 1);
    await alarm('lingers');
    expect(await aliveIn('lingers')).toEqual(['n1']);
  });
});

describe('a restart of the object', () => {
  it('turns nobody critical within the grace, and who stays away after it', async () => {
    await joinedSocket('restart', 'n1');
    await abortAllDurableObjects();
    at(0);
    await objectOf('restart').stats();
    at(restartGraceMs - 1);
    await objectOf('restart').reap();
    expect(await aliveIn('restart')).toEqual(['n1']);
    at(restartGraceMs);
    await objectOf('restart').reap();
    expect(await aliveIn('restart')).toEqual([]);
  });

  it('has a grace that ends, however often the object leaves memory meanwhile', async () => {
    await joinedSocket('leaves', 'n1');
    await abortAllDurableObjects();
    at(1_000);
    await objectOf('leaves').reap();
    await evictDurableObject(objectOf('leaves'));
    at(1_000 + restartGraceMs - 1);
    await objectOf('leaves').reap();
    expect(await aliveIn('leaves')).toEqual(['n1']);
    await evictDurableObject(objectOf('leaves'));
    at(1_000 + restartGraceMs);
    await objectOf('leaves').reap();
    expect(await aliveIn('leaves')).toEqual([]);
  });

  it('keeps the alarm of what is due sooner than the grace', async () => {
    await objectOf('keeps').register(critical('x1'));
    at(50_000);
    await joinedSocket('keeps', 'n1');
    await abortAllDurableObjects();
    at(55_000);
    const dueAtMs = await runInDurableObject(objectOf('keeps'), (_object, { storage }) => storage.getAlarm());
    expect(dueAtMs! - startMs).toBeLessThanOrEqual(60_000);
    at(60_000);
    expect(await alarm('keeps')).toBe(true);
    expect(await servicesOn('keeps', 'x1')).toEqual([]);
  });
});

describe('a mass silence', () => {
  it('is not believed at once, and once it is evicts nobody for 72 hours', async () => {
    const sockets: EdgeSocket[] = [];
    for (const node of ['n1', 'n2', 'n3', 'n4']) sockets.push(await joinedSocket('mass', node));
    await closeAll('mass', sockets);
    at(silenceMsMax + massSilenceGraceMs - 1);
    await objectOf('mass').reap();
    expect(await aliveIn('mass')).toHaveLength(4);
    expect((await objectOf('mass').stats()).eviction_held).toBe('false');
    at(silenceMsMax + massSilenceGraceMs + 5_000);
    await objectOf('mass').reap();
    expect(await aliveIn('mass')).toHaveLength(0);
    expect((await objectOf('mass').stats()).eviction_held).toBe('true');
    await objectOf('mass').register(critical('x1'));
    at(reapLimits.reconnectTimeoutMs);
    await objectOf('mass').reap();
    expect(await objectOf('mass').members()).toHaveLength(4);
    expect(await servicesOn('mass', 'x1')).toEqual(['web']);
    at(reapLimits.reconnectTimeoutMs + silenceMsMax + massSilenceGraceMs + 5_000);
    await objectOf('mass').reap();
    expect(await objectOf('mass').members()).toEqual([]);
    expect(await servicesOn('mass', 'x1')).toEqual([]);
    expect((await objectOf('mass').stats()).eviction_held).toBe('false');
  });
});

describe('a service that is critical for too long', () => {
  it('is evicted by the cron trigger, and followers are told why', async () => {
    const follower = await follow('cron');
    await objectOf('cron').register(critical('x1'));
    await changesOf(follower);
    at(59_000);
    await cron();
    expect(await servicesOn('cron', 'x1')).toEqual(['web']);
    at(61_000);
    await cron();
    expect(await changesOf(follower)).toMatchObject([{ Delete: 'service', ID: 'web', Reason: 'critical' }]);
    expect(await servicesOn('cron', 'x1')).toEqual([]);
  });

  it('is evicted by the alarm where no cron runs', async () => {
    await objectOf('alarm').register(critical('x1'));
    at(60_000);
    expect(await alarm('alarm')).toBe(true);
    expect(await servicesOn('alarm', 'x1')).toEqual([]);
  });

  it('has its alarm also when the deadline comes after the status', async () => {
    await objectOf('later').register(critical('x1', 'critical', 0));
    expect(await alarm('later')).toBe(false);
    at(30_000);
    await objectOf('later').register(critical('x1', 'critical', 60_000));
    at(60_000);
    expect(await alarm('later')).toBe(true);
    expect(await servicesOn('later', 'x1')).toEqual([]);
  });

  it('is given its time anew when it recovered meanwhile', async () => {
    for (const [ms, status] of [
      [0, 'critical'],
      [30_000, 'passing'],
      [40_000, 'critical'],
    ] as const) {
      at(ms);
      await objectOf('anew').register(critical('x1', status));
    }
    at(99_000);
    await objectOf('anew').reap();
    expect(await servicesOn('anew', 'x1')).toEqual(['web']);
    at(100_000);
    await objectOf('anew').reap();
    expect(await servicesOn('anew', 'x1')).toEqual([]);
  });

  it('on a host that is gone goes for the silence', async () => {
    const socket = await joinedSocket('host-gone', 'n1');
    socket.write(1, { Register: critical('n1', 'passing') });
    await socket.take('delta');
    await socket.take('ack');
    await closeAll('host-gone', [socket]);
    at(silenceMsMax);
    await objectOf('host-gone').reap();
    const follower = await follow('host-gone');
    at(silenceMsMax + 60_000);
    await objectOf('host-gone').reap();
    expect(await changesOf(follower)).toMatchObject([{ Delete: 'service', ID: 'web', Reason: 'silent' }]);
  });
});

describe('a host that stays away', () => {
  it('goes when it could long have come back', async () => {
    const socket = await joinedSocket('away', 'n1');
    await closeAll('away', [socket]);
    at(silenceMsMax);
    await objectOf('away').reap();
    at(silenceMsMax + reapLimits.reconnectTimeoutMs - 1);
    await objectOf('away').reap();
    expect(await objectOf('away').members()).toHaveLength(1);
    at(silenceMsMax + reapLimits.reconnectTimeoutMs);
    await objectOf('away').reap();
    expect(await objectOf('away').members()).toHaveLength(0);
  });
});

describe('a deletion', () => {
  it('is remembered for copies that were away, for a while', async () => {
    await objectOf('remembered').register(critical('x1'));
    await objectOf('remembered').deregister({ Datacenter: '', Node: 'x1', ServiceID: '', CheckID: '' });
    const { catalog_id: CatalogID = '' } = await objectOf('remembered').stats();
    const copyOf = async () =>
      (await (await openSocket('remembered')).join({ CatalogID, Index: 2 })).welcome.Copy;
    at(tombstoneMs);
    await objectOf('remembered').reap();
    expect(await copyOf()).toBe('delta');
    at(tombstoneMs + 1_000);
    await objectOf('remembered').reap();
    expect(await copyOf()).toBe('pages');
  });
});

describe('the cron trigger', () => {
  it('reaps every datacenter, also when one of them fails', async () => {
    await joinedSocket('fails', 'n1');
    await joinedSocket('works', 'n1');
    const reaped: string[] = [];
    const reap = async (name: string) => {
      if (name === 'fails') throw new Error('no');
      reaped.push(name);
    };
    const DATACENTERS = { getByName: (name: string) => ({ reap: () => reap(name) }) } as never;
    const pass = worker.scheduled(createScheduledController(), { ...env, DATACENTERS });
    await expect(pass).rejects.toThrow('no');
    expect(reaped).toEqual(expect.arrayContaining(['dc1', 'works']));
  });
});

describe('a clock that is set', () => {
  const hourMs = 3_600_000;
  const keyOf = (datacenter: string) => objectOf(datacenter).readKv({ Kind: 'get', Key: 'k', Raw: false });
  const isThere = async (datacenter: string) => (await keyOf(datacenter)).Body !== undefined;
  const sessionsOf = async (datacenter: string) =>
    JSON.parse((await objectOf(datacenter).readSessions({ Kind: 'list' })).Body).length;

  /** A host, a service that is critical, a key with a minute to live, and a session with two. */
  async function fill(datacenter: string): Promise<EdgeSocket> {
    const socket = await joinedSocket(datacenter, 'n1');
    await objectOf(datacenter).register(critical('x1'));
    await objectOf(datacenter).putKey({ Key: 'k', Value: new Uint8Array(), Flags: '0', TTLMs: 60_000 });
    const session = { Name: '', Node: 'x1', LockDelay: 0, Behavior: 'release', TTL: '60s' } as const;
    await objectOf(datacenter).createSession({ ...session, NodeChecks: [], ServiceChecks: null });
    return socket;
  }

  /** All of it lives `ms` after the beginning, by the clock as it was, and ends in its time. */
  async function expectInTime(datacenter: string, jumpMs: number): Promise<void> {
    expect(await aliveIn(datacenter)).toEqual(['n1']);
    expect(await servicesOn(datacenter, 'x1')).toEqual(['web']);
    expect([await isThere(datacenter), await sessionsOf(datacenter)]).toEqual([true, 1]);
    at(jumpMs + 59_000);
    await objectOf(datacenter).reap();
    expect(await servicesOn(datacenter, 'x1')).toEqual(['web']);
    expect(await isThere(datacenter)).toBe(true);
    at(jumpMs + 61_000);
    await objectOf(datacenter).reap();
    expect(await servicesOn(datacenter, 'x1')).toEqual([]);
    expect([await isThere(datacenter), await sessionsOf(datacenter)]).toEqual([false, 1]);
    at(jumpMs + 121_000);
    await objectOf(datacenter).reap();
    expect(await sessionsOf(datacenter)).toBe(0);
  }

  it('forward by an hour takes nothing from who had a minute: the alarm is late by it', async () => {
    await fill('forward');
    at(9_000 + hourMs);
    await runInDurableObject(objectOf('forward'), (object) =>
      object.alarm({ scheduledTime: startMs + 9_000, isRetry: false, retryCount: 0 }),
    );
    await expectInTime('forward', hourMs);
  });

  it('forward finds a host that falls silent after it', async () => {
    await fill('silent-after');
    at(9_000 + hourMs);
    await runInDurableObject(objectOf('silent-after'), (object) =>
      object.alarm({ scheduledTime: startMs + 9_000, isRetry: false, retryCount: 0 }),
    );
    at(9_000 + hourMs + silenceMsMax - 1);
    await objectOf('silent-after').reap();
    expect(await aliveIn('silent-after')).toEqual(['n1']);
    at(9_000 + hourMs + silenceMsMax);
    await objectOf('silent-after').reap();
    expect(await aliveIn('silent-after')).toEqual([]);
  });

  it('a little is nothing to notice: an alarm may be late', async () => {
    await fill('little');
    at(61_000);
    await runInDurableObject(objectOf('little'), (object) =>
      object.alarm({ scheduledTime: startMs + 55_000, isRetry: false, retryCount: 0 }),
    );
    expect(await isThere('little')).toBe(false);
  });
});
