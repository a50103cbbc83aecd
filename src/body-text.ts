import type { Context } from 'hono';
import type { Env } from './env.ts';
import { bodyTooLarge } from './shared/definition/json-body.ts';
import { boundedText } from './shared/http/bounded-body.ts';
import { registrationBytesMax } from './shared/limits.ts';

/** The body of a write as text. @throws {ApiError} 413 */
export const bodyText = (c: Context<{ Bindings: Env }>): Promise<string> =>
  boundedText(c.req.raw, registrationBytesMax, (bytes) => bodyTooLarge(bytes, registrationBytesMax));
