/** Who may come in: the edge is closed unless it was told otherwise. */
import { describe, expect, it } from 'vitest';
import type { Env } from '../../../src/env.ts';
import { answer, request } from '../edge-request.ts';

const token = '0123456789abcdef';
const withToken = { ROLLCALL_TOKEN: token };
const closed =
  '403 Rollcall is closed: no token is configured, so nothing is served. Set the secret ROLLCALL_TOKEN ' +
  '(npx wrangler secret put ROLLCALL_TOKEN) and send it as X-Consul-Token.';
const noToken =
  '403 Permission denied: no token was sent. Send it as X-Consul-Token or Authorization: Bearer.';
const openTo = (name: string) =>
  `403 Rollcall is open on loopback only and was asked as "${name}": use 127.0.0.1 or localhost, or start it with a token ` +
  '(-bind with another address makes one).';

interface Case {
  law: string;
  bindings: { ROLLCALL_TOKEN?: string; ROLLCALL_OPEN?: string };
  path?: string;
  headers?: Record<string, string>;
  gives: string;
}

const served = '200 "';
const cases: Case[] = [
  { law: 'nothing is served where nothing is configured', bindings: {}, gives: closed },
  { law: 'nor to who sends a token', bindings: {}, headers: { 'X-Consul-Token': token }, gives: closed },
  { law: 'an empty secret is none', bindings: { ROLLCALL_TOKEN: '' }, gives: closed },
  { law: 'another word than loopback opens nothing', bindings: { ROLLCALL_OPEN: 'true' }, gives: closed },
  {
    law: 'a secret that can be guessed keeps it closed, also to who knows it',
    bindings: { ROLLCALL_TOKEN: token.slice(1) },
    headers: { 'X-Consul-Token': token.slice(1) },
    gives:
      '403 Rollcall is closed: the secret ROLLCALL_TOKEN has 15 characters, at least 16 are needed. A good one: ' +
      'openssl rand -hex 32.',
  },
  { law: 'a request without a token', bindings: withToken, gives: noToken },
  { law: 'an empty token', bindings: withToken, headers: { 'X-Consul-Token': '' }, gives: noToken },
  {
    law: 'a wrong token',
    bindings: withToken,
    headers: { 'X-Consul-Token': 'x'.repeat(16) },
    gives: '403 ACL not found',
  },
  {
    law: 'a part of the token',
    bindings: withToken,
    headers: { 'X-Consul-Token': token.slice(1) },
    gives: '403 ACL not found',
  },
  {
    law: 'a token in other letters',
    bindings: withToken,
    headers: { 'X-Consul-Token': 'ä'.repeat(8) },
    gives: '403 ACL not found',
  },
  { law: 'X-Consul-Token', bindings: withToken, headers: { 'X-Consul-Token': token }, gives: served },
  {
    law: 'Authorization: Bearer',
    bindings: withToken,
    headers: { Authorization: `Bearer ${token}` },
    gives: served,
  },
  {
    law: 'a bearer in any letter case',
    bindings: withToken,
    headers: { Authorization: `bEARER  ${token} ` },
    gives: served,
  },
  {
    law: 'another scheme is no token',
    bindings: withToken,
    headers: { Authorization: `Basic ${token}` },
    gives: noToken,
  },
  { law: '?token', bindings: withToken, path: `/v1/status/leader?token=${token}`, gives: served },
  {
    law: '?token comes before the header',
    bindings: withToken,
    path: '/v1/status/leader?token=wrong',
    headers: { 'X-Consul-Token': token },
    gives: '403 ACL not found',
  },
  {
    law: 'a token rules also where loopback is open',
    bindings: { ...withToken, ROLLCALL_OPEN: 'loopback' },
    gives: noToken,
  },
  ...[
    'http://127.0.0.1:8300',
    'http://127.1.2.3',
    'http://localhost:8300',
    'http://[::1]:8300',
    'http://LOCALHOST',
  ].map((origin) => ({
    law: `open on loopback to who asks ${origin}`,
    bindings: { ROLLCALL_OPEN: 'loopback' },
    path: `${origin}/v1/status/leader`,
    gives: served,
  })),
  ...['rebound.example', '127.0.0.1.example', 'localhost.example', 'notlocalhost', '10.0.0.1', '[::2]'].map(
    (name) => ({
      law: `but not to a page that points ${name} here`,
      bindings: { ROLLCALL_OPEN: 'loopback' },
      path: `http://${name}:8300/v1/status/leader`,
      gives: openTo(name),
    }),
  ),
];

const closedBindings = { ROLLCALL_TOKEN: undefined, ROLLCALL_OPEN: undefined } as unknown as Partial<Env>;

describe('the token', () => {
  it.each(cases)('$law', async ({ bindings, path = '/v1/status/leader', headers = {}, gives }) => {
    const given = await answer(request(path, { headers }, { ...closedBindings, ...bindings }));
    expect(given.slice(0, gives === served ? served.length : undefined)).toBe(gives);
  });

  it.each(['/v1/catalog/nodes', '/v1/sync', '/v1/agent/self', '/v1/nothing', '//v1/catalog/nodes', '/v1'])(
    'nobody without it reads %s',
    async (path) => {
      const response = await request(path, { redirect: 'manual' }, { ...closedBindings, ...withToken });
      expect([301, 403, 404]).toContain(response.status);
      expect(await response.text()).not.toContain('Node');
    },
  );

  it('that is right opens the connection of a sidecar', async () => {
    const headers = { Upgrade: 'websocket', 'X-Consul-Token': token };
    const response = await request('/v1/sync', { headers }, withToken);
    expect(response.status).toBe(101);
    response.webSocket!.accept();
    response.webSocket!.close();
  });

  it.each([
    { bindings: withToken, policy: 'deny' },
    { bindings: {}, policy: 'allow' },
  ])('is said to be needed or not: $policy', async ({ bindings, policy }) => {
    const response = await request('/v1/status/leader', { headers: { 'X-Consul-Token': token } }, bindings);
    expect(response.headers.get('X-Consul-Default-ACL-Policy')).toBe(policy);
  });
});
