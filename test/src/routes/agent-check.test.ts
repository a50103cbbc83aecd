/** Registration without an agent, over HTTP at the edge: one request to be there, another to stay. */
import { evictDurableObject } from 'cloudflare:test';
import { expect, it } from 'vitest';
import { EdgeHttp } from '../edge-http.ts';

const device = (TTL: string) => ({
  Service: { Service: 'sensor' },
  Check: { CheckID: 'alive', Status: 'passing', ServiceID: 'sensor', Definition: { TTL } },
});
const passing = '/v1/health/service/sensor?passing';

it('a device that stops refreshing is critical, for whoever waits to hear of it', async () => {
  const edge = await EdgeHttp.of('a device falls silent');
  await edge.register('device', device('300ms'));
  const index = await edge.indexOf(passing);
  await edge.exchange([`GET ${passing}&index=${index}&wait=10s`, undefined, 200, '[]']);
  await edge.exchange([
    'GET /v1/health/checks/sensor',
    undefined,
    200,
    [{ Status: 'critical', Output: 'TTL expired', Type: 'ttl' }],
  ]);
});

it('a check expires though the object was evicted meanwhile', async () => {
  const edge = await EdgeHttp.of('a device outlives the object');
  await edge.register('device', device('300ms'));
  await evictDurableObject(edge.object);
  const index = await edge.indexOf(passing);
  await edge.exchange([`GET ${passing}&index=${index}&wait=10s`, undefined, 200, '[]']);
});

it('a service whose check expired is deregistered when its time is over', async () => {
  const edge = await EdgeHttp.of('a device is evicted');
  const { Service, Check } = device('200ms');
  const Definition = { TTL: '200ms', DeregisterCriticalServiceAfter: '200ms' };
  await edge.register('device', { Service, Check: { ...Check, Definition } });
  const path = '/v1/catalog/service/sensor';
  let body = '';
  for (let index = await edge.indexOf(path); body !== '[]'; ) {
    const answer = await edge.ask(`GET ${path}?index=${index}&wait=10s`);
    expect(Number(answer.headers.get('X-Consul-Index'))).toBeGreaterThan(index);
    index = Number(answer.headers.get('X-Consul-Index'));
    body = answer.body;
  }
});

it('a word about a check names its node', async () => {
  const edge = await EdgeHttp.of('a word about a check');
  await edge.register('device', device('1h'));
  const shown = (Status: string, Output: string) =>
    edge.exchange(['GET /v1/health/node/device', undefined, 200, [{ Status, Output }]]);
  await edge.exchange(['PUT /v1/agent/check/warn/alive?node=device&note=hm', undefined, 200, '']);
  await shown('warning', 'hm');
  await edge.exchange(['PUT /v1/agent/check/fail/alive?node=device', undefined, 200, '']);
  await shown('critical', '');
  await edge.exchange(['PUT /v1/agent/check/pass/alive?node=device', undefined, 200, '']);
  await shown('passing', '');
  const update = { Status: 'warning', Output: 'low' };
  await edge.exchange(['PUT /v1/agent/check/update/alive?node=device', update, 200, '']);
  await shown('warning', 'low');
  const bogus = { Status: 'bogus' };
  await edge.exchange([
    'PUT /v1/agent/check/update/alive?node=device',
    bogus,
    400,
    "Invalid check status: 'bogus'",
  ]);
  await edge.exchange([
    'PUT /v1/agent/check/pass/alive?node=nobody',
    undefined,
    404,
    /^Unknown check ID "alive"/,
  ]);
  await edge.exchange(['PUT /v1/agent/check/pass/alive', undefined, 400, /^this is the edge/]);
});
