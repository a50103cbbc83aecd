/**
 * `rollcall lock`: runs a program while a lock is held, so that of all hosts that try one runs it, or `-n`. A program whose
 * lock is lost is ended, for another may be running by then.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { posix } from 'node:path';
import { describeExit } from '../checks/go-error.ts';
import { describeSpawnError, killGroup } from '../checks/run-command.ts';
import { keepProcess, systemClock } from '../system/clock.ts';
import { shellWords } from '../watches/handler-program.ts';
import type { ApiClient } from './api-client.ts';
import { makeClientCommand } from './client-command.ts';
import { type HeldLock, Mutex, Semaphore } from './held-lock.ts';
import { withoutSlash } from './kv-pair.ts';
import { LockKeys } from './lock-keys.ts';
import { LockSession } from './lock-session.ts';
import { told } from './told.ts';

const monitorRetryMs = 1_000;
const killGraceMs = 5_000;
/** Of `-child-exit-code`. */
const childFailedCode = 2;

const flags = [
  {
    name: 'child-exit-code',
    type: 'bool',
    help: 'End with 2 if the program fails. Default: end with 0 all the same.',
  },
  {
    name: 'monitor-retry',
    type: 'int',
    help: 'How often to ask again, a second apart, if the agent fails while the lock is held. Default: 3.',
  },
  { name: 'n', type: 'int', help: 'How many may hold the lock at a time. Default: 1.' },
  { name: 'name', help: 'The name of the session. Default: made of the program.' },
  { name: 'pass-stdin', type: 'bool', help: 'Let the program read the standard input.' },
  { name: 'shell', type: 'bool', help: 'Let a shell read the program ($SHELL, or /bin/sh). Default: true.' },
  { name: 'timeout', type: 'duration', help: 'How long to try. Default: for ever.' },
  { name: 'try', type: 'duration', help: 'The older name of -timeout.' },
  { name: 'verbose', type: 'bool', help: 'Say what is done.' },
] as const;

export const lockCommand = makeClientCommand({
  name: 'lock',
  call: '[flags] prefix program...',
  summary: 'Runs a program while a lock is held',
  text: {
    about: [
      'The program runs with CONSUL_LOCK_HELD=true. If the lock is lost it is told to end (SIGTERM), and is ended after 5 seconds. With -n above 1, so many may run at a time; all have to name the same number.',
    ],
    examples: [
      ['Run a job on one host of all that try', 'lock jobs/nightly ./backup.sh'],
      [
        'Give up after a while, and tell whether the job failed',
        'lock -timeout=10s -child-exit-code jobs/nightly ./backup.sh',
      ],
      ['Let three run at a time', 'lock -n=3 jobs/import ./import.sh'],
    ],
  },
  flags,
  async run(api, values, [prefix = '', ...words]) {
    const { n = 1, shell = true, verbose = false, name } = values;
    const timeoutMs = values.timeout ?? values.try ?? 0;
    const retriesMax = values['monitor-retry'] ?? 3;
    if (n <= 0) throw new Error('Lock holder limit must be positive');
    if (prefix === '' || words.length === 0)
      throw new Error('Key prefix and child command must be specified');
    if (timeoutMs < 0) throw new Error('Timeout must be positive');
    if (retriesMax < 0) throw new Error("Number for 'monitor-retry' must be >= 0");
    const path = posix.normalize(withoutSlash(prefix)).replace(/\/$/, '');
    await told('querying Consul agent', api.get('/v1/agent/self'));
    const say = (text: string) => void (verbose && process.stdout.write(`${text}\n`));
    const releaseProcess = keepProcess();
    const shutdown = new AbortController();
    const end = () => shutdown.abort(new Error('shutdown'));
    process.on('SIGINT', end).on('SIGTERM', end);
    try {
      const session = await LockSession.create(
        api,
        name ?? `Consul lock for '${words.join(' ')}' at '${path}'`,
        systemClock,
      );
      try {
        const lock = makeLock(api, path, session.id, n);
        say(lock.setup);
        await acquire(lock, timeoutMs, shutdown.signal, say);
        const failed = await runHeld(lock, shell ? shellWords(words.join(' ')) : words, shutdown.signal, {
          say,
          passStdin: values['pass-stdin'] ?? false,
          retriesMax,
        });
        await lock.release();
        say((await lock.cleanUp()) ? 'Cleanup succeeded' : 'Cleanup aborted, lock in use');
        return failed && values['child-exit-code'] ? childFailedCode : 0;
      } finally {
        await session.destroy().catch(() => undefined);
      }
    } finally {
      process.off('SIGINT', end).off('SIGTERM', end);
      releaseProcess();
    }
  },
});

