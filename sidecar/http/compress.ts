/**
 * gzip, for clients that take it and answers that are worth it. Says on every answer that it depends on what the client
 * takes, so that no cache on the way mixes the two up.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { MiddlewareHandler } from 'hono';

/** A shorter answer fits in one packet either way. */
export const compressedBytesMin = 1_400;

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

/** `gzip` or `*`, unless its weight is 0. */
function acceptsGzip(header: string): boolean {
  const weights = new Map(
    header.split(',').map((part) => {
      const [coding = '', ...params] = part.split(';').map((text) => text.trim().toLowerCase());
      const weight = params.find((param) => param.startsWith('q='))?.slice(2) ?? '1';
      return [coding, Number(weight)] as const;
    }),
  );
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
}
