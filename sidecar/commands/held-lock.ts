/**
 * The two kinds of lock, laid out in keys as Consul's own client does it, so that both may stand in line for one lock.
 *
 * Source: https://developer.hashicorp.com/consul/docs/automate/session and …/automate/semaphore.
 */
import type { Clock } from '../system/clock.ts';
import { flagsText } from './kv-pair.ts';
import type { LockKeys, LockPair, LockView } from './lock-keys.ts';

export interface HeldLock {
  /** For those who want to know what is done. */
  readonly setup: string;
  /** Resolves when it is held. @throws what the signal or the agent says. */
  acquire(signal: AbortSignal): Promise<void>;
  /** Resolves when it is held no more. @throws as `acquire`. */
  lost(signal: AbortSignal): Promise<void>;
  release(): Promise<void>;
  /** Removes what is left of it. False if others need it. */
  cleanUp(): Promise<boolean>;
}

interface LockOptions {
  keys: LockKeys;
  prefix: string;
  /** The session's ID. */
  session: string;
  clock: Clock;
}

/** What tells the keys of a lock from others, and from those of the other kind. */
const mutexFlags = String(0x2d_dc_cb_c0_58_a5_0c_18n);
const semaphoreFlags = String(0xe0_f6_9a_2b_aa_41_4d_e0n);

/** After a holder was lost nobody gets the lock for a while; this is how often one asks then. */
const retryMs = 5_000;

const lockKey = (prefix: string) => `${prefix}/.lock`;

export class Mutex implements HeldLock {
  readonly setup: string;
  readonly #options: LockOptions;

  constructor(options: LockOptions) {
    this.#options = options;
    this.setup = `Setting up lock at path: ${lockKey(options.prefix)}`;
  }

  async acquire(signal: AbortSignal): Promise<void> {
    const { keys, session, clock } = this.#options;
    let view = await this.#read(signal);
    for (;;) {
      const holder = this.#pair(view)?.Session;
      if (holder === session) return;
      if (holder === undefined) {
        if (await keys.write(this.#key, { acquire: session, flags: mutexFlags })) return;
        await pause(retryMs, clock, signal);
      }
      view = await this.#read(signal, holder === undefined ? undefined : view.index);
    }
  }

  async lost(signal: AbortSignal): Promise<void> {
    let view = await this.#read(signal);
    while (this.#pair(view)?.Session === this.#options.session) view = await this.#read(signal, view.index);
  }

  async release(): Promise<void> {
    const { keys, session } = this.#options;
    await keys.write(this.#key, { release: session, flags: mutexFlags });
  }

  async cleanUp(): Promise<boolean> {
    const pair = this.#pair(await this.#read());
    if (!pair) return true;
    return pair.Session === undefined && (await this.#options.keys.remove(this.#key, pair.ModifyIndex));
  }

  get #key(): string {
    return lockKey(this.#options.prefix);
  }

  #read(signal?: AbortSignal, since?: string): Promise<LockView> {
    return this.#options.keys.read(this.#key, {
      recurse: false,
      ...(since && { since }),
      ...(signal && { signal }),
    });
  }

  #pair({ pairs }: LockView): LockPair | undefined {
    const [pair] = pairs;
    if (pair && flagsText(pair) !== mutexFlags) throw new Error('Existing key does not match lock use');
    return pair;
  }
}

interface Slots {
  Limit: number;
  Holders: Record<string, boolean>;
}

export class Semaphore implements HeldLock {
  readonly setup: string;
  readonly #options: LockOptions;
  readonly #limit: number;

  constructor(options: LockOptions, limit: number) {
    this.#options = options;
    this.#limit = limit;
    this.setup = `Setting up semaphore (limit ${limit}) at prefix: ${options.prefix}`;
  }

  async acquire(signal: AbortSignal): Promise<void> {
    const { keys, session } = this.#options;
    if (!(await keys.write(this.#contender, { acquire: session, flags: semaphoreFlags })))
      throw new Error('Failed to make contender entry');
    try {
      await this.#enter(signal);
    } catch (error) {
      await keys.remove(this.#contender).catch(() => false);
      throw error;
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    const { session } = this.#options;
    let since: string | undefined;
    for (;;) {
      const view = await this.#read(signal, since);
      const { pair, slots } = this.#slots(view);
      if (slots.Limit !== this.#limit)
        throw new Error(`semaphore limit conflict (lock: ${slots.Limit}, local: ${this.#limit})`);
      const living = this.#living(view, slots);
      const isFull = Object.keys(living).length >= this.#limit;
      since = isFull ? view.index : undefined;
      if (!isFull && (await this.#write({ ...slots, Holders: { ...living, [session]: true } }, pair))) return;
    }
  }

  async lost(signal: AbortSignal): Promise<void> {
    let view = await this.#read(signal);
    while (this.#slots(view).slots.Holders[this.#options.session])
      view = await this.#read(signal, view.index);
  }

  async release(): Promise<void> {
    const { keys, session } = this.#options;
    for (;;) {
      const { pair, slots } = this.#slots(await this.#read());
      const { [session]: own, ...Holders } = slots.Holders;
      if (!own || (await this.#write({ ...slots, Holders }, pair))) break;
    }
    await keys.remove(this.#contender);
  }

  async cleanUp(): Promise<boolean> {
    const view = await this.#read();
    const { pair, slots } = this.#slots(view);
    if (!pair) return true;
    if (Object.keys(this.#living(view, slots)).length > 0 || view.pairs.length > 1) return false;
    return this.#options.keys.remove(pair.Key, pair.ModifyIndex);
  }

  get #contender(): string {
    return `${this.#options.prefix}/${this.#options.session}`;
  }

  #read(signal?: AbortSignal, since?: string): Promise<LockView> {
    const { keys, prefix } = this.#options;
    return keys.read(`${prefix}/`, { recurse: true, ...(since && { since }), ...(signal && { signal }) });
  }

  #slots({ pairs }: LockView): { pair: LockPair | undefined; slots: Slots } {
    const pair = pairs.find(({ Key }) => Key === lockKey(this.#options.prefix));
    if (!pair) return { pair, slots: { Limit: this.#limit, Holders: {} } };
    if (flagsText(pair) !== semaphoreFlags) throw new Error('Existing key does not match semaphore use');
    const { Limit, Holders } = JSON.parse(
      Buffer.from(pair.Value ?? '', 'base64').toString(),
    ) as Partial<Slots>;
    return { pair, slots: { Limit: Limit ?? this.#limit, Holders: Holders ?? {} } };
  }

  /** Without those whose session has ended. */
  #living({ pairs }: LockView, { Holders }: Slots): Slots['Holders'] {
    const sessions = new Set(pairs.map(({ Session }) => Session));
    return Object.fromEntries(Object.entries(Holders).filter(([session]) => sessions.has(session)));
  }

  #write(slots: Slots, pair: LockPair | undefined): Promise<boolean> {
    const query = { cas: String(pair?.ModifyIndex ?? 0), flags: semaphoreFlags };
    return this.#options.keys.write(lockKey(this.#options.prefix), query, JSON.stringify(slots));
  }
}

/** @throws the reason of the signal. */
function pause(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      cancel();
      reject(signal.reason as Error);
    };
    const cancel = clock.after(ms, () => {
      signal.removeEventListener('abort', end);
      resolve();
    });
    signal.addEventListener('abort', end, { once: true });
  });
}
