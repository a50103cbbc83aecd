/** Waiting for what will be true soon, without a sleep for luck: asked again and again, and the last answer is the message. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Often at first, so that a short wait can be measured; a long one is not to load the machine. */
const pollIntervalMsMin = 20;
const pollIntervalMsMax = 500;
const pollShare = 1 / 60;
const holdIntervalMs = 100;
const timeoutMsDefault = 15_000;

/** Resolves with what `probe` returns once it neither throws nor returns undefined or false. @throws what it last threw. */
export async function until<Value>(
  what: string,
  probe: () => Value | Promise<Value>,
  timeoutMs = timeoutMsDefault,
): Promise<NonNullable<Exclude<Value, false>>> {
  const startedAt = performance.now();
  for (;;) {
    let fault: unknown;
    try {
      const value = await probe();
      if (value !== undefined && value !== null && value !== false) return value as never;
    } catch (error) {
      fault = error;
    }
    const elapsedMs = performance.now() - startedAt;
    if (elapsedMs > timeoutMs)
      throw new Error(`not within ${timeoutMs} ms: ${what}`, fault ? { cause: fault } : undefined);
    await sleep(Math.min(pollIntervalMsMax, Math.max(pollIntervalMsMin, elapsedMs * pollShare)));
  }
}

/** Holds for as long as it is looked at: `probe` must not throw once in `durationMs`. */
export async function throughout(durationMs: number, probe: () => void | Promise<void>): Promise<void> {
  const deadline = performance.now() + durationMs;
  while (performance.now() < deadline) {
    await probe();
    await sleep(holdIntervalMs);
  }
}
