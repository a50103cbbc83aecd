/** `rollcall lock`: one at a time, or as many as are let; beside Consul's own program where that is at hand. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nodePath, rollcallPath } from './agent.ts';
import { curl, put } from './clients.ts';
import { unpacked } from './debian-packages.ts';
import type { Program } from './program.ts';
import { shareSystem } from './system-test.ts';
import { until } from './until.ts';

const { dir, missing } = await unpacked('consul');
const clients: [string, string[], boolean][] = [
  ['rollcall', [nodePath, rollcallPath], false],
  ['consul', [join(dir, 'usr/bin/consul')], missing !== undefined],
];

const hosts = shareSystem(async (system) => ({ system, server: await system.server('edge') }));

const keysUnder = async (prefix: string): Promise<string[]> => {
  const { body, status } = await curl(`${hosts().server.url}/v1/kv/${prefix}?keys`);
  return status === 404 ? [] : JSON.parse(body);
};

let count = 0;

/** `lock` of one of the clients, in the background. */
function lock(name: string, args: string[], env: Record<string, string> = {}): Program {
  const [, [command = '', ...words]] = clients.find(([client]) => client === name)!;
  count += 1;
  return hosts().system.program({
    name: `lock-${count}`,
    command,
    args: [...words, 'lock', `-http-addr=${hosts().server.url}`, ...args],
    env,
  });
}

/** A program that says where it is, and ends when told. */
function turn(name: string) {
  const path = (what: string) => join(hosts().system.dir, `${name}.${what}`);
  return {
    script: `touch ${path('began')}; while ! test -e ${path('end')}; do sleep 0.05; done; touch ${path('ended')}`,
    began: () => existsSync(path('began')),
    ended: () => existsSync(path('ended')),
    end: () => writeFileSync(path('end'), ''),
  };
}

const pairs = clients.flatMap(([one, , oneMissing]) =>
  clients.map(([other, , otherMissing]) => [one, other, oneMissing || otherMissing] as const),
);

describe.each(pairs.filter(([one, other]) => one === 'rollcall' || other === 'rollcall'))(
  '%s holds it, %s waits',
  (holder, waiter, isMissing) => {
    test.skipIf(isMissing)('the second begins when the first has ended, and nothing is left', async () => {
      const [first, second] = [turn(`first-${holder}-${waiter}`), turn(`second-${holder}-${waiter}`)];
      const holding = lock(holder, ['-verbose', 'jobs/nightly', first.script]);
      await until('the first runs', first.began);
      const late = lock(waiter, ['-timeout=200ms', 'jobs/nightly', 'echo never']);
      expect((await late.ended).code).toBe(1);
      expect(late.log).toBe(`Shutdown triggered or timeout during lock acquisition\n`);
      const waiting = lock(waiter, ['-verbose', 'jobs/nightly', second.script]);
      await waiting.says('Attempting lock acquisition');
      expect(second.began()).toBe(false);
      first.end();
      await until('the second runs', second.began);
      expect(first.ended()).toBe(true);
      expect((await holding.ended).code).toBe(0);
      second.end();
      expect((await waiting.ended).code).toBe(0);
      expect(waiting.log).toBe(
        'Setting up lock at path: jobs/nightly/.lock\nAttempting lock acquisition\nStarting handler\n' +
          'Child terminated, releasing lock\nCleanup succeeded\n',
      );
      expect(await keysUnder('jobs')).toEqual([]);
    });

    test.skipIf(isMissing)('of two slots the third takes the one that becomes free', async () => {
      const turns = ['a', 'b', 'c'].map((name) => turn(`${name}-${holder}-${waiter}`));
      const slot = (client: string, i: number) => lock(client, ['-n=2', 'pool', turns[i]!.script]);
      const programs = [slot(holder, 0), slot(waiter, 1)];
      await until('both run', () => turns[0]!.began() && turns[1]!.began());
      programs.push(slot(waiter, 2));
      const conflict = lock('rollcall', ['-n=3', 'pool', 'true']);
      await conflict.ended;
      expect(conflict.log).toBe('Lock acquisition failed: semaphore limit conflict (lock: 2, local: 3)\n');
      expect(turns[2]!.began()).toBe(false);
      turns[0]!.end();
      await until('the third runs', turns[2]!.began);
      expect(turns[1]!.ended()).toBe(false);
      for (const one of turns) one.end();
      for (const program of programs) expect((await program.ended).code).toBe(0);
      await until('nothing is left', async () => (await keysUnder('pool')).length === 0);
    });
  },
);

test.each([
  [['exit 3'], 0, 'Error running handler: exit status 3\n'],
  [['-child-exit-code', 'exit 3'], 2, 'Error running handler: exit status 3\n'],
  [['-child-exit-code', 'true'], 0, ''],
  [
    ['-shell=false', '/none/such'],
    0,
    'Error starting handler: fork/exec /none/such: no such file or directory\n',
  ],
  [['kill -9 $$'], 0, 'Error running handler: signal: killed\n'],
  [['echo $CONSUL_LOCK_HELD'], 0, 'true\n'],
])('%j ends with %d', async ([...words], code, said) => {
  const flags = words.filter((word) => word.startsWith('-'));
  const program = lock('rollcall', [...flags, 'once', ...words.slice(flags.length)]);
  expect([(await program.ended).code, program.log]).toEqual([code, said]);
});

test('a program whose lock is lost is ended', async () => {
  const own = turn('lost');
  const program = lock('rollcall', ['lose', own.script]);
  await until('it runs', own.began);
  const [{ Session }] = await hosts().server.get<[{ Session: string }]>('/v1/kv/lose/.lock');
  await put(`${hosts().server.url}/v1/session/destroy/${Session}`, '');
  expect((await program.ended).code).toBe(0);
  expect(program.log).toBe('Lock lost, killing child\nError running handler: signal: terminated\n');
  expect(own.ended()).toBe(false);
});

test('one that is told to end ends its program and gives the lock back', async () => {
  const [own, next] = [turn('told'), turn('next')];
  const program = lock('rollcall', ['-verbose', 'told', own.script]);
  await until('it runs', own.began);
  const waiting = lock('rollcall', ['told', next.script]);
  program.signal('SIGTERM');
  await program.ended;
  expect(program.log).toContain('Shutdown triggered, killing child\n');
  await until('the next one runs', next.began);
  next.end();
  await waiting.ended;
});

test('a key of another use is left alone', async () => {
  await put(`${hosts().server.url}/v1/kv/mine/.lock`, 'mine');
  for (const [n, use] of [
    [1, 'lock'],
    [2, 'semaphore'],
  ]) {
    const program = lock('rollcall', [`-n=${n}`, 'mine', 'echo never']);
    expect((await program.ended).code).toBe(1);
    expect(program.log).toBe(`Lock acquisition failed: Existing key does not match ${use} use\n`);
  }
  expect(await keysUnder('mine')).toEqual(['mine/.lock']);
});
