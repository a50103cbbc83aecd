/** Reads and writes of the keys that locks are made of. */
import { parseExact } from '../watches/exact-json.ts';
import { type ApiClient, okBody } from './api-client.ts';
import { isDone, kvPath } from './kv-pair.ts';

export interface LockPair {
  Key: string;
  /** See `flagsText`. */
  Flags: unknown;
  /** Base 64, or null for nothing. */
  Value: string | null;
  Session?: string;
  ModifyIndex: number;
}

/** What is under a key or a prefix, and the index to wait for a change from. */
export interface LockView {
  pairs: LockPair[];
  index: string;
}

const waitS = 15;
/** The edge may answer a little later than it was asked to. */
const answerTimeoutMs = (waitS + 15) * 1_000;

export class LockKeys {
  readonly #api: ApiClient;

  constructor(api: ApiClient) {
    this.#api = api;
  }

  /** @param since waits for a change after this index, for a while. @throws what the signal or the agent says. */
  async read(
    key: string,
    how: { recurse: boolean; since?: string; signal?: AbortSignal },
  ): Promise<LockView> {
    const query = new URLSearchParams({ consistent: '' });
    if (how.recurse) query.set('recurse', '');
    if (how.since) {
      query.set('index', how.since);
      query.set('wait', `${waitS}s`);
    }
    const answer = await this.#api.request('GET', kvPath(key, String(query)), {
      timeoutMs: answerTimeoutMs,
      ...(how.signal && { signal: how.signal }),
    });
    const index = String(answer.headers['x-consul-index'] ?? '');
    if (answer.status === 404) return { pairs: [], index };
    return { pairs: parseExact(okBody(answer)) as LockPair[], index };
  }

  /** False if it was not to be: somebody else has it, or it has changed. */
  async write(key: string, query: Record<string, string>, value = ''): Promise<boolean> {
    return isDone(await this.#api.put(kvPath(key, String(new URLSearchParams(query))), value));
  }

  /** False if it has changed since. */
  async remove(key: string, modifyIndex?: number): Promise<boolean> {
    const query = modifyIndex === undefined ? '' : `cas=${modifyIndex}`;
    return isDone(okBody(await this.#api.request('DELETE', kvPath(key, query))));
  }
}
