/** DNS over HTTPS at the edge: the authority answers, about every datacenter, to whoever has the token. */
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { base64url, longest, mediaType, refusals } from '../../cases/dns-over-https.ts';
import { type Asked, decodeReply, encodeAsked, type Reply } from '../../dns-message.ts';
import { EdgeHttp } from '../edge-http.ts';
import { put, request } from '../edge-request.ts';

const get = (message: Uint8Array, headers: Record<string, string> = {}) =>
  request(`/dns-query?dns=${base64url(message)}`, { headers });

const post = (message: Uint8Array, headers: Record<string, string> = {}) =>
  request('/dns-query', {
    method: 'POST',
    headers: { 'Content-Type': mediaType, ...headers },
    body: message as Uint8Array<ArrayBuffer>,
  });

async function replyOf(response: Response): Promise<Reply> {
  expect([response.status, response.headers.get('Content-Type')]).toEqual([200, mediaType]);
  return decodeReply(await response.bytes());
}

const ask = async (asked: Asked): Promise<Reply> => replyOf(await get(encodeAsked(asked)));

/** A datacenter with two instances of `web`. */
async function filled(name: string): Promise<EdgeHttp> {
  const edge = await EdgeHttp.of(name);
  const Checks = [{ CheckID: 'alive', Name: 'alive', Status: 'passing' }];
  const Service = { Service: 'web', Port: 80, Tags: ['v1'] };
  await edge.register('n1', { Address: '10.0.0.1', Service, Checks });
  await edge.register('n2', { Address: '10.0.0.2', Service: { ...Service, Port: 81, Tags: ['v2'] }, Checks });
  return edge;
}

describe('an answer of the authority', () => {
  it('is the same by GET and by POST, whatever the letters of the type', async () => {
    const { datacenter } = await filled('doh-forms');
    const name = `web.service.${datacenter}.consul`;
    const answer = [`${name}. 0 A 10.0.0.1`, `${name}. 0 A 10.0.0.2`];
    const message = encodeAsked({ name });
    for (const response of [
      await get(message),
      await post(message),
      await post(message, { 'Content-Type': 'Application/DNS-Message; charset=none' }),
    ])
      expect((await replyOf(response)).answer.sort()).toEqual(answer);
  });

  it.each([
    { name: 'v2.web.service', type: 'A', answer: [/ A 10\.0\.0\.2$/] },
    { name: 'n1.node', type: 'A', answer: [/ A 10\.0\.0\.1$/] },
    { name: '_web._v1.service', type: 'SRV', answer: [/ SRV 1 1 80 n1\.node\./] },
  ])('$type of $name', async ({ name, type, answer }) => {
    const { datacenter } = await filled('doh-names');
    const reply = await ask({ name: `${name}.${datacenter}.consul`, type });
    expect(reply.rcode).toBe('NOERROR');
    expect(reply.answer).toEqual(answer.map((pattern) => expect.stringMatching(pattern)));
  });

  it('follows the catalog', async () => {
    const edge = await filled('doh-changes');
    const asked = { name: `web.service.${edge.datacenter}.consul` };
    expect((await ask(asked)).answer).toHaveLength(2);
    await edge.exchange(['PUT /v1/catalog/deregister', { Node: 'n1' }, 200, 'true']);
    expect((await ask(asked)).answer).toHaveLength(1);
    await edge.register('n2', {
      Address: '10.0.0.2',
      Check: { CheckID: 'alive', Name: 'alive', Status: 'critical' },
    });
    expect((await ask(asked)).rcode).toBe('NXDOMAIN');
  });

  it('holds as many instances as there are: nothing is cut', async () => {
    const edge = await EdgeHttp.of('doh-many');
    for (let i = 0; i < 100; i++)
      await edge.register(`n${i}`, { Address: `10.1.0.${i}`, Service: { Service: 'many' } });
    const reply = await ask({ name: `many.service.${edge.datacenter}.consul` });
    expect(reply.answer).toHaveLength(100);
    expect(reply.flags).not.toContain('tc');
  });

  it.each([
    ['nobody.service.consul', 'NXDOMAIN', ['aa']],
    ['web.service.nowhere.consul', 'NXDOMAIN', ['aa']],
    ['nobody.query.consul', 'NXDOMAIN', ['aa']],
    ['nobody.query.nowhere.consul', 'NXDOMAIN', ['aa']],
    ['example.com', 'REFUSED', []],
  ])('about %s is %s', async (name, rcode, flags) => {
    const reply = await ask({ name });
    expect([reply.rcode, reply.flags, reply.answer]).toEqual([rcode, flags, []]);
  });

  it('about the default datacenter needs no name of it', async () => {
    await put('/v1/catalog/register', { Node: 'doh-home', Address: '10.3.0.1' });
    expect((await ask({ name: 'doh-home.node.consul' })).answer).toEqual([
      'doh-home.node.consul. 0 A 10.3.0.1',
    ]);
    const named = `doh-home.node.${env.DATACENTER}.consul`;
    expect((await ask({ name: named })).answer).toEqual([`${named}. 0 A 10.3.0.1`]);
  });

  it('may be a prepared query, which fails over to another datacenter and says how long it lasts', async () => {
    const [home, other] = [await EdgeHttp.of('doh-query'), await filled('doh-failover')];
    const Failover = { Datacenters: [other.datacenter] };
    await home.exchange([
      'POST /v1/query',
      { Name: 'near', Service: { Service: 'web', Failover }, DNS: { TTL: '17s' } },
      200,
      /ID/,
    ]);
    const response = await get(encodeAsked({ name: `near.query.${home.datacenter}.consul`, type: 'SRV' }));
    expect(response.headers.get('Cache-Control')).toBe('private, max-age=17');
    const { answer } = await replyOf(response);
    expect(answer.sort()).toEqual([
      expect.stringMatching(new RegExp(` 17 SRV 1 1 80 n1\\.node\\.${other.datacenter}\\.consul\\.$`)),
      expect.stringMatching(new RegExp(` 17 SRV 1 1 81 n2\\.node\\.${other.datacenter}\\.consul\\.$`)),
    ]);
  });
});

describe('a request', () => {
  it.each(refusals)('that is refused: $law', async (refusal) => {
    const { path = '/dns-query', method = 'GET', type, body, status, text, allow = null } = refusal;
    const headers = type === undefined ? {} : { 'Content-Type': type };
    const response = await request(path, { method, headers, ...(body ? { body } : {}) });
    expect([response.status, await response.text()]).toEqual([status, text]);
    expect(response.headers.get('Allow')).toBe(allow);
  });

  it('may be as long as it may be', async () => {
    expect((await replyOf(await get(longest))).rcode).toBe('NXDOMAIN');
    expect((await replyOf(await post(longest))).rcode).toBe('NXDOMAIN');
  });

  it('needs the token', async () => {
    const bindings = { ROLLCALL_TOKEN: '0123456789abcdef' };
    const path = `/dns-query?dns=${base64url(encodeAsked({ name: 'consul.service.consul' }))}`;
    for (const method of ['GET', 'POST', 'OPTIONS'])
      expect((await request(path, { method }, bindings)).status).toBe(403);
    const headers = { Authorization: `Bearer ${bindings.ROLLCALL_TOKEN}` };
    expect((await request(path, { headers }, bindings)).status).toBe(200);
    expect((await request(`http://rebound.example${path}`)).status).toBe(403);
  });
});
