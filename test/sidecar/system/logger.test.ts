import { expect, test } from 'vitest';
import { type LogSink, logLevels, makeLogger } from '../../../sidecar/system/logger.ts';
import { FakeClock } from '../fake-clock.ts';

function aLogger(more: Partial<LogSink> = {}) {
  const lines: string[] = [];
  const sink: LogSink = { level: 'trace', json: false, write: (line) => lines.push(line), ...more };
  return { logger: makeLogger('agent', sink, new FakeClock()), lines, sink };
}

test('a line is that of Consul: time, level, name, message, fields', () => {
  const { logger, lines } = aLogger();
  logger.named('sync').info('joined', { edge: 'http://x/', tries: 2, ok: true, none: undefined });
  logger.warn('has "words"', { reason: 'a b', quoted: 'x="y"', empty: '' });
  expect(lines).toEqual([
    '2026-01-01T00:00:00.000Z [INFO]  agent.sync: joined: edge=http://x/ tries=2 ok=true',
    '2026-01-01T00:00:00.000Z [WARN]  agent: has "words": reason="a b" quoted="x=\\"y\\"" empty=""',
  ]);
});

test('as JSON it has the keys of Consul', () => {
  const { logger, lines } = aLogger({ json: true });
  logger.error('no', { reason: 'x' });
  expect(JSON.parse(lines[0]!)).toEqual({
    '@level': 'error',
    '@message': 'no',
    '@module': 'agent',
    '@timestamp': '2026-01-01T00:00:00.000Z',
    reason: 'x',
  });
});

test.each(logLevels.map((level, index) => [level, index] as const))(
  'level %s leaves out what is below',
  (level, index) => {
    const { logger, lines } = aLogger({ level });
    for (const each of logLevels) logger[each]('x');
    expect(lines).toHaveLength(logLevels.length - index);
  },
);

test('the level may change while it runs', () => {
  const { logger, lines, sink } = aLogger({ level: 'error' });
  const named = logger.named('x');
  named.info('unheard');
  sink.level = 'info';
  named.info('heard');
  expect(lines).toHaveLength(1);
});
