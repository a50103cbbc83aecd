import type { Context, Env } from 'hono';
import { bodyTooLarge } from '../definition/json-body.ts';
import { registrationBytesMax } from '../limits.ts';
import { boundedText } from './bounded-body.ts';

/** The body of a write as text. @throws {ApiError} 413 */
export const bodyText = <E extends Env>(c: Context<E>): Promise<string> =>
  boundedText(c.req.raw, registrationBytesMax, (bytes) => bodyTooLarge(bytes, registrationBytesMax));
