/**
 * Every state of `sync-states.ts` with every event that can come then: a real feed, or a real host, on a connection to a
 * scripted edge is brought into the state, the event happens, and the table says where it is then.
 */
import { describe, expect, onTestFinished, test } from 'vitest';
import { CatalogCache } from '../../../sidecar/cache/catalog-cache.ts';
import { Outbound } from '../../../sidecar/outbound/outbound.ts';
import { Feed } from '../../../sidecar/sync/feed.ts';
import type { FeedState, WriteState } from '../../../sidecar/sync/sync-states.ts';
import { makeLogger } from '../../../sidecar/system/logger.ts';
import type { DownMessage, Write } from '../../../src/shared/protocol/messages.ts';
import { FakeClock } from '../fake-clock.ts';
import { aService } from '../local/declared.ts';
import { ack, aHost, heardBy, setNode, setService } from './a-connected-host.ts';
import { aWelcome, eventually, type Peer, type ScriptedEdge, startScriptedEdge } from './scripted-edge.ts';

/** Columns are events, rows states; "-" is what cannot come to pass. */
function parseTable<State extends string, Event extends string>(text: string): [State, Event, State][] {
  const [head, ...rows] = text
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  return rows.flatMap(([state, ...cells]) =>
    cells.flatMap((next, i): [State, Event, State][] =>
      next === '-' ? [] : [[state as State, head![i + 1] as Event, next as State]],
    ),
  );
}

/** Another catalog, so that its pages are not those of the copy that is there. */
const pages = () => aWelcome({ Index: 4, Copy: 'pages', HeartbeatIntervalMs: 3_600_000 });
const delta = () => aWelcome({ Index: 4, Copy: 'delta', HeartbeatIntervalMs: 3_600_000 });

