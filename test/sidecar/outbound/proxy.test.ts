import { describe, expect, test } from 'vitest';
import { selectProxy } from '../../../sidecar/outbound/proxy.ts';

type Environment = Record<string, string>;

const chosen = (url: string, environment: Environment, configured = '') =>
  selectProxy(new URL(url), configured, environment)?.shown;

describe('the proxy of', () => {
  test.each<[string, Environment, string | undefined]>([
    ['https://e.test', {}, undefined],
    ['https://e.test', { HTTPS_PROXY: 'http://p:3128' }, 'http://p:3128'],
    ['https://e.test', { https_proxy: 'http://p:3128' }, 'http://p:3128'],
    ['https://e.test', { HTTPS_PROXY: 'http://p', https_proxy: 'http://q' }, 'http://p'],
    ['https://e.test', { HTTPS_PROXY: '', https_proxy: 'http://q' }, 'http://q'],
    ['https://e.test', { HTTP_PROXY: 'http://p' }, undefined],
    ['http://e.test:8300', { HTTP_PROXY: 'http://p' }, 'http://p'],
    ['http://e.test:8300', { http_proxy: 'http://p' }, 'http://p'],
    ['http://e.test:8300', { HTTPS_PROXY: 'http://p' }, undefined],
    ['https://e.test', { ALL_PROXY: 'https://p' }, 'https://p'],
    ['http://e.test', { all_proxy: 'http://p' }, 'http://p'],
    ['https://e.test', { ALL_PROXY: 'http://p', HTTPS_PROXY: 'http://q' }, 'http://q'],
    ['https://e.test', { HTTPS_PROXY: 'p:3128' }, 'http://p:3128'],
    ['https://e.test', { HTTPS_PROXY: 'http://u:p%40ss@p:1' }, 'http://p:1'],
    ['https://e.test', { HTTPS_PROXY: 'http://[::1]:8' }, 'http://[::1]:8'],
    ['https://e.test', { HTTPS_PROXY: 'http://p', NO_PROXY: 'e.test' }, undefined],
    ['https://e.test', { HTTPS_PROXY: 'http://p', no_proxy: 'e.test' }, undefined],
  ])('%s with %j is %s', (url, environment, proxy) => expect(chosen(url, environment)).toBe(proxy));

  test.each([
    ['https://e.test', 'http://q:1', 'http://q:1'],
    ['http://e.test', 'http://q:1', 'http://q:1'],
    ['http://127.0.0.1', 'http://q:1', 'http://q:1'],
    ['https://e.test', 'direct', undefined],
  ])('%s where the configuration says %s', (url, configured, proxy) =>
    expect(chosen(url, { HTTPS_PROXY: 'http://p', HTTP_PROXY: 'http://p', NO_PROXY: '*' }, configured)).toBe(
      proxy,
    ),
  );
});

test.each([
  ['http://p', '', 80, 'p'],
  ['https://p', '', 443, 'p'],
  ['http://u:a%3Ab%40@p:1', 'u:a:b@', 1, 'p'],
  ['u@p:1', 'u:', 1, 'p'],
  ['http://[::1]:8', '', 8, '::1'],
])('%s is taken apart', (text, credentials, port, hostname) =>
  expect(selectProxy(new URL('https://e'), text, {})).toMatchObject({ credentials, port, hostname }),
);

test.each([
  [
    'socks5://u:secret@p:1080',
    'edge.proxy: "socks5://p:1080" cannot be used: the URL of a proxy begins with http:// or https://',
  ],
  ['http://u:secret@', 'edge.proxy: "http://" is no URL of a proxy'],
  ['http://u:secret@a b', 'edge.proxy: "http://a b" is no URL of a proxy'],
  [
    'http://u:secret%zz@p',
    'edge.proxy: the user name or password has a "%" that is not followed by two hex digits; write it as %25',
  ],
])('%s is refused without telling its password', (text, message) =>
  expect(() => selectProxy(new URL('https://e'), text, {})).toThrow(new Error(message)),
);

/** Rows: NO_PROXY, what it exempts, and what not. */
test.each<[string, string[], string[]]>([
  [
    '',
    ['http://localhost', 'https://127.0.0.1:1', 'http://127.9.9.9', 'http://[::1]'],
    ['http://e.test', 'http://0.0.0.0'],
  ],
  ['*', ['http://e.test', 'https://10.0.0.1'], []],
  [
    'e.test',
    ['https://e.test', 'https://E.test:8443', 'https://a.e.test'],
    ['https://be.test', 'https://test'],
  ],
  ['.e.test', ['https://a.e.test'], ['https://e.test']],
  ['*.e.test', ['https://a.b.e.test'], ['https://e.test']],
  ['e.test.', [], ['https://f.test']],
  ['a.test, b.test c.test', ['http://a.test', 'http://b.test', 'http://c.test'], ['http://d.test']],
  ['e.test:8443', ['https://e.test:8443'], ['https://e.test']],
  ['e.test:443', ['https://e.test'], ['http://e.test']],
  ['10.0.0.1', ['http://10.0.0.1:8300'], ['http://10.0.0.2']],
  ['10.0.0.1:80', ['http://10.0.0.1'], ['http://10.0.0.1:81']],
  ['10.0.0.0/8', ['http://10.1.2.3'], ['http://11.0.0.1', 'http://ten.test']],
  ['fd00::/8', ['http://[fd00::1]'], ['http://[fe80::1]', 'http://10.0.0.1']],
  ['fd00:0::1', ['http://[fd00::1]:9'], ['http://[fd00::2]']],
  ['[fd00::1]:80', ['http://[fd00::1]'], ['http://[fd00::1]:81']],
  ['10.0.0.0/33, x/8, 10.0.0.0/x, :, :80, [', [], ['http://10.0.0.0', 'http://x', 'http://e.test']],
])('NO_PROXY=%s', (NO_PROXY, exempt, not) => {
  const environment = { ALL_PROXY: 'http://p', NO_PROXY };
  expect(exempt.map((url) => chosen(url, environment))).toEqual(exempt.map(() => undefined));
  expect(not.map((url) => chosen(url, environment))).toEqual(not.map(() => 'http://p'));
});
