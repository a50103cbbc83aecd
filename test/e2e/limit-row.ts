/** A request of a size: what a limit allows fits, one more does not. */
import type * as limits from '../../src/shared/limits.ts';
import type { RawRequest } from './http-client.ts';

export interface LimitRow {
  /** By its name in `src/shared/limits.ts`. */
  limit: keyof typeof limits;
  what: string;
  /** Who is asked: the edge itself and through a sidecar, the agent about its own host, or the edge through a sidecar alone. */
  of: 'edge' | 'agent' | 'sidecar';
  request: (size: number) => RawRequest;
  status: number;
  /** Names the size where that is not said already, and the limit. */
  text: string;
  /** For limits that are too small below, not too large above. */
  least?: true;
  /** Of a request that fits and is no right one all the same. */
  fitStatus?: number;
  /** The size that still fits, where the limit counts something else than what is sent. */
  fits?: number;
}

export const put = (path: string, body?: unknown, more: Partial<RawRequest> = {}): RawRequest => ({
  method: 'PUT',
  path,
  ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  ...more,
});
export const get = (path: string): RawRequest => ({ method: 'GET', path });
export const name = (chars: number, character = 'n') => character.repeat(chars);
export const tags = (count: number) => Array.from({ length: count }, (_, i) => `t${i}`);
export const pairs = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 'v']));