describe('a feed', () => {
  interface Subject {
    edge: ScriptedEdge;
    feed: Feed;
    clock: FakeClock;
    peer: Peer | undefined;
    acks: number[];
  }

  /** Its copy is of index 3. */
  async function aFeed(): Promise<Subject> {
    const edge = await startScriptedEdge();
    const clock = new FakeClock();
    const logger = makeLogger('sync', { level: 'error', json: false, write: () => undefined }, clock);
    const saved = new CatalogCache('dc1');
    saved.apply(3, [setNode('n1')]);
    saved.catalogId = 'catalog-1';
    const acks: number[] = [];
    const outbound = new Outbound(clock);
    const options = {
      datacenter: 'dc1',
      edges: [edge.url],
      token: () => '',
      outbound,
      clock,
      random: () => 0,
      logger,
    };
    const feed = new Feed(options, { acknowledged: ({ ID }) => acks.push(ID) }, saved);
    onTestFinished(() => feed.stop());
    return { edge, feed, clock, peer: undefined, acks };
  }

  const reach: Record<FeedState, (subject: Subject) => Promise<void>> = {
    stopped: async () => undefined,
    waiting: async ({ edge, feed }) => {
      edge.refusal = { status: '503 Away', body: '' };
      feed.start();
      await eventually(() => feed.state === 'waiting');
      edge.refusal = undefined;
    },
    connecting: async ({ edge, feed }) => {
      edge.mute = true;
      feed.start();
      await edge.held();
    },
    greeting: async (subject) => {
      subject.feed.start();
      subject.peer = await subject.edge.peer();
      await subject.peer.next();
    },
    'catching up': async (subject) => {
      await reach.greeting(subject);
      await said(subject, delta());
    },
    copying: async (subject) => {
      await reach.greeting(subject);
      await said(subject, pages());
    },
    live: async (subject) => {
      await reach['catching up'](subject);
      await said(subject, { Type: 'delta', Index: 4, Changes: [] });
    },
  };

  /** Everything that was said has been heard. */
  async function said({ peer, acks, feed }: Subject, ...messages: DownMessage[]): Promise<void> {
    const heard = acks.length;
    peer!.send(...messages, ack(99));
    await eventually(() => acks.length > heard || feed.state === 'waiting');
  }

  const happens = {
    start: async ({ feed }: Subject) => feed.start(),
    'wait is over': async ({ feed, clock }: Subject) => {
      clock.advance(125);
      feed.hurry();
    },
    'promises a delta': (subject: Subject) => said(subject, delta()),
    'promises pages': (subject: Subject) => said(subject, pages()),
    page: (subject: Subject) => said(subject, { Type: 'page', Index: 4, Changes: [], Cursor: 'more' }),
    'last page': (subject: Subject) => said(subject, { Type: 'page', Index: 4, Changes: [] }),
    delta: (subject: Subject) => said(subject, { Type: 'delta', Index: 5, After: 3, Changes: [] }),
    'is lost': async ({ edge, feed, peer }: Subject) => {
      if (peer) peer.close(1001, '');
      else edge.drop();
      await eventually(() => feed.state === 'waiting');
    },
    stop: async ({ feed }: Subject) => feed.stop(),
  };

  test.each(
    parseTable<FeedState, keyof typeof happens>(`
                  | start       | wait is over | promises a delta | promises pages | page    | last page | delta   | is lost | stop
      stopped     | connecting  | stopped      | -                | -              | -       | -         | -       | -       | stopped
      waiting     | waiting     | connecting   | -                | -              | -       | -         | -       | -       | stopped
      connecting  | connecting  | connecting   | -                | -              | -       | -         | -       | waiting | stopped
      greeting    | greeting    | greeting     | catching up      | copying        | waiting | waiting   | waiting | waiting | stopped
      catching up | catching up | catching up  | waiting          | waiting        | waiting | waiting   | live    | waiting | stopped
      copying     | copying     | copying      | waiting          | waiting        | copying | live      | waiting | waiting | stopped
      live        | live        | live         | waiting          | waiting        | waiting | waiting   | live    | waiting | stopped
    `),
  )('that is %s: %s → %s', async (state, event, next) => {
    const subject = await aFeed();
    await reach[state](subject);
    expect(subject.feed.state).toBe(state);
    await happens[event](subject);
    expect(subject.feed.state).toBe(next);
    // Nothing waits once it is stopped; the heartbeat and at most one timer of the state's do before.
    expect(subject.clock.pending).toBeLessThanOrEqual(next === 'stopped' ? 0 : 2);
  });

  test('that is connecting says hello once there is a connection', async () => {
    const { edge, feed } = await aFeed();
    feed.start();
    expect(await (await edge.peer()).next()).toMatchObject({ Type: 'hello', Index: 3 });
    expect(feed.state).toBe('greeting');
  });

  test.each<[FeedState, string, number]>([
    ['greeting', 'the edge says nothing more for 30000 ms (greeting)', 30_000],
    ['catching up', 'the edge says nothing more for 60000 ms (catching up)', 60_000],
    ['copying', 'the edge says nothing more for 60000 ms (copying)', 60_000],
  ])('that is %s gives up when nothing but heartbeats comes', async (state, reason, afterMs) => {
    const subject = await aFeed();
    await reach[state](subject);
    const { clock, feed } = subject;
    let waitedMs = 0;
    for (; waitedMs < afterMs - 3000; waitedMs += 3000) {
      clock.advance(3000);
      await said(subject);
    }
    expect(feed.state).toBe(state);
    clock.advance(afterMs - waitedMs);
    expect([feed.state, feed.lastReason]).toEqual(['waiting', reason]);
  });

  test('that is copying has as long again for each page', async () => {
    const subject = await aFeed();
    await reach.copying(subject);
    subject.clock.advance(59_999);
    await happens.page(subject);
    subject.clock.advance(59_999);
    expect(subject.feed.state).toBe('copying');
    subject.clock.advance(1);
    expect(subject.feed.state).toBe('waiting');
  });

  describe('that is live', () => {
    test.each<[string, number, number | undefined, FeedState, number]>([
      ['follows on the copy is applied', 5, 4, 'live', 5],
      ['follows on an index that the copy has passed is applied', 5, 2, 'live', 5],
      ['an edge of the version before sends is applied', 5, undefined, 'live', 5],
      ['has come before is nothing new', 4, 3, 'live', 4],
      ['is older than the copy is nothing new', 2, 1, 'live', 4],
      ['follows on one that was lost breaks the connection', 6, 5, 'waiting', 4],
    ])('a delta that %s', async (_what, Index, After, state, index) => {
      const subject = await aFeed();
      await reach.live(subject);
      const after = After === undefined ? {} : { After };
      await said(subject, { Type: 'delta', Index, ...after, Changes: [setNode('n2')] });
      expect([subject.feed.state, subject.feed.copy.lastIndex]).toEqual([state, index]);
    });
  });

  describe('that is copying', () => {
    test.each<[string, DownMessage, FeedState]>([
      ['a delta that follows on the page', { Type: 'delta', Index: 5, After: 4, Changes: [] }, 'copying'],
      ['a delta that comes twice', { Type: 'delta', Index: 4, After: 3, Changes: [] }, 'copying'],
      ['a delta after one that was lost', { Type: 'delta', Index: 6, After: 5, Changes: [] }, 'waiting'],
      ['a page that was overtaken', { Type: 'page', Index: 3, Changes: [] }, 'waiting'],
    ])('%s → %s', async (_what, message, state) => {
      const subject = await aFeed();
      await reach.copying(subject);
      await happens.page(subject);
      await said(subject, message);
      expect(subject.feed.state).toBe(state);
    });
  });
});

