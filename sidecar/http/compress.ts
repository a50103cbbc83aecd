/**
 * gzip, for clients that take it and answers that are worth it. Says on every answer that it depends on what the client
 * takes, so that no cache on the way mixes the two up.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { MiddlewareHandler } from 'hono';
import { acceptsGzip, compressedBytesMin } from '../../src/shared/http/accepts-gzip.ts';

const pack = promisify(gzip);
const packed = new Set(['application/x-gzip', 'application/gzip']);

export const compress: MiddlewareHandler = async (c, next) => {
  await next();
  const response = c.res;
  response.headers.set('Vary', 'Accept-Encoding');
  if (!acceptsGzip(c.req.header('Accept-Encoding') ?? '') || !response.body) return;
  const type = response.headers.get('Content-Type') ?? '';
  if (response.headers.has('Content-Encoding') || packed.has(type)) return;
  const body = new Uint8Array(await response.arrayBuffer());
  const { status, headers } = response;
  c.res = undefined;
  if (body.byteLength < compressedBytesMin) {
    c.res = new Response(body, { status, headers });
    return;
  }
  const small = new Response(new Uint8Array(await pack(body)), { status, headers });
  small.headers.set('Content-Encoding', 'gzip');
  small.headers.delete('Content-Length');
  c.res = small;
};
