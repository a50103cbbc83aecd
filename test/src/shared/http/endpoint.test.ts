import { type Context, Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { ApiError } from '../../../../src/shared/api-error.ts';
import { cleanPath } from '../../../../src/shared/http/clean-path.ts';
import { endpoint, errorResponse, jsonBody, pathRest } from '../../../../src/shared/http/endpoint.ts';

const app = new Hono();
app.use(cleanPath);
endpoint(app, '/v1/one', { GET: () => new Response('got'), PUT: () => Response.json(true) });
endpoint(app, '/v1/kv/*', {
  GET: (c: Context) => new Response(`<${pathRest(c, '/v1/kv/')}>`),
  PUT: () => new Response(null),
  DELETE: () => {
    throw new ApiError(403, 'Permission denied');
  },
});
endpoint(app, '/v1/broken', {
  GET: () => {
    throw new TypeError('a secret of the house');
  },
});
endpoint(app, '/v1/sealed', { GET: () => Response.redirect('http://elsewhere/', 302) });
app.onError((error) => errorResponse(error));

const send = async (method: string, path: string) => {
  const response = await app.request(`http://rollcall${path}`, { method });
  return { status: response.status, headers: response.headers, text: await response.text() };
};

describe('methods', () => {
  test.each([
    ['GET', '/v1/one', 200, 'got'],
    ['PUT', '/v1/one', 200, 'true'],
    ['POST', '/v1/one', 405, 'method POST not allowed'],
    ['PATCH', '/v1/one', 405, 'method PATCH not allowed'],
    ['HEAD', '/v1/one', 405, ''],
    ['OPTIONS', '/v1/one', 200, ''],
    ['DELETE', '/v1/kv/a', 403, 'Permission denied'],
    ['GET', '/v1/broken', 500, 'Internal error'],
    ['GET', '/v1/two', 404, '404 Not Found'],
  ])('%s %s: %d %s', async (method, path, status, text) =>
    expect(await send(method, path)).toMatchObject({ status, text }),
  );

  test.each([
    ['OPTIONS', '/v1/one', 'OPTIONS,GET,PUT'],
    ['POST', '/v1/one', 'OPTIONS,GET,PUT'],
    ['HEAD', '/v1/kv/a', 'OPTIONS,GET,PUT,DELETE'],
    ['GET', '/v1/one', null],
  ])('%s %s: Allow is %s', async (method, path, allow) =>
    expect((await send(method, path)).headers.get('Allow')).toBe(allow),
  );

  test.each([
    ['GET', '/v1/one'],
    ['POST', '/v1/one'],
    ['OPTIONS', '/v1/one'],
    ['DELETE', '/v1/kv/a'],
    ['GET', '/v1/sealed'],
  ])('%s %s varies by encoding', async (method, path) =>
    expect((await send(method, path)).headers.get('Vary')).toBe('Accept-Encoding'),
  );

  test('an error is plain text', async () =>
    expect((await send('DELETE', '/v1/kv/a')).headers.get('Content-Type')).toBe('text/plain; charset=utf-8'));
});

describe('the rest of a path is decoded once', () => {
  test.each([
    ['/v1/kv/', ''],
    ['/v1/kv/a/b', 'a/b'],
    ['/v1/kv/a/', 'a/'],
    ['/v1/kv/web%2Fx', 'web/x'],
    ['/v1/kv/we%20b%252Fx', 'we b%2Fx'],
    ['/v1/kv/%C3%A9?x', 'é'],
    ['/v1/kv/a+b:c', 'a+b:c'],
    ['/v1/%6bv/a', 'a'],
  ])('%s', async (path, rest) => expect((await send('GET', path)).text).toBe(`<${rest}>`));
});

describe('a path that is not clean is redirected, its query kept', () => {
  test.each([
    ['/v1//one', '/v1/one'],
    ['/v1/kv//a%20b?x=1', '/v1/kv/a%20b?x=1'],
    ['/v1/kv/a%2F%2Fb', '/v1/kv/a/b'],
    ['/v1/kv/a%2F..%2Fb', '/v1/kv/b'],
    ['/v1/kv/a%2F.%2F', '/v1/kv/a/'],
    ["/v1/kv//a'(b)*!%3F", '/v1/kv/a%27%28b%29%2A%21%3F'],
    ['//', '/'],
    ['/v1/kv', '/v1/kv/'],
    ['/v1/kv?keys&x=%22', '/v1/kv/?keys&x=%22'],
  ])('%s to %s', async (path, location) => {
    const { status, headers, text } = await send('GET', path);
    expect([status, headers.get('Location')]).toEqual([301, location]);
    expect(headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    expect(text).toBe(`<a href="${location.replace('&', '&amp;')}">Moved Permanently</a>.\n\n`);
  });

  test('who writes is not told in HTML', async () => {
    const { status, headers, text } = await send('PUT', '/v1/kv//a');
    expect([status, headers.get('Location'), headers.get('Content-Type'), text]).toEqual([
      301,
      '/v1/kv/a',
      null,
      '',
    ]);
  });
});

test.each(['/v1/kv/a%00', '/v1/kv/a%0A', '/v1/kv/a%E2%80%8B', '/v1/kv/a%C2%A0', '/v1/kv/%ff'])(
  '%s cannot be printed: 400',
  async (path) => expect(await send('GET', path)).toMatchObject({ status: 400, text: '' }),
);

test.each([
  ['/v1/kv/%zz', '400 Bad Request'],
  ['/v1/kv/a?keys&separator=%zz', 'the query has a bad escape: %zz'],
  ['/v1/kv/a?%', 'the query has a bad escape: %'],
])('%s is escaped badly: 400', async (path, text) =>
  expect(await send('GET', path)).toMatchObject({ status: 400, text }),
);

test('JSON is one line, or pretty with a line break at its end', () => {
  expect(jsonBody({ a: [1] }, false)).toBe('{"a":[1]}');
  expect(jsonBody({ a: [1] }, true)).toBe('{\n    "a": [\n        1\n    ]\n}\n');
});
