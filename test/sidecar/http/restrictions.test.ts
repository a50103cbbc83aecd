import { describe, expect, it } from 'vitest';
import { makeNetworkFilter } from '../../../sidecar/http/restrictions.ts';
import { makeTestAgent } from './agent-fixture.ts';

describe('a network', () => {
  it.each([
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/8', '::ffff:10.0.0.1', true],
    ['127.0.0.1/32', '127.0.0.2', false],
    ['0.0.0.0/0', '192.0.2.1', true],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '2001:db8::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['10.0.0.0/8', 'no address', false],
  ])('%s has %s: %s', (network, address, expected) =>
    expect(makeNetworkFilter(['203.0.113.0/24', network])(address)).toBe(expected),
  );

  it.each(['10.0.0.0/33', '10.0.0.1', 'x/8', '', '10.0.0.0/'])('%j is none', (network) =>
    expect(() => makeNetworkFilter([network])).toThrow(
      `http_config.allow_write_http_from: ${JSON.stringify(network)} is no network; write it as "10.0.0.0/8"`,
    ),
  );
});

const from = (remoteAddress: string | undefined) => ({ incoming: { socket: { remoteAddress } } });

describe('writes', () => {
  const { app } = makeTestAgent({ http: { allowWriteHttpFrom: ['10.0.0.0/8'] } });
  const put = (address: string | undefined) =>
    app.request('/v1/agent/service/register', { method: 'PUT', body: '{"Name":"web"}' }, from(address));

  it('come from the networks that may', async () => {
    expect((await put('10.1.2.3')).status).toBe(200);
    const refused = await put('192.0.2.1');
    expect([refused.status, await refused.text()]).toEqual([403, 'Access is restricted']);
  });

  it('on a Unix socket are its mode’s affair', async () => expect((await put(undefined)).status).toBe(200));

  it('are restricted, reads are not', async () =>
    expect((await app.request('/v1/agent/services', {}, from('192.0.2.1'))).status).toBe(200));
});

describe('an endpoint', () => {
  it('is not served below a blocked path, and answers with the headers of the configuration', async () => {
    const responseHeaders = { 'X-Frame-Options': 'DENY' };
    const { app } = makeTestAgent({ http: { blockEndpoints: ['/v1/agent/service'], responseHeaders } });
    const blocked = await app.request('/v1/agent/services');
    expect([blocked.status, await blocked.text()]).toEqual([
      403,
      'Endpoint is blocked by agent configuration',
    ]);
    expect(blocked.headers.get('X-Frame-Options')).toBe('DENY');
    const served = await app.request('/v1/agent/checks');
    expect([served.status, served.headers.get('X-Frame-Options')]).toEqual([200, 'DENY']);
  });
});
