import { createServer } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { expect, test, vi } from 'vitest';
import { systemClock } from '../../../sidecar/system/clock.ts';
import { ApiError } from '../../../src/shared/api-error.ts';
import { FakeClock } from '../fake-clock.ts';
import { aHost, fresh, ttl } from './checks-host.ts';
import { aCheck, listen } from './probe-context.ts';
import { aHangingFamily, isRunning } from './processes.ts';

test.each([
  ['unknown', 'nope'],
  ['no TTL check', 'c1'],
])('a status cannot be set for a check that is %s', (_why, checkId) => {
  const { checks } = aHost();
  checks.start(aCheck({ TCP: '127.0.0.1:1', IntervalMs: 10_000 }), fresh);
  const text = `Unknown check ID "${checkId}". Ensure that the check ID is passed, not the check name.`;
  expect(() => checks.setTtl(checkId, 'passing', '')).toThrow(new ApiError(404, text));
  expect(checks.ttlExpiresAtMs(checkId)).toBeUndefined();
});

test('a check of the same ID replaces the old one', () => {
  const { checks, clock, shown } = aHost();
  checks.start(ttl(5000), fresh);
  checks.start(ttl(20_000), fresh);
  clock.advance(19_999);
  expect([shown(), clock.pending]).toEqual([[], 1]);
  clock.advance(1);
  expect(shown()).toEqual(['critical TTL expired']);
});

test('stopped checks are unknown, silent and leave no timer', () => {
  const { checks, clock, reports } = aHost();
  checks.start(ttl(), fresh);
  checks.start({ ...aCheck({ TCP: '127.0.0.1:1' }), CheckID: 'c2' }, fresh);
  checks.start({ ...aCheck({ AliasService: 'web' }), CheckID: 'c3' }, fresh);
  expect(['c1', 'c2', 'c3'].map((id) => checks.has(id))).toEqual([true, true, true]);
  checks.stop('c1');
  checks.stop('nope');
  expect(['c1', 'c2'].map((id) => checks.has(id))).toEqual([false, true]);
  checks.stopAll();
  expect([checks.has('c2'), clock.pending]).toEqual([false, 0]);
  clock.advance(100_000);
  expect(reports).toEqual([]);
});

test('maintenance is no check to run', () => {
  const { checks, clock } = aHost();
  checks.start(aCheck({ CheckID: '_node_maintenance' }), fresh);
  expect([checks.has('_node_maintenance'), clock.pending]).toEqual([false, 0]);
});

