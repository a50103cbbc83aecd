import { gunzipSync } from 'node:zlib';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { compress } from '../../../sidecar/http/compress.ts';
import { compressedBytesMin } from '../../../src/shared/http/accepts-gzip.ts';

const app = new Hono();
app.use(compress);
app.get('/text/:bytes', (c) => c.text('x'.repeat(Number(c.req.param('bytes')))));
app.get(
  '/packed',
  () => new Response('y'.repeat(5_000), { headers: { 'Content-Type': 'application/x-gzip' } }),
);
app.get('/fault', () => {
  throw new Error('fault');
});
app.onError((_error, c) => c.text('z'.repeat(5_000), 500));

const ask = (path: string, accept = 'gzip') => app.request(path, { headers: { 'Accept-Encoding': accept } });

describe('an answer', () => {
  it('is compressed from a size on at which it pays', async () => {
    const short = await ask(`/text/${compressedBytesMin - 1}`);
    expect(short.headers.get('Content-Encoding')).toBeNull();
    expect(await short.text()).toHaveLength(compressedBytesMin - 1);
    const long = await ask(`/text/${compressedBytesMin}`);
    expect(long.headers.get('Content-Encoding')).toBe('gzip');
    expect(gunzipSync(await long.arrayBuffer()).toString()).toBe('x'.repeat(compressedBytesMin));
  });

  it.each([
    ['', false],
    ['identity', false],
    ['gzip;q=0', false],
    ['*', true],
    ['*;q=0, gzip', true],
    ['deflate, GZIP;q=0.5', true],
    ['gzip;q=nonsense', false],
  ])('is compressed for who accepts %j: %s', async (accept, isCompressed) => {
    const { headers } = await ask('/text/5000', accept);
    expect(headers.get('Content-Encoding')).toBe(isCompressed ? 'gzip' : null);
    expect(headers.get('Vary')).toBe('Accept-Encoding');
  });

  it('that is packed already stays as it is', async () => {
    expect(await (await ask('/packed')).text()).toBe('y'.repeat(5_000));
  });

  it('says what it varies by, whatever it is', async () => {
    for (const path of ['/text/1', '/packed', '/fault', '/nowhere'])
      expect((await ask(path)).headers.get('Vary')).toBe('Accept-Encoding');
    expect((await ask('/fault')).headers.get('Content-Encoding')).toBe('gzip');
  });
});
