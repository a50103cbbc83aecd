import { describe, expect, it } from 'vitest';
import { AgentTokens } from '../../../sidecar/agent/tokens.ts';
import { makeTestAgent } from './agent-fixture.ts';

const joinFailed = (why: string) => `1 error occurred:\n\t* Failed to ${why}\n\n`;
const elsewhere = 'this agent is configured for http://10.0.0.9:8300; set retry_join and start it again';
const noConnect = 'Connect must be enabled in order to use this endpoint';

describe('an agent answers', () => {
  it.each([
    ['PUT', 'join/', 500, joinFailed('resolve : lookup : no such host')],
    ['PUT', 'join/10.0.0.9', 200, ''],
    ['PUT', 'join/10.0.0.9:8300', 200, ''],
    ['PUT', 'join/10.0.0.8', 500, joinFailed(`join 10.0.0.8: ${elsewhere}`)],
    [
      'PUT',
      'join/a%20b',
      500,
      joinFailed('join a b: invalid address to join "a b": expected a URL or host[:port]'),
    ],
    ['PUT', 'force-leave/dead', 200, ''],
    ['PUT', 'token/bogus', 401, 'ACL support disabled'],
    ['POST', 'connect/authorize', 500, noConnect],
    ['GET', 'connect/ca/roots', 500, noConnect],
    ['GET', 'connect/ca/leaf/web', 500, noConnect],
    [
      'GET',
      'metrics?format=prometheus',
      415,
      'Prometheus is not enabled since its retention time is not positive',
    ],
    ['GET', 'monitor?loglevel=bogus', 400, 'Unknown log level: bogus'],
  ])('%s /v1/agent/%s with %i', async (method, path, status, text) => {
    const answer = await makeTestAgent().app.request(`/v1/agent/${path}`, { method });
    expect([answer.status, await answer.text()]).toEqual([status, text]);
  });

  it.each([
    ['dead', 'dead?dc=dc1'],
    ['a%2Fb?prune', 'a%2Fb?dc=dc1&prune'],
  ])('force-leave/%s is for the edge', async (asks, path) => {
    const { app, asked } = makeTestAgent();
    await app.request(`/v1/agent/force-leave/${asks}`, { method: 'PUT', headers: { 'X-Consul-Token': 't' } });
    expect(asked).toMatchObject([{ method: 'PUT', path: `/v1/agent/force-leave/${path}` }]);
    expect(asked[0]!.headers).toEqual({ 'X-Consul-Token': 't' });
  });

  it('where tokens are in use, they can be set', async () => {
    const configured = {
      default: 'd',
      agent: 'd',
      agentRecovery: '',
      configFileServiceRegistration: 'd',
      dns: 'd',
    };
    const tokens = new AgentTokens(() => configured, undefined);
    const { app } = makeTestAgent({}, { tokens, tokensInUse: () => true });
    const set = async (kind: string) => {
      const answer = await app.request(`/v1/agent/token/${kind}`, { method: 'PUT', body: '{"Token":"new"}' });
      return [answer.status, await answer.text()];
    };
    expect(await set('bogus')).toEqual([404, 'Token "bogus" is unknown']);
    expect(await set('toString')).toEqual([404, 'Token "toString" is unknown']);
    expect(await set('replication')).toEqual([200, '']);
    expect(await set('agent')).toEqual([200, '']);
    expect([tokens.get('agent'), tokens.get('default')]).toEqual(['new', 'd']);
  });

  it('host: what the system tells', async () => {
    const { app, clock } = makeTestAgent();
    const host = (await (await app.request('/v1/agent/host')).json()) as Record<
      string,
      Record<string, unknown>
    >;
    expect(Object.keys(host)).toEqual(['Memory', 'CPU', 'Host', 'Disk', 'CollectionTime', 'Errors']);
    expect(host.CollectionTime).toBe(clock.nowMs() * 1e6);
    expect(host.Host).toMatchObject({ os: 'linux' });
    expect(Number(host.Memory!.total)).toBeGreaterThan(0);
    expect(Number(host.Disk!.total)).toBeGreaterThan(0);
  });
});
