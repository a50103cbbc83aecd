/** Which answers of a self-hosted edge say that they are gzip; the runtime then packs them. */
import { describe, expect, it } from 'vitest';
import { wantsGzip } from '../../src/compress.ts';
import { compressedBytesMin } from '../../src/shared/http/accepts-gzip.ts';
import { EdgeHttp } from './edge-http.ts';
import { request } from './edge-request.ts';

const gzip = { 'Accept-Encoding': 'gzip, br' };
const encodingOf = async (path: string, headers = gzip as Record<string, string>, method = 'GET') =>
  (await request(path, { headers, method })).headers.get('Content-Encoding');

describe('an answer is compressed', () => {
  it('from a length on at which it pays', async () => {
    const edge = await EdgeHttp.of('gzip lengths');
    const path = `/v1/kv/?keys&dc=${edge.datacenter}`;
    const text = (bytes: number) => 'k'.repeat(bytes - '[""]'.length);
    for (const [bytes, encoding] of [
      [compressedBytesMin - 1, null],
      [compressedBytesMin, 'gzip'],
    ] as const) {
      await edge.ask(`PUT /v1/kv/${text(bytes)}`, '');
      expect([bytes, await encodingOf(path)]).toEqual([bytes, encoding]);
      await edge.ask(`DELETE /v1/kv/?recurse`);
    }
  });

  it('whichever way it is made, for who takes gzip and nobody else', async () => {
    const edge = await EdgeHttp.of('gzip kinds');
    const Service = { Service: 'web', Meta: { long: 'x'.repeat(512) } };
    for (const node of ['n1', 'n2', 'n3']) await edge.register(node, { Service });
    const dc = `dc=${edge.datacenter}`;
    const read = `/v1/health/service/web?${dc}`;
    const paths = [read, read, '/v1/openapi.json', `/v1/internal/ui/nodes?${dc}`];
    for (const path of paths) {
      expect([path, await encodingOf(path)]).toEqual([path, 'gzip']);
      expect([path, await encodingOf(path, {})]).toEqual([path, null]);
      expect([path, await encodingOf(path, { 'Accept-Encoding': 'gzip;q=0' })]).toEqual([path, null]);
    }
  });

  it('unless it is short, empty, no text or an archive', async () => {
    const edge = await EdgeHttp.of('gzip not');
    const dc = `dc=${edge.datacenter}`;
    await edge.ask('PUT /v1/kv/a', 'x'.repeat(5_000));
    for (const path of ['/', '/v1/nothing', `/v1/catalog/nodes?${dc}`, `/v1/snapshot?${dc}`])
      expect([path, await encodingOf(path)]).toEqual([path, null]);
    expect(await encodingOf('/v1/openapi.json', gzip, 'HEAD')).toBeNull();
    expect(await encodingOf('/v1/openapi.json', gzip, 'OPTIONS')).toBeNull();
  });

  it('unless Cloudflare does it', () => {
    const asked = (cf?: { colo: string }) =>
      wantsGzip(new Request('http://127.0.0.1/', { headers: gzip, ...(cf ? { cf } : {}) }), 5_000);
    expect([asked(), asked({ colo: 'AMS' })]).toEqual([true, false]);
  });
});
