/**
 * DNS over HTTPS: a message in a request, its reply in the response. Sockets see to the S.
 *
 * Source: RFC 8484.
 */
import type { Context, Env, Hono } from 'hono';
import { ApiError } from '../api-error.ts';
import { boundedBody } from '../http/bounded-body.ts';
import { endpoint } from '../http/endpoint.ts';
import { paramsOf } from '../http/query-params.ts';
import { dnsMessageBytesMax } from '../limits.ts';
import type { Eventual } from './eventual.ts';
import { rcodes } from './record.ts';
import { freshnessS } from './wire/freshness.ts';

export const dnsQueryPath = '/dns-query';
const mediaType = 'application/dns-message';
/** Four characters for three bytes. */
const dnsParamCharsMax = Math.ceil((dnsMessageBytesMax * 4) / 3);

/** Gives the reply to a message; undefined for what gets none. */
export type AnswerMessage<E extends Env> = (
  c: Context<E>,
  message: Uint8Array,
) => Eventual<Uint8Array | undefined>;

export function dnsQueryRoutes<E extends Env>(app: Hono<E>, answer: AnswerMessage<E>): void {
  endpoint(app, dnsQueryPath, {
    GET: async (c) => replyResponse(await answer(c, messageOfParam(c))),
    POST: async (c) => replyResponse(await answer(c, await messageOfBody(c))),
  });
}

/** @throws {ApiError} 400 for what is no base64url, 414 for too much of it. */
function messageOfParam(c: Context): Uint8Array {
  const text = paramsOf(c).get('dns');
  if (text === null) throw new ApiError(400, 'Missing parameter "dns": a DNS message in base64url');
  if (text.length > dnsParamCharsMax)
    throw new ApiError(
      414,
      `the parameter "dns" has ${text.length} characters, the limit is ${dnsParamCharsMax}: use POST`,
    );
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1)
    throw new ApiError(400, 'Invalid parameter "dns": it is no base64url without padding');
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** @throws {ApiError} 415 for another type, 413 for too much. */
function messageOfBody(c: Context): Promise<Uint8Array> {
  const type = c.req.header('Content-Type') ?? '';
  if (type.split(';')[0]!.trim().toLowerCase() !== mediaType)
    throw new ApiError(415, `Invalid Content-Type ${JSON.stringify(type)}: ${mediaType} is expected`);
  return boundedBody(
    c.req.raw,
    dnsMessageBytesMax,
    (bytes) => new ApiError(413, `the message has ${bytes} bytes, the limit is ${dnsMessageBytesMax}`),
  );
}

/** @throws {ApiError} 400 for a reply that says no more than that the question cannot be read. */
function replyResponse(reply: Uint8Array | undefined): Response {
  if (!reply || (reply[3]! & 0xf) === rcodes.FORMERR)
    throw new ApiError(400, 'Invalid DNS message: it is no question that can be read');
  return new Response(new Uint8Array(reply), {
    headers: {
      'Content-Type': mediaType,
      // Where a token is asked for, a cache that is shared must not answer those who have none.
      'Cache-Control': `private, max-age=${freshnessS(reply)}`,
    },
  });
}