function makeLock(api: ApiClient, prefix: string, session: string, limit: number): HeldLock {
  const options = { keys: new LockKeys(api), prefix, session, clock: systemClock };
  return limit === 1 ? new Mutex(options) : new Semaphore(options, limit);
}

/** @throws when it takes longer than allowed, or the command is told to end. */
async function acquire(
  lock: HeldLock,
  timeoutMs: number,
  shutdown: AbortSignal,
  say: (text: string) => void,
): Promise<void> {
  say('Attempting lock acquisition');
  const late = new AbortController();
  const cancel = timeoutMs > 0 ? systemClock.after(timeoutMs, () => late.abort()) : () => undefined;
  const signal = AbortSignal.any([shutdown, late.signal]);
  try {
    await lock.acquire(signal);
  } catch (error) {
    if (signal.aborted) throw new Error('Shutdown triggered or timeout during lock acquisition');
    throw new Error(`Lock acquisition failed: ${(error as Error).message}`);
  } finally {
    cancel();
  }
}

interface Run {
  say(text: string): void;
  passStdin: boolean;
  retriesMax: number;
}

/** Whether the program failed, or had to be ended. */
async function runHeld(lock: HeldLock, words: string[], shutdown: AbortSignal, run: Run): Promise<boolean> {
  run.say('Starting handler');
  const { child, ended } = start(words, run.passStdin);
  const over = new AbortController();
  const lost = watchLoss(lock, over.signal, run.retriesMax).then(() => 'lost' as const);
  const told = new Promise<'told'>((resolve) =>
    shutdown.addEventListener('abort', () => resolve('told'), { once: true }),
  );
  const first = await Promise.race([
    ended,
    lost,
    ...(shutdown.aborted ? [Promise.resolve('told' as const)] : [told]),
  ]);
  over.abort();
  if (first === 'lost') process.stderr.write('Lock lost, killing child\n');
  if (first === 'told') run.say('Shutdown triggered, killing child');
  if (typeof first === 'string') await kill(child, ended);
  else run.say('Child terminated, releasing lock');
  const { fault } = await ended;
  if (fault) process.stderr.write(`${fault}\n`);
  return fault !== '';
}

/** Resolves when the lock is lost, or nobody can say any more that it is not. */
async function watchLoss(lock: HeldLock, signal: AbortSignal, retriesMax: number): Promise<void> {
  for (let failures = 0; ; ) {
    const startedAtMs = systemClock.monotonicMs();
    try {
      return await lock.lost(signal);
    } catch {
      if (signal.aborted) return await new Promise(() => undefined);
      // One that went well for a while was no failure after another.
      failures = systemClock.monotonicMs() - startedAtMs > monitorRetryMs ? 1 : failures + 1;
      if (failures > retriesMax) return;
      await new Promise<void>((resolve) => systemClock.after(monitorRetryMs, resolve));
    }
  }
}

/** `fault` is "" if it went well. */
function start([program = '', ...args]: string[], passStdin: boolean) {
  const child = spawn(program, args, {
    detached: true,
    env: { ...process.env, CONSUL_LOCK_HELD: 'true' },
    stdio: [passStdin ? 'inherit' : 'ignore', 'inherit', 'inherit'],
  });
  const ended = new Promise<{ fault: string }>((resolve) => {
    child.on('error', (error) =>
      resolve({ fault: `Error starting handler: ${describeSpawnError(program, error)}` }),
    );
    child.on('exit', (code, by) =>
      resolve({
        fault: code === 0 ? '' : `Error running handler: ${describeExit(code, by)}`,
      }),
    );
  });
  return { child, ended };
}

/** Asked first, and after a while no longer. */
async function kill(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  killGroup(child, 'SIGTERM');
  const cancel = systemClock.after(killGraceMs, () => killGroup(child));
  await ended;
  cancel();
}
