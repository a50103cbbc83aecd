import { describe, expect, test } from 'vitest';
import {
  accessHeaders,
  describeAccessRefusal,
  noServiceToken,
  type Refusal,
} from '../../../sidecar/outbound/access.ts';

const token = { id: 'id.access', secret: 'hidden' };

test.each([
  ['https://e.test', token, { 'CF-Access-Client-Id': 'id.access', 'CF-Access-Client-Secret': 'hidden' }],
  ['http://e.test', token, {}],
  ['https://e.test', noServiceToken, {}],
])('to %s with %j go the headers %j', (url, pair, headers) =>
  expect(accessHeaders(pair, new URL(url))).toEqual(headers),
);

const page = { 'content-type': 'text/html; charset=UTF-8' };
const login = 'https://team.cloudflareaccess.com/cdn-cgi/access/login/e.test?kid=1';

describe('who says', () => {
  test.each<[string, Refusal, boolean]>([
    ['a login page', { status: 302, headers: { location: login } }, true],
    ['a login page on the hostname', { status: 307, headers: { location: '/cdn-cgi/access/login' } }, true],
    ['a redirect of another', { status: 302, headers: { location: 'https://e.test/v1/x' } }, false],
    [
      'a page that forbids',
      { status: 403, headers: page, body: '<title>Error ・ Cloudflare Access</title>' },
      true,
    ],
    ['a page of another', { status: 403, headers: page, body: '<title>Blocked</title>' }, false],
    ['a named header', { status: 403, headers: { 'cf-access-domain': 'e.test' } }, true],
    ['a challenge', { status: 401, headers: { 'www-authenticate': 'Cloudflare-Access realm="x"' } }, true],
    ['the edge', { status: 403, headers: { 'content-type': 'text/plain' }, body: 'ACL not found' }, false],
    ['the edge, at length', { status: 200, headers: page, body: 'Cloudflare Access' }, false],
  ])('%s: Access %#', (_what, refusal, isAccess) => {
    const without = describeAccessRefusal(refusal, noServiceToken);
    const bad = describeAccessRefusal(refusal, token);
    expect([without, bad].map((text) => text !== undefined)).toEqual([isAccess, isAccess]);
    if (!isAccess) return;
    expect(without).toMatch(/^Cloudflare Access stands before the edge \(\d+\): set edge\.access_client_id/);
    expect(bad).toMatch(
      /^Cloudflare Access does not let the service token id\.access in \(\d+\): is its secret right/,
    );
    expect(bad).not.toContain('hidden');
  });
});

test('an upgrade that Cloudflare refuses without a word', () => {
  const refusal = { status: 403, headers: { server: 'cloudflare' }, body: '' };
  expect(describeAccessRefusal({ ...refusal, isUpgrade: true }, token)).toMatch(
    /make its destination the hostname$/,
  );
  expect(describeAccessRefusal(refusal, token)).toBeUndefined();
  expect(describeAccessRefusal({ ...refusal, isUpgrade: true, body: 'no' }, token)).toBeUndefined();
});
