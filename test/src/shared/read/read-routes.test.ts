import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { noPathToDatacenter } from '../../../../src/shared/api-error.ts';
import { answerRead } from '../../../../src/shared/read/answer.ts';
import { type ReadResult, readRoutes } from '../../../../src/shared/read/read-routes.ts';
import { exampleCatalog } from '../example-catalog.ts';

const reader = exampleCatalog();

/** Answers from the example catalog; `result` changes what is said about the answer. */
const makeApp = (result: Partial<ReadResult> = {}) => {
  const app = new Hono();
  readRoutes(app, async (_, query, options) => {
    if ((options.Datacenter ?? 'dc1') !== 'dc1') throw noPathToDatacenter();
    const { Body, Index } = answerRead(reader, structuredClone(query));
    const known = { KnownLeader: true, LastContactMs: 0, Consistency: 'leader' } as const;
    return { Body: JSON.stringify(Body), Index, ...known, ...result };
  });
  return app;
};

const get = async (path: string, result?: Partial<ReadResult>) => {
  const response = await makeApp(result).request(`http://rollcall${path}`);
  const text = await response.text();
  return { status: response.status, headers: Object.fromEntries(response.headers), text };
};

describe('each path asks what its name says', () => {
  test.each([
    ['/v1/catalog/nodes?filter=Node==n2', '"Node":"n2"'],
    ['/v1/catalog/services', '{"db":[],'],
    ['/v1/catalog/service/db', '"ServiceID":"db"'],
    ['/v1/catalog/connect/web', '"ServiceID":"p"'],
    ['/v1/catalog/node/n4', '"Services":{"db":'],
    ['/v1/catalog/node-services/n4', '"Services":[{"ID":"db"'],
    ['/v1/catalog/gateway-services/gw', 'null'],
    ['/v1/health/node/n3', '"CheckID":"alive"'],
    ['/v1/health/checks/web', '"CheckID":"c-web"'],
    ['/v1/health/service/web?passing', '[{"Node":{"ID":"11111111-'],
    ['/v1/health/connect/web', '"ID":"p"'],
    ['/v1/health/ingress/web', '[]'],
    ['/v1/health/state/warning', '"CheckID":"warncheck"'],
    ['/v1/health/service/web%2Fx', '[]'],
    ['/v1/health/service/%77eb?tag=V2', '"ID":"web"'],
  ])('%s', async (path, part) => {
    const { status, text } = await get(path);
    expect(status).toBe(200);
    expect(text).toContain(part);
  });
});

const answerHeaders = {
  'content-type': 'application/json',
  'x-consul-index': String(reader.index('nodes')),
  'x-consul-knownleader': 'true',
  'x-consul-lastcontact': '0',
  'x-consul-effective-consistency': 'leader',
  'x-consul-query-backend': 'blocking-query',
  vary: 'Accept-Encoding',
};

describe('the headers of an answer say', () => {
  test.each<[what: string, result: Partial<ReadResult>, headers: object]>([
    ['that the authority gave it', {}, {}],
    ['1 for an index of 0', { Index: 0 }, { 'x-consul-index': '1' }],
    [
      'how old it may be',
      { KnownLeader: false, LastContactMs: 1234.5, Consistency: 'stale' },
      {
        'x-consul-knownleader': 'false',
        'x-consul-lastcontact': '1234',
        'x-consul-effective-consistency': 'stale',
      },
    ],
    ['that the cache did not have it', { Cache: { Hit: false, AgeS: 0 } }, { 'x-cache': 'MISS' }],
    ['that the cache had it', { Cache: { Hit: true, AgeS: 2.9 } }, { 'x-cache': 'HIT', age: '2' }],
  ])('%s', async (_, result, headers) =>
    expect((await get('/v1/catalog/nodes', result)).headers).toStrictEqual({ ...answerHeaders, ...headers }),
  );
});

const textHeaders = { 'content-type': 'text/plain; charset=utf-8', vary: 'Accept-Encoding' };
const withoutLeader = {
  'x-consul-index': '1',
  'x-consul-knownleader': 'false',
  'x-consul-lastcontact': '0',
  'x-consul-query-backend': 'blocking-query',
};

describe('a fault of the request has no metadata, a fault while answering has that of no leader', () => {
  test.each([
    ['/v1/catalog/nodes?index=x', 400, 'Invalid index', {}],
    ['/v1/catalog/service/', 400, 'Missing service name', {}],
    ['/v1/health/service/web?passing=bogus', 400, 'Invalid value for ?passing', {}],
    [
      '/v1/health/state/?stale&consistent',
      400,
      'Cannot specify ?stale with ?consistent, conflicting semantics.',
      {},
    ],
    ['/v1/catalog/nodes?dc=dc9', 500, 'No path to datacenter', withoutLeader],
    [
      '/v1/catalog/nodes?filter=Bogus==1',
      400,
      'Failed to create boolean expression evaluator: Selector "Bogus" is not valid',
      withoutLeader,
    ],
  ])('%s', async (path, status, text, headers) =>
    expect(await get(path)).toStrictEqual({ status, text, headers: { ...textHeaders, ...headers } }),
  );
});

test('?pretty is four spaces and a line break at the end', async () =>
  expect((await get('/v1/catalog/services?pretty')).text).toMatch(/^{\n {4}"db": \[\],\n(?:.*\n)*}\n$/));

test('only GET reads', async () => {
  const response = await makeApp().request('http://rollcall/v1/health/service/web', { method: 'POST' });
  expect([response.status, response.headers.get('Allow')]).toEqual([405, 'OPTIONS,GET']);
});

test('a fault that is no answer is left to whoever mounts the routes', async () => {
  const app = new Hono();
  readRoutes(app, () => Promise.reject(new TypeError('broken')));
  app.onError((error) => new Response(`seen: ${error.message}`));
  expect(await (await app.request('http://rollcall/v1/catalog/nodes')).text()).toBe('seen: broken');
});
