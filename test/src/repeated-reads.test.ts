/** What is asked again is answered as it would be the first time. */
import { describe, expect, it } from 'vitest';
import { EdgeHttp } from './edge-http.ts';
import { answer, request } from './edge-request.ts';

const path = '/v1/catalog/service/web';
const web = (Port: number) => ({ Service: { Service: 'web', Port } });

describe('a read that is repeated', () => {
  it('has the same answer and headers as the first', async () => {
    const edge = await EdgeHttp.of('same');
    await edge.register('n1', web(80));
    const [first, second] = [await edge.ask(`GET ${path}`), await edge.ask(`GET ${path}`)];
    expect(second.body).toBe(first.body);
    expect([...second.headers]).toEqual([...first.headers]);
    expect(second.headers.get('X-Consul-Index')).toBe(String(await edge.indexOf('/v1/catalog/nodes')));
  });

  it('sees every write before it, and its deletion', async () => {
    const edge = await EdgeHttp.of('writes');
    for (const port of [80, 81, 82]) {
      await edge.register('n1', web(port));
      for (const _ of 'ab') expect(await edge.get(path)).toMatchObject([{ ServicePort: port }]);
    }
    await edge.exchange(['PUT /v1/catalog/deregister', { Node: 'n1' }, 200, 'true']);
    expect(await edge.get(path)).toEqual([]);
  });

  it('has the index of its answer, for who takes gzip and who does not', async () => {
    const edge = await EdgeHttp.of('forms');
    const Meta = { long: 'x'.repeat(500), longer: 'y'.repeat(500), longest: 'z'.repeat(500) };
    for (const port of [80, 81, 82]) {
      await edge.register('n1', { Service: { Service: 'web', Port: port, Meta } });
      const index = String(await edge.indexOf('/v1/catalog/services'));
      for (const coding of ['gzip', 'identity', 'gzip', 'identity', 'identity']) {
        const { headers } = await edge.ask(`GET ${path}`, undefined, { 'Accept-Encoding': coding });
        expect(headers.get('X-Consul-Index')).toBe(index);
        expect(headers.get('Content-Encoding')).toBe(coding === 'gzip' ? 'gzip' : null);
      }
    }
  });

  it('is still one of its own datacenter, filter and consistency', async () => {
    const [one, other] = [await EdgeHttp.of('one'), await EdgeHttp.of('other')];
    await one.register('n1', web(80));
    for (const _ of 'ab') {
      expect(await one.get(path)).toHaveLength(1);
      expect(await other.get(path)).toHaveLength(0);
      expect(await one.get(`${path}?filter=ServicePort==81`)).toHaveLength(0);
      const { headers } = await one.ask(`GET ${path}?stale`);
      expect(headers.get('X-Consul-Effective-Consistency')).toBe('stale');
    }
  });

  it('is refused in the same words, however often', async () => {
    const edge = await EdgeHttp.of('refused');
    await edge.ask(`GET ${path}`);
    for (const _ of 'ab') {
      const fault = await edge.ask(`GET ${path}?filter=(`);
      expect(fault.status).toBe(400);
      const enterprise = await edge.ask(`GET ${path}`, undefined, { 'X-Consul-Namespace': 'x' });
      expect(enterprise.body).toMatch(/Enterprise/);
    }
  });

  it('is made anew for another method, and for a pretty one', async () => {
    const edge = await EdgeHttp.of('form');
    await edge.ask(`GET ${path}`);
    expect((await edge.ask(`PUT ${path}`, 'x')).status).toBe(405);
    for (const _ of 'ab') expect((await edge.ask(`GET ${path}?pretty`)).body).toBe('[]\n');
  });

  it('comes in only as one that may', async () => {
    const bindings = { ROLLCALL_TOKEN: '0123456789abcdef' };
    const headers = { 'X-Consul-Token': bindings.ROLLCALL_TOKEN };
    for (const _ of 'ab') expect(await answer(await request(path, { headers }, bindings))).toBe('200 []');
    expect(await answer(await request(path, {}, bindings))).toMatch(/^403 /);
    const wrong = { 'X-Consul-Token': 'x'.repeat(16) };
    expect(await answer(await request(path, { headers: wrong }, bindings))).toBe('403 ACL not found');
    expect(await answer(await request(`${path}?token=${bindings.ROLLCALL_TOKEN}`, {}, bindings))).toBe(
      '200 []',
    );
  });
});