/** Mulberry32: a small generator with 32 bits of state. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

test('first runs are spread over the interval, the same for the same seed', async () => {
  const firstRuns = async (seed: number) => {
    const clock = new FakeClock(0);
    const atMs: number[] = [];
    const { checks } = aHost({ clock, random: seeded(seed), report: () => atMs.push(clock.nowMs()) });
    // An address that cannot be: its run ends without leaving the process.
    for (let i = 0; i < 100; i++) {
      checks.start({ ...aCheck({ TCP: 'nowhere', IntervalMs: 10_000 }), CheckID: `c${i}` }, fresh);
    }
    await clock.advanceAsync(9999.999);
    return atMs;
  };
  const atMs = await firstRuns(1);
  expect(atMs).toHaveLength(100);
  for (let second = 0; second < 10; second += 2) {
    const share = atMs.filter((ms) => ms >= second * 1000 && ms < (second + 2) * 1000).length;
    expect(share, `from ${second} s`).toBeGreaterThan(8);
  }
  expect(await firstRuns(1)).toEqual(atMs);
  expect(await firstRuns(2)).not.toEqual(atMs);
});

test.each([
  [0, 1000],
  [10, 1000],
  [1000, 1000],
  [1010, 1010],
  [1001, 1000],
])('an interval of %d ms is one of %d ms', async (IntervalMs, everyMs) => {
  const { checks, clock, reports } = aHost();
  checks.start(aCheck({ TCP: 'nowhere', IntervalMs }), fresh);
  await clock.advanceAsync(everyMs - 1);
  expect(reports).toHaveLength(1);
  await clock.advanceAsync(1);
  expect(reports).toHaveLength(2);
});

test('checks of one interval that start within half a beat run together from then on', async () => {
  const clock = new FakeClock(0);
  const atMs: number[] = [];
  const { checks } = aHost({ clock, report: () => atMs.push(clock.monotonicMs()) });
  for (const [i, startMs] of [0, 30, 19].entries()) {
    await clock.advanceAsync(startMs);
    checks.start({ ...aCheck({ TCP: 'nowhere', IntervalMs: 10_000 }), CheckID: `c${i}` }, fresh);
  }
  await clock.advanceAsync(29_951);
  expect(atMs).toEqual([0, 30, 49, 10_000, 10_000, 10_000, 20_000, 20_000, 20_000, 30_000, 30_000, 30_000]);
});

test('an alias is looked at when it starts and each second, whatever its interval', async () => {
  const found = { CheckID: 'w', Name: 'w', Status: 'passing', Output: '', ServiceID: 'web' };
  const alias = { node: 'n1', checks: () => [{ ...found }], hasService: () => true };
  const { checks, clock, shown } = aHost({ alias, random: () => 0.9 });
  checks.start(aCheck({ AliasService: 'web' }), fresh);
  await clock.advanceAsync(0);
  expect(shown()).toEqual(['passing All checks passing.']);
  Object.assign(found, { Status: 'critical', Output: 'down' });
  await clock.advanceAsync(1000);
  expect(shown().at(-1)).toBe('critical Aliased check "w" failing: down');
});

test('an alias follows at once, whatever thresholds it has', async () => {
  const found = { CheckID: 'w', Name: 'w', Status: 'passing', Output: '', ServiceID: 'web' };
  const alias = { node: 'n1', checks: () => [found], hasService: () => true };
  const { checks, clock, reports } = aHost({ alias });
  checks.start(aCheck({ AliasService: 'web', SuccessBeforePassing: 3, FailuresBeforeCritical: 3 }), fresh);
  await clock.advanceAsync(0);
  for (const Status of ['critical', 'passing']) {
    found.Status = Status;
    await clock.advanceAsync(1000);
    expect(reports.at(-1)).toMatchObject({ Status });
  }
});

test('what two aliases of each other say does not grow without end', async () => {
  const names = ['a', 'b'];
  const outputs: Record<string, string> = { a: '', b: '' };
  const rows = names.map((name) => ({ CheckID: name, Name: name, Status: 'critical', ServiceID: name }));
  const { checks, clock } = aHost({
    alias: {
      node: 'n1',
      checks: () => rows.map((row) => ({ ...row, Output: outputs[row.Name]! })),
      hasService: () => true,
    },
    report: ({ CheckID, Output }) => {
      outputs[CheckID] = Output;
    },
    settings: { outputBytesMax: 200 },
  });
  for (const [name, other] of ['ab', 'ba']) {
    checks.start({ ...aCheck({ AliasService: other! }), CheckID: name!, ServiceID: name! }, fresh);
  }
  for (let second = 0; second < 20; second++) await clock.advanceAsync(1000);
  const saturated = { ...outputs };
  expect(saturated.a).toMatch(/^Aliased check "b" failing: .* \(captured 200 of \d+ bytes\)$/);
  await clock.advanceAsync(1000);
  expect(outputs).toEqual(saturated);
});

/** What a real probe does takes real time; until then the fake clock stands still. */
const eventually = (expectation: () => void) => vi.waitFor(expectation, { timeout: 5000, interval: 1 });

