import { expect, test } from 'vitest';
import { firstCopyWaitMs, Readiness } from '../../../sidecar/agent/readiness.ts';
import type { FeedState } from '../../../sidecar/sync/sync-states.ts';
import { FakeClock } from '../fake-clock.ts';

const live = 'in sync with http://edge:8300';
const waits = 'waiting for a first copy of the catalog from the edge';
const never = 'the edge was never reached: there is no catalog to answer from';

/** What a service manager is told of a sidecar whose feed the test moves. */
function aReadiness(feed: { state: FeedState; filled: boolean; staleMs?: number }) {
  const told: string[] = [];
  const clock = new FakeClock();
  const readiness = new Readiness({
    clock,
    feed: {
      edge: new URL('http://edge:8300'),
      get state() {
        return feed.state;
      },
      get filled() {
        return feed.filled;
      },
      staleMs: () => feed.staleMs ?? Number.POSITIVE_INFINITY,
    },
    supervisor: {
      ready: (status) => told.push(`ready: ${status}`),
      status: (status) => told.push(status),
      reloading: () => told.push('reloading'),
      stopping: () => told.push('stopping'),
    },
  });
  return { readiness, told, clock, feed };
}

test('with a copy from disk it is ready as soon as its ports are open', () => {
  const { readiness, told } = aReadiness({ state: 'waiting', filled: true, staleMs: 60_000 });
  readiness.connectionChanged();
  expect(told).toEqual([]);
  readiness.opened();
  expect(told).toEqual([
    'ready: no connection to the edge since 2025-12-31T23:59:00.000Z: answering from the copy',
  ]);
});

test('without one it is ready when the edge has given it one', () => {
  const { readiness, told, feed, clock } = aReadiness({ state: 'connecting', filled: false });
  readiness.opened();
  readiness.connectionChanged();
  expect(told).toEqual([waits]);
  Object.assign(feed, { state: 'live', filled: true });
  readiness.connectionChanged();
  clock.advance(firstCopyWaitMs);
  expect(told).toEqual([waits, `ready: ${live}`]);
});

test('or after the wait for a first copy, without', () => {
  const { readiness, told, feed, clock } = aReadiness({ state: 'waiting', filled: false });
  readiness.opened();
  clock.advance(firstCopyWaitMs - 1);
  expect(told).toEqual([waits]);
  clock.advance(1);
  expect(told).toEqual([waits, `ready: ${never}`]);
  Object.assign(feed, { state: 'live', filled: true });
  readiness.connectionChanged();
  expect(told).toEqual([waits, `ready: ${never}`, live]);
});

test('a reload that fails leaves it ready', () => {
  const { readiness, told } = aReadiness({ state: 'live', filled: true });
  readiness.opened();
  const fails = () =>
    readiness.whileReloading(() => {
      throw new Error('broken');
    });
  expect(fails).toThrow('broken');
  expect(told).toEqual([`ready: ${live}`, 'reloading', `ready: ${live}`]);
});

test('one that stops before it was ready is not ready later', () => {
  const { readiness, told, clock } = aReadiness({ state: 'waiting', filled: false });
  readiness.opened();
  readiness.stop();
  clock.advance(firstCopyWaitMs);
  expect(told).toEqual([waits, 'stopping']);
});
