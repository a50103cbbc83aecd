/** /v1/kv over HTTP at the edge: parameters, limits, headers and Consul's words for every fault. */
import { describe, expect, it } from 'vitest';
import { kvKeyBytesMax, kvValueBytesMax } from '../../../src/shared/limits.ts';
import { EdgeHttp, type HttpCase, runCase } from '../edge-http.ts';

const noSession = 'd0a1e2f3-0000-4000-8000-000000000000';
const uint64Max = '18446744073709551615';
const tooLarge = (bytes: number) =>
  `Request body(${bytes} bytes) too large, max size: ${kvValueBytesMax} bytes. ` +
  'See https://www.consul.io/docs/agent/options.html#kv_max_value_size.';

const cases: HttpCase[] = [
  {
    law: 'a key is read as it was written',
    exchanges: [
      ['PUT /v1/kv/a/b', 'hi', 200, 'true'],
      [
        'GET /v1/kv/a/b',
        undefined,
        200,
        '[{"LockIndex":0,"Key":"a/b","Flags":0,"Value":"aGk=","CreateIndex":2,"ModifyIndex":2}]',
      ],
      ['GET /v1/kv/a/b?raw', undefined, 200, 'hi'],
      ['GET /v1/kv/a/b?pretty', undefined, 200, /^\[\n {4}\{\n {8}"LockIndex": 0,/],
    ],
  },
  {
    law: 'an empty value is null',
    exchanges: [
      ['PUT /v1/kv/dir/', '', 200, 'true'],
      ['GET /v1/kv/dir/', undefined, 200, /"Key":"dir\/","Flags":0,"Value":null,/],
      ['GET /v1/kv/dir/?raw', undefined, 200, ''],
    ],
  },
  {
    law: 'a key may be any text',
    exchanges: [
      ['PUT /v1/kv/gr%C3%BC%C3%9Fe%20%F0%9F%91%8B', 'x', 200, 'true'],
      ['GET /v1/kv/?keys', undefined, 200, ['grüße 👋']],
      ['PUT /v1/kv/a%00b', 'x', 400, ''],
      ['PUT /v1/kv/a%0Ab', 'x', 400, ''],
    ],
  },
  {
    law: 'flags hold 64 bits and no more',
    exchanges: [
      [`PUT /v1/kv/a?flags=${uint64Max}`, 'x', 200, 'true'],
      ['GET /v1/kv/a', undefined, 200, new RegExp(`"Flags":${uint64Max},`)],
      [
        'PUT /v1/kv/a?flags=18446744073709551616',
        'x',
        500,
        'strconv.ParseUint: parsing "18446744073709551616": value out of range',
      ],
      ['PUT /v1/kv/a?flags=abc', 'x', 500, 'strconv.ParseUint: parsing "abc": invalid syntax'],
      ['PUT /v1/kv/a?flags=-1', 'x', 500, 'strconv.ParseUint: parsing "-1": invalid syntax'],
      ['PUT /v1/kv/a?flags=', 'y', 500, 'strconv.ParseUint: parsing "": invalid syntax'],
      ['PUT /v1/kv/a', 'y', 200, 'true'],
      ['GET /v1/kv/a', undefined, 200, /"Flags":0,/],
    ],
  },
  {
    law: 'compare-and-set writes only over what was read',
    exchanges: [
      ['PUT /v1/kv/a?cas=1', 'x', 200, 'false'],
      ['PUT /v1/kv/a?cas=0', 'x', 200, 'true'],
      ['PUT /v1/kv/a?cas=0', 'y', 200, 'false'],
      ['PUT /v1/kv/a?cas=2', 'y', 200, 'true'],
      ['PUT /v1/kv/a?cas=2', 'z', 200, 'false'],
      ['GET /v1/kv/a?raw', undefined, 200, 'y'],
      ['PUT /v1/kv/a?cas=', 'z', 500, 'strconv.ParseUint: parsing "": invalid syntax'],
      [`PUT /v1/kv/a?cas=${uint64Max}`, 'z', 200, 'false'],
    ],
  },
  {
    law: 'compare-and-delete deletes only what was read',
    exchanges: [
      ['PUT /v1/kv/a', 'x', 200, 'true'],
      ['DELETE /v1/kv/a?cas=0', undefined, 200, 'false'],
      ['DELETE /v1/kv/a?cas=1', undefined, 200, 'false'],
      ['DELETE /v1/kv/a?cas=abc', undefined, 500, 'strconv.ParseUint: parsing "abc": invalid syntax'],
      ['DELETE /v1/kv/a?cas=2', undefined, 200, 'true'],
      ['GET /v1/kv/a', undefined, 404, ''],
      ['DELETE /v1/kv/a', undefined, 200, 'true'],
    ],
  },
  {
    law: 'recurse reads and deletes what begins with a prefix, and nothing else',
    exchanges: [
      ['PUT /v1/kv/a/1', 'x', 200, 'true'],
      ['PUT /v1/kv/ab', 'x', 200, 'true'],
      ['PUT /v1/kv/b', 'x', 200, 'true'],
      ['GET /v1/kv/a?recurse', undefined, 200, [{ Key: 'a/1' }, { Key: 'ab' }]],
      ['GET /v1/kv/a/?recurse&raw', undefined, 200, [{ Key: 'a/1' }]],
      ['GET /v1/kv/c?recurse', undefined, 404, ''],
      ['DELETE /v1/kv/a?recurse', undefined, 200, 'true'],
      ['GET /v1/kv/?keys', undefined, 200, ['b']],
      ['DELETE /v1/kv/?recurse', undefined, 200, 'true'],
      ['GET /v1/kv/?keys', undefined, 200, '[]'],
      ['GET /v1/kv/?recurse', undefined, 404, ''],
    ],
  },
  {
    law: 'keys are cut at the separator behind the prefix',
    exchanges: [
      ['PUT /v1/kv/d/e/f', 'x', 200, 'true'],
      ['PUT /v1/kv/d/e/g', 'x', 200, 'true'],
      ['PUT /v1/kv/d/h', 'x', 200, 'true'],
      ['GET /v1/kv/d?keys&separator=/', undefined, 200, '["d/"]'],
      ['GET /v1/kv/d/?keys&separator=/', undefined, 200, '["d/e/","d/h"]'],
      ['GET /v1/kv/d/?keys&seperator=/', undefined, 200, '["d/e/","d/h"]'],
      ['GET /v1/kv/d/?keys&recurse', undefined, 200, '["d/e/f","d/e/g","d/h"]'],
      ['GET /v1/kv/x?keys', undefined, 404, ''],
    ],
  },
  {
    law: 'a request needs a key',
    exchanges: [
      ['GET /v1/kv/', undefined, 400, 'Missing key name'],
      ['PUT /v1/kv/', 'x', 400, 'Missing key name'],
      ['DELETE /v1/kv/', undefined, 400, 'Missing key name'],
    ],
  },
  {
    law: 'conditions exclude each other',
    exchanges: [
      ['PUT /v1/kv/a?cas=1&acquire=x', 'x', 400, 'Conflicting flags: acquire=x&cas=1'],
      ['PUT /v1/kv/a?release=x&acquire=y', 'x', 400, 'Conflicting flags: acquire=y&release=x'],
      ['DELETE /v1/kv/a?recurse&cas=1', undefined, 400, 'Conflicting flags: cas=1&recurse='],
    ],
  },
  {
    law: 'a lock needs a session that is there',
    exchanges: [
      ['PUT /v1/kv/a?acquire=', 'x', 500, 'missing session'],
      ['PUT /v1/kv/a?release=', 'x', 500, 'missing session'],
      ['PUT /v1/kv/a?acquire=x', 'x', 500, 'failed session lookup: index error: UUID must be 36 characters'],
      [`PUT /v1/kv/a?acquire=${noSession}`, 'x', 500, `invalid session "${noSession}"`],
      [`PUT /v1/kv/a?release=${noSession}`, 'x', 200, 'false'],
      ['GET /v1/kv/a', undefined, 404, ''],
    ],
  },
  {
    law: 'a value has its largest size',
    exchanges: [
      ['PUT /v1/kv/a', 'x'.repeat(kvValueBytesMax), 200, 'true'],
      ['PUT /v1/kv/b', 'x'.repeat(kvValueBytesMax + 1), 413, tooLarge(kvValueBytesMax + 1)],
      ['GET /v1/kv/?keys', undefined, 200, '["a"]'],
    ],
  },
  {
    law: 'a key has its largest size, in bytes',
    exchanges: [
      [`PUT /v1/kv/${'k'.repeat(kvKeyBytesMax)}`, 'x', 200, 'true'],
      [`PUT /v1/kv/${'%C3%BC'.repeat(kvKeyBytesMax / 2)}`, 'x', 200, 'true'],
      [`PUT /v1/kv/${'k'.repeat(kvKeyBytesMax + 1)}`, 'x', 400, /the key has 4097 bytes, the limit is 4096/],
      [`GET /v1/kv/${'k'.repeat(kvKeyBytesMax + 1)}`, undefined, 400, /the limit is 4096 bytes/],
      [`DELETE /v1/kv/${'k'.repeat(kvKeyBytesMax + 1)}`, undefined, 400, /the limit is 4096 bytes/],
    ],
  },
  {
    law: 'a time to live is between a second and a day',
    exchanges: [
      ['PUT /v1/kv/a?ttl=1s', 'x', 200, 'true'],
      ['GET /v1/kv/a', undefined, 200, [{ TTL: '1s' }]],
      ['PUT /v1/kv/a?ttl=24h', 'x', 200, 'true'],
      ['GET /v1/kv/a', undefined, 200, [{ TTL: '24h0m0s' }]],
      ['PUT /v1/kv/a?ttl=999ms', 'x', 400, 'Invalid ttl "999ms", must be between 1s and 24h0m0s'],
      ['PUT /v1/kv/a?ttl=86400001ms', 'x', 400, 'Invalid ttl "86400001ms", must be between 1s and 24h0m0s'],
      ['PUT /v1/kv/a?ttl=abc', 'x', 400, 'Invalid ttl: time: invalid duration "abc"'],
    ],
  },
  {
    law: 'other methods are refused',
    exchanges: [
      ['POST /v1/kv/a', 'x', 405, 'method POST not allowed'],
      ['HEAD /v1/kv/a', undefined, 405, ''],
      ['OPTIONS /v1/kv/a', undefined, 200, ''],
    ],
  },
];

describe('/v1/kv', () => {
  it.each(cases)('$law', runCase);

  it('without its last slash is redirected, with the query', async () => {
    const edge = await EdgeHttp.of('redirected');
    const { status, headers } = await edge.ask('GET /v1/kv?keys');
    expect([status, headers.get('Location')]).toEqual([301, `/v1/kv/?keys&dc=${edge.datacenter}`]);
  });

  it('says its index, but as in Consul no consistency, on every read, also of what is not there', async () => {
    const edge = await EdgeHttp.of('read headers');
    await edge.exchange(['PUT /v1/kv/a', 'x', 200, 'true']);
    for (const path of ['a', 'b', 'a?raw', '?keys', 'a?recurse']) {
      const { headers } = await edge.ask(`GET /v1/kv/${path}`);
      expect(headers.get('X-Consul-Index')).toBe(path === 'b' ? '1' : '2');
      expect(headers.get('X-Consul-KnownLeader')).toBe('true');
      expect(headers.get('X-Consul-LastContact')).toBe('0');
      expect(headers.get('X-Consul-Query-Backend')).toBe('blocking-query');
      expect(headers.has('X-Consul-Effective-Consistency')).toBe(false);
    }
  });

  it('gives a raw value so that no browser takes it for a page', async () => {
    const edge = await EdgeHttp.of('raw headers');
    await edge.exchange(['PUT /v1/kv/a', '<script>', 200, 'true']);
    const { headers } = await edge.ask('GET /v1/kv/a?raw');
    expect(headers.get('Content-Type')).toBe('text/plain');
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(headers.get('Content-Security-Policy')).toBe('sandbox');
  });

  it('keeps bytes that are no text', async () => {
    const edge = await EdgeHttp.of('bytes');
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    await edge.exchange(['PUT /v1/kv/a', bytes, 200, 'true']);
    const [entry] = await edge.get<[{ Value: string }]>('/v1/kv/a');
    expect(Uint8Array.from(atob(entry.Value), (char) => char.charCodeAt(0))).toEqual(bytes);
  });

  it.each([
    [kvValueBytesMax, 200],
    [kvValueBytesMax + 1, 413],
    [64 * kvValueBytesMax, 413],
  ])('limits a value that comes in chunks: %d bytes are %d', async (bytes, status) => {
    const edge = await EdgeHttp.of(`chunked ${bytes}`);
    const { status: given } = await edge.ask('PUT /v1/kv/a', inChunks(bytes));
    expect(given).toBe(status);
    expect((await edge.ask('GET /v1/kv/a')).status).toBe(status === 200 ? 200 : 404);
  });
});

/** A body whose length no header tells. */
function inChunks(bytes: number): ReadableStream<Uint8Array> {
  let left = bytes;
  return new ReadableStream({
    pull(controller) {
      const size = Math.min(left, 65_536);
      left -= size;
      if (size > 0) controller.enqueue(new Uint8Array(size));
      else controller.close();
    },
  });
}
