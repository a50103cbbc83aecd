/**
 * One watch: asks, hands on what it is told, and asks again until told to stop. An update is handed on when the answer
 * differs from the last that was, never because an index moved or a connection came back; the next is not asked for before
 * the handler has ended, so that handlers never overlap and what changed meanwhile arrives as one update.
 */
import type { WatchQuery } from '../config/watch-definition.ts';
import { nextDelayMs } from '../sync/back-off.ts';
import type { Clock } from '../system/clock.ts';
import type { Random } from '../system/random.ts';
import { formatExact, parseExact } from './exact-json.ts';
import { makeWatchPlan } from './watch-plan.ts';

export interface WatchAnswer {
  status: number;
  /** Of `X-Consul-Index`; "" if there was none. */
  index: string;
  body: string;
}

/** A read of the HTTP API that blocks until the index passes `index` ("": it does not block). @throws when it got no answer. */
export type WatchRead = (path: string, index: string, signal: AbortSignal) => Promise<WatchAnswer>;

export interface WatchUpdate {
  index: string;
  value: unknown;
}

export interface WatchOptions {
  query: WatchQuery;
  read: WatchRead;
  clock: Clock;
  random: Random;
  /** Aborted to end the watch; handlers are ended by whoever runs them. */
  signal: AbortSignal;
  handle(update: WatchUpdate): Promise<void>;
  /** A read failed and is tried again in so many milliseconds. */
  failed(reason: string, retryMs: number): void;
}

/** After an answer that came at once and brought nothing: a source that does not block is not asked without pause. */
const idlePauseMs = 250;

/** Resolves when the signal is aborted. @throws what the handler throws. */
export async function runWatch(options: WatchOptions): Promise<void> {
  const { query, clock, signal, handle } = options;
  const { path, select } = makeWatchPlan(query);
  const ask = makeQuestion(path, options);
  let index = '';
  let shown: string | undefined;
  while (!signal.aborted) {
    const askedAtMs = clock.monotonicMs();
    const answer = await ask(index);
    if (!answer) continue;
    index = nextIndex(index, answer.index);
    const value = select(answer.value);
    const text = value === undefined ? shown : formatExact(value);
    if (text !== shown) {
      shown = text;
      if (!signal.aborted) await handle({ index: answer.index, value });
    } else if (clock.monotonicMs() - askedAtMs < idlePauseMs) await pause(idlePauseMs, clock, signal);
  }
}

/** Asks once. A failure is told, and costs a pause that grows with each in a row. */
function makeQuestion(path: string, { read, clock, random, signal, failed }: WatchOptions) {
  let failures = 0;
  return async (index: string): Promise<WatchUpdate | undefined> => {
    try {
      const answer = await read(path, index, signal);
      const value = resultOf(answer);
      failures = 0;
      return { index: answer.index, value };
    } catch (error) {
      if (signal.aborted) return undefined;
      failures += 1;
      const delayMs = nextDelayMs(failures, random);
      failed((error as Error).message, delayMs);
      await pause(delayMs, clock, signal);
      return undefined;
    }
  };
}

/** @throws in the words of Consul's client. */
function resultOf({ status, body }: WatchAnswer): unknown {
  if (status === 404) return undefined;
  if (status !== 200) throw new Error(`Unexpected response code: ${status} (${body.trim()})`);
  return parseExact(body);
}

/** An index that fell is of another history, so the next read does not wait. */
export function nextIndex(before: string, after: string): string {
  if (!/^\d+$/.test(after) || after === '0') return '1';
  return before !== '' && BigInt(after) < BigInt(before) ? '' : after;
}

function pause(delayMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(delayMs, end);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