describe('a host', () => {
  type Host = Awaited<ReturnType<typeof aHost>>;
  const declare = ({ state, sync }: Host, id: string) => {
    state.addService(aService(id), 'api');
    sync.trigger();
  };
  const shown = ({ sync }: Host) => sync.feed.copy.lastIndex;

  const reach: Record<WriteState, (host: Host) => Promise<void>> = {
    offline: async ({ peer, sync }) => {
      peer.close(1001, '');
      await eventually(() => sync.state === 'offline');
    },
    idle: async ({ sync }) => eventually(() => sync.state === 'idle'),
    writing: async (host) => {
      declare(host, 'web');
      await host.peer.next();
    },
    leaving: async ({ sync, peer }) => {
      void sync.leave();
      await peer.next();
    },
    left: async (host) => {
      await reach.leaving(host);
      await happens['leave acknowledged'](host);
    },
  };

  const happens = {
    live: async ({ edge, clock, sync }: Host) => {
      clock.advance(250);
      const peer = await edge.peer(2);
      await peer.next();
      peer.send(aWelcome({ Copy: 'delta' }), { Type: 'delta', Index: 1, Changes: [] });
      await eventually(() => sync.feed.state === 'live');
    },
    'nothing differs': async ({ sync, peer }: Host) => {
      sync.trigger();
      if (sync.feed.state === 'live') expect(await heardBy(peer, sync)).toEqual([]);
    },
    'something differs': async (host: Host) => {
      declare(host, 'db');
      await Promise.resolve();
    },
    acknowledged: async (host: Host) => {
      const { peer, sync } = host;
      const written = setService(aService('web').Service);
      peer.send({ Type: 'delta', Index: 2, Changes: [written] }, ack(1));
      await eventually(() => shown(host) === 2);
      await heardBy(peer, sync);
    },
    'other ack': async ({ peer, sync }: Host) => {
      peer.send(ack(7), { Type: 'delta', Index: 9, Changes: [] });
      await eventually(() => sync.feed.copy.lastIndex === 9);
    },
    leave: async ({ sync }: Host) => void sync.leave(),
    'leave acknowledged': async ({ peer, sync }: Host) => {
      peer.send(ack(1));
      await eventually(() => sync.state === 'left');
    },
    'is late': async ({ clock, sync }: Host) => {
      clock.advance(30_000);
      await eventually(() => sync.feed.state !== 'live');
    },
    'is lost': async ({ peer, sync }: Host) => {
      peer.close(1001, '');
      await eventually(() => sync.feed.state !== 'live');
    },
  };

  test.each(
    parseTable<WriteState, keyof typeof happens>(`
              | live | nothing differs | something differs | acknowledged | other ack | leave   | leave acknowledged | is late | is lost
      offline | idle | offline         | offline           | -            | -         | -       | -                  | -       | -
      idle    | -    | idle            | writing           | -            | idle      | leaving | -                  | -       | offline
      writing | -    | writing         | writing           | idle         | writing   | leaving | -                  | offline | offline
      leaving | -    | leaving         | leaving           | -            | leaving   | leaving | left               | left    | left
      left    | -    | left            | left              | -            | -         | left    | -                  | -       | -
    `),
  )('that is %s: %s → %s', async (state, event, next) => {
    const host = await aHost();
    await reach[state](host);
    expect(host.sync.state).toBe(state);
    await happens[event](host);
    expect(host.sync.state).toBe(next);
    if (next === 'left') expect([host.sync.feed.state, host.clock.pending]).toEqual(['stopped', 1]);
  });

  test('whose write is not acknowledged says on the next connection what the catalog still lacks', async () => {
    const host = await aHost();
    await reach.writing(host);
    await happens['is late'](host);
    expect(host.sync.feed.lastReason).toBe('the edge does not acknowledge a write within 30000 ms');
    await happens.live(host);
    const again = (await host.edge.peers[1]!.next()) as Write;
    expect(again.Ops).toMatchObject([{ Register: { Service: { ID: 'web' } } }]);
  });
});
