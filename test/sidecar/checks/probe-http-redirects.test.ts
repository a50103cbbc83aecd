import { expect, test } from 'vitest';
import { echo, echoed, type Handler, probe, serve } from './http-echo.ts';
import { closedPort } from './probe-context.ts';

/** /n redirects to /n-1; /0 is the answer. */
const countdown: Handler = (request, response) => {
  const left = Number(request.url!.slice(1));
  if (left === 0) response.end('arrived');
  else response.writeHead(302, { Location: `/${left - 1}` }).end('elsewhere');
};

test('10 redirects are followed, the 11th is critical', async () => {
  const url = await serve(countdown);
  expect(await probe(`${url}/10`)).toEqual(['passing', `HTTP GET ${url}/10: 200 OK Output: arrived`]);
  expect(await probe(`${url}/11`)).toEqual(['critical', 'Get "/0": stopped after 10 redirects']);
});

test('with DisableRedirects a redirect is the answer', async () => {
  const url = await serve(countdown);
  const found = await probe(`${url}/1`, { DisableRedirects: true });
  expect(found).toEqual(['critical', `HTTP GET ${url}/1: 302 Found Output: elsewhere`]);
});

test('a redirect to nowhere is the answer', async () => {
  const url = await serve((_request, response) => response.writeHead(301).end());
  expect(await probe(url)).toEqual(['critical', `HTTP GET ${url}: 301 Moved Permanently Output: `]);
});

/** Redirects /h to what the function says of the port that both listen on; all else is an echo. */
async function serveRedirect(code: number, location: (port: string) => string) {
  const url = await serve((request, response) => {
    const to = location(new URL(url).port);
    if (request.url === '/h') response.writeHead(code, { Location: to }).end();
    else void echo(request, response);
  });
  return url;
}

test.each([
  [301, 'GET', ''],
  [302, 'GET', ''],
  [303, 'GET', ''],
  [307, 'POST', 'body'],
  [308, 'POST', 'body'],
])('a redirect %d to another host becomes %s, without secrets', async (code, method, body) => {
  const here = await serveRedirect(code, (port) => `http://localhost:${port}/t`);
  const Header = {
    Authorization: ['secret'],
    'Proxy-Authorization': ['secret'],
    'X-A': ['1'],
    Host: ['web.test'],
    'Content-Type': ['text/x'],
  };
  const sent = echoed(await probe(`${here}/h`, { Method: 'POST', Body: 'body', Header }));
  const host = `localhost:${new URL(here).port}`;
  expect(sent).toMatchObject({ method, url: '/t', body, a: '1', host, referer: `${here}/h` });
  expect([sent.authorization, sent.proxy]).toEqual([undefined, undefined]);
  expect([sent.lengths[0], sent.type]).toEqual(body ? ['4', 'text/x'] : [null, undefined]);
});

test('a redirect to another port of the host keeps Authorization, for that is whom it was meant for', async () => {
  const there = await serve(echo);
  const here = await serveRedirect(302, () => `${there}/t`);
  const Header = { Authorization: ['secret'], Host: ['web.test'] };
  const host = there.slice('http://'.length);
  expect(echoed(await probe(`${here}/h`, { Header }))).toMatchObject({ host, authorization: 'secret' });
});

test.each([
  ['/t', 'web.test'],
  ['http://127.0.0.1:PORT/t', '127.0.0.1:PORT'],
])('a redirect to %s names %s', async (location, host) => {
  const url = await serveRedirect(302, (port) => location.replace('PORT', port));
  const sent = echoed(await probe(`${url}/h`, { Header: { Host: ['web.test'], Referer: ['mine'] } }));
  expect(sent).toMatchObject({ host: host.replace('PORT', new URL(url).port), referer: 'mine' });
});

test.each<[string, string, string | undefined]>([
  ['me:old', '/t', 'me:old'],
  ['me:old', 'http://127.0.0.1:PORT/t', undefined],
  ['me:old', 'http://me:new@127.0.0.1:PORT/t', 'me:new'],
])('the user of a URL (%s) that redirects to %s is then %s', async (user, location, expected) => {
  const url = await serveRedirect(302, (port) => location.replace('PORT', port));
  const { authorization } = echoed(await probe(`${url.replace('//', `//${user}@`)}/h`));
  expect(authorization).toBe(expected && `Basic ${btoa(expected)}`);
});

test('a redirect that leads nowhere is told with the first verb and the whole URL', async () => {
  const closed = await closedPort();
  const url = await serveRedirect(302, () => `//127.0.0.1:${closed}/t`);
  expect(await probe(`${url}/h`, { Method: 'POST' })).toEqual([
    'critical',
    `Post "http://127.0.0.1:${closed}/t": dial tcp 127.0.0.1:${closed}: connect: connection refused`,
  ]);
  const bad = await serveRedirect(302, () => 'http://[::1');
  expect(await probe(`${bad}/h`)).toEqual([
    'critical',
    `Get "${bad}/h": failed to parse Location header "http://[::1": parse "http://[::1": invalid URL`,
  ]);
});