test('a flapping target keeps its status until the thresholds are reached', async () => {
  const answers = [200, 500, 200, 500, 500, 500, 200, 200];
  let asked = 0;
  const server = createServer((_request, response) => {
    response.writeHead(answers[asked]!).end();
    response.once('close', () => asked++);
  });
  const HTTP = `http://127.0.0.1:${await listen(server)}/`;
  const { checks, clock, reports, logged } = aHost();
  const thresholds = { SuccessBeforePassing: 2, FailuresBeforeWarning: 2, FailuresBeforeCritical: 3 };
  checks.start(aCheck({ HTTP, IntervalMs: 1000, TimeoutMs: 1e9, ...thresholds }), fresh);
  await eventually(() => {
    if (asked < answers.length) clock.advance(1000);
    expect(reports.map(({ Status }) => Status)).toEqual(['passing', 'warning', 'critical', 'passing']);
  });
  expect(logged).toEqual([
    'info check is now passing c1',
    'warn check is now warning c1',
    'warn check is now critical c1',
    'info check is now passing c1',
  ]);
});

test('a target that hangs is critical after the timeout, and stays on schedule', async () => {
  let asked = 0;
  const server = createServer(() => void asked++);
  const HTTP = `http://127.0.0.1:${await listen(server)}/`;
  const { checks, clock, reports } = aHost();
  checks.start(aCheck({ HTTP, IntervalMs: 5000, TimeoutMs: 2000 }), fresh);
  clock.advance(0);
  await eventually(() => expect(asked).toBe(1));
  await clock.advanceAsync(1999);
  expect(reports).toEqual([]);
  clock.advance(1);
  const Output = `Get "${HTTP}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`;
  await eventually(() => expect(reports).toEqual([{ CheckID: 'c1', Status: 'critical', Output }]));
  clock.advance(5000);
  await eventually(() => expect(asked).toBe(2));
});

test.each([
  ['http', { HTTP: 'http://nowhere' }, 10_000],
  ['script', { Args: ['sleep', '60'] }, 30_000],
  ['os_service', { OSService: 'x' }, 30_000],
  ['docker', { DockerContainerID: 'x', Args: ['true'] }, 30_000],
])('%s has a timeout of its own kind', (_type, kind, timeoutMs) => {
  const waits: number[] = [];
  const clock = new FakeClock();
  const after = clock.after.bind(clock);
  clock.after = (delayMs, action) => {
    waits.push(delayMs);
    return after(delayMs, action);
  };
  const { checks } = aHost({ clock });
  checks.start(aCheck(kind), fresh);
  clock.advance(0);
  expect(waits).toContain(timeoutMs);
});

test('stopping kills the scripts that run, with their children, and nothing is reported', async () => {
  const { checks, reports } = aHost({ clock: systemClock });
  const { script, pids } = aHangingFamily();
  checks.start(aCheck({ Args: ['sh', '-c', script] }), fresh);
  await eventually(() => expect(pids().map(isRunning)).toEqual([true, true]));
  checks.stopAll();
  await eventually(() => expect(pids().map(isRunning)).toEqual([false, false]));
  expect(reports).toEqual([]);
});

test('stopping closes the sockets of probes that wait for an answer', async () => {
  const open = new Set<Socket>();
  const server = createTcpServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.on('data', () => {});
    socket.once('close', () => open.delete(socket));
  });
  const target = `127.0.0.1:${await listen(server)}`;
  const { checks, reports } = aHost({ clock: systemClock });
  const kinds = [
    { HTTP: `http://${target}/` },
    { HTTP: `https://${target}/` },
    { TCP: target, TCPUseTLS: true },
    { GRPC: target },
    { GRPC: target, GRPCUseTLS: true },
    { H2PING: target },
    { H2PING: target, H2PingUseTLS: false },
  ];
  for (const [i, kind] of kinds.entries()) checks.start({ ...aCheck(kind), CheckID: `c${i}` }, fresh);
  await eventually(() => expect(open.size).toBe(kinds.length));
  checks.stopAll();
  await eventually(() => expect(open.size).toBe(0));
  expect(reports).toEqual([]);
});
