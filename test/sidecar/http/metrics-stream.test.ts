import { describe, expect, it } from 'vitest';
import { Metrics } from '../../../sidecar/telemetry/metrics.ts';
import { FakeClock } from '../fake-clock.ts';
import { makeTestAgent } from './agent-fixture.ts';

async function listening() {
  const clock = new FakeClock();
  clock.advance(4_000);
  const metrics = new Metrics({ clock, prefix: 'consul', hostname: '', isKept: () => true });
  const { app } = makeTestAgent({}, { clock, metrics });
  const response = await app.request('/v1/agent/metrics/stream', { headers: { 'Accept-Encoding': 'gzip' } });
  const reader = response.body!.getReader();
  const text = async () => Buffer.from((await reader.read()).value ?? []).toString();
  return { clock, response, reader, text, count: metrics.counter('things') };
}

const thingsOf = (text: string) => {
  const { Timestamp, Counters } = JSON.parse(text);
  return [Timestamp.slice(11, 19), Counters[0]?.Sum ?? 0];
};

describe('who listens to the metrics', () => {
  it('hears of each interval when it ends, indented, with a line break after it', async () => {
    const { clock, response, text, count } = await listening();
    expect([response.status, response.headers.get('Content-Encoding')]).toEqual([200, null]);
    count(1);
    clock.advance(5_999);
    count(2);
    clock.advance(1);
    count(4);
    const first = await text();
    expect(first).toMatch(/^\{\n {4}"Timestamp": .*\n\}\n$/s);
    expect(thingsOf(first)).toEqual(['00:00:00', 3]);
    clock.advance(10_000);
    expect(thingsOf(await text())).toEqual(['00:00:10', 4]);
    clock.advance(10_000);
    expect(thingsOf(await text())).toEqual(['00:00:20', 0]);
  });

  it('is forgotten when it goes', async () => {
    const { clock, reader } = await listening();
    expect(clock.pending).toBe(1);
    await reader.cancel();
    expect(clock.pending).toBe(0);
  });

  it('loses intervals that it does not read, and the agent does not wait', async () => {
    const { clock, text } = await listening();
    for (let i = 0; i < 10; i++) clock.advance(10_000);
    const times = [];
    for (let i = 0; i < 6; i++) times.push(thingsOf(await text())[0]);
    expect(times).toEqual(['00:00:00', '00:00:10', '00:00:20', '00:00:30', '00:00:40', '00:00:50']);
    clock.advance(10_000);
    expect(thingsOf(await text())[0]).toBe('00:01:40');
  });
});
