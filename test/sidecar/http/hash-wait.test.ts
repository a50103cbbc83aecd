import { describe, expect, it } from 'vitest';
import { aService } from '../local/declared.ts';
import { makeTestAgent } from './agent-fixture.ts';

function withService() {
  const test = makeTestAgent();
  test.agent.local.addService(aService('web'), 'api');
  const ask = (query = '', signal?: AbortSignal) =>
    Promise.resolve(test.app.request(`/v1/agent/service/web${query}`, signal ? { signal } : {}));
  const hash = async () => (await ask()).headers.get('X-Consul-ContentHash')!;
  /** Until the request has come to its wait. */
  const waits = async () => {
    while (test.agent.localChanges.size === 0) await new Promise((resolve) => setImmediate(resolve));
  };
  return { ...test, ask, hash, waits };
}

describe('a wait for another hash', () => {
  it('is over at once where the hash differs', async () => {
    const { ask } = withService();
    expect((await ask('?hash=abc&wait=10s')).status).toBe(200);
  });

  it.each([
    ['?wait=soon', 'Invalid wait time'],
    ['?index=-1', 'Invalid index'],
  ])('that cannot be read is refused, also without a hash: %s', async (query, text) => {
    const response = await withService().ask(query);
    expect([response.status, await response.text()]).toEqual([400, text]);
  });

  it('lasts as long as it may while nothing changes', async () => {
    const { ask, hash, waits, clock, agent } = withService();
    const before = await hash();
    const answer = ask(`?hash=${before}&wait=10s`);
    await waits();
    clock.advance(10_000);
    expect((await answer).headers.get('X-Consul-ContentHash')).toBe(before);
    expect(agent.localChanges.size).toBe(0);
  });

  it('ends when the service changes, not when another does', async () => {
    const { ask, hash, waits, agent } = withService();
    const before = await hash();
    const answer = ask(`?hash=${before}&wait=10s`);
    await waits();
    agent.local.addService(aService('other'), 'api');
    expect(agent.localChanges.size).toBe(1);
    agent.local.addService(aService('web', [], { Port: 81 }), 'api');
    expect(await (await answer).json()).toMatchObject({ Port: 81 });
  });

  it('ends with 404 when the service is deregistered', async () => {
    const { ask, hash, waits, agent } = withService();
    const answer = ask(`?hash=${await hash()}&wait=10s`);
    await waits();
    agent.local.removeService('web');
    const { status } = await answer;
    expect(status).toBe(404);
  });

  it('leaves nothing behind when its client goes', async () => {
    const { ask, hash, waits, agent } = withService();
    const client = new AbortController();
    const answer = ask(`?hash=${await hash()}&wait=10s`, client.signal);
    await waits();
    client.abort();
    await answer;
    expect(agent.localChanges.size).toBe(0);
  });
});
