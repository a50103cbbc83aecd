import { describe, expect, it } from 'vitest';
import { type LogSink, makeLogger } from '../../../sidecar/system/logger.ts';
import { FakeClock } from '../fake-clock.ts';
import { makeTestAgent } from './agent-fixture.ts';

function withLog() {
  const written: string[] = [];
  const sink: LogSink = { level: 'warn', json: false, write: (line) => written.push(line), taps: new Set() };
  const logger = makeLogger('agent', sink, new FakeClock());
  const { app } = makeTestAgent({}, { logTaps: sink.taps! });
  const listen = async (query = '') => {
    const answer = await app.request(`/v1/agent/monitor${query}`);
    return answer.body!.getReader();
  };
  return { logger, written, sink, listen };
}

const text = async (reader: ReadableStreamDefaultReader<Uint8Array>) =>
  Buffer.from((await reader.read()).value ?? []).toString();

describe('who listens to the log', () => {
  it('hears its own level, whatever the agent writes', async () => {
    const { logger, written, listen } = withLog();
    const debug = await listen('?loglevel=DEBUG');
    const standard = await listen();
    logger.debug('quiet');
    logger.info('heard', { a: 1 });
    expect(await text(debug)).toBe('2026-01-01T00:00:00.000Z [DEBUG] agent: quiet\n');
    expect(await text(standard)).toBe('2026-01-01T00:00:00.000Z [INFO]  agent: heard: a=1\n');
    expect(written).toEqual([]);
  });

  it('may have JSON', async () => {
    const { logger, listen } = withLog();
    const reader = await listen('?logjson');
    logger.error('bad');
    expect(JSON.parse(await text(reader))).toMatchObject({ '@level': 'error', '@message': 'bad' });
  });

  it('is forgotten when it goes', async () => {
    const { sink, listen } = withLog();
    const reader = await listen();
    expect(sink.taps!.size).toBe(1);
    await reader.cancel();
    expect(sink.taps!.size).toBe(0);
  });

  it('loses lines that it does not read, and the agent does not wait', async () => {
    const { logger, listen } = withLog();
    const reader = await listen();
    for (let i = 0; i < 2_000; i++) logger.info(String(i));
    expect(await text(reader)).toContain('agent: 0\n');
    for (let i = 1; i < 512; i++) await reader.read();
    logger.info('again');
    expect(await text(reader)).toContain('agent: again\n');
  });
});
