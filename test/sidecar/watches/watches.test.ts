import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeWatchDefinition, watchShape } from '../../../sidecar/config/watch-definition.ts';
import { systemClock } from '../../../sidecar/system/clock.ts';
import type { WatchAnswer } from '../../../sidecar/watches/watch.ts';
import { Watches } from '../../../sidecar/watches/watches.ts';
import { readShape } from '../../../src/shared/definition/shape.ts';
import { until } from '../../e2e/until.ts';
import { seededRandom } from '../../seeded-random.ts';
import { listen } from '../checks/probe-context.ts';
import { aDirectory, aHangingFamily, isRunning } from '../checks/processes.ts';
import { webCertificate } from '../checks/web-certificate.ts';
import { type LoggedLine, makeTestLogger } from '../test-logger.ts';

const watch = (written: object) =>
  makeWatchDefinition(readShape(watchShape, { type: 'nodes', ...written }, 'json').value!);

/** Watches of a list of nodes that the test changes. */
function aSource() {
  let index = 1;
  let nodes: string[] = [];
  const waiting = new Set<() => void>();
  const lines: LoggedLine[] = [];
  const watches = new Watches({
    readAs: () => async (_path, asked, signal) => {
      while (asked === String(index) && !signal.aborted)
        await new Promise<void>((woken) => {
          waiting.add(woken);
          signal.addEventListener('abort', () => woken());
        });
      return { status: 200, index: String(index), body: JSON.stringify(nodes) } satisfies WatchAnswer;
    },
    clock: systemClock,
    random: seededRandom(1),
    logger: makeTestLogger(lines),
  });
  onTestFinished(() => watches.stop());
  const set = (next: string[]) => {
    nodes = next;
    index += 1;
    for (const wake of waiting) wake();
    waiting.clear();
  };
  return { watches, set, lines };
}

const linesOf = (path: string) => readFileSync(path, 'utf8').trim().split('\n');

describe('a program', () => {
  test('has the answer on its input, its index in the environment, and its output in the log', async () => {
    const { watches, set, lines } = aSource();
    const script = 'echo "$CONSUL_INDEX $(cat /dev/stdin)"; echo oops >&2';
    watches.declare([watch({ args: ['sh', '-c', script] })]);
    await until('it ran', () => lines.length === 1);
    set(['a']);
    await until('it ran again', () => lines.length === 2);
    expect(lines.map(({ level, fields }) => [level, fields?.output])).toEqual([
      ['debug', '1 []\noops\n'],
      ['debug', '2 ["a"]\noops\n'],
    ]);
  });

  test.each([
    [{ args: ['sh', '-c', 'echo no; exit 3'] }, 'exit status 3: no\n'],
    [{ handler: 'kill -9 $$' }, 'killed by a signal'],
    [{ args: ['/does/not/exist'] }, 'fork/exec /does/not/exist: no such file or directory'],
  ])('%j that fails is an error in the log', async (handler, reason) => {
    const { watches, lines } = aSource();
    watches.declare([watch(handler)]);
    await until('it ran', () => lines.length === 1);
    expect(lines).toMatchObject([{ level: 'error', fields: { reason } }]);
  });

  test('runs once at a time: what changed meanwhile arrives together', async () => {
    const { watches, set } = aSource();
    const dir = aDirectory();
    const script = `cat >> ${dir}/in; until [ -e ${dir}/go ]; do sleep 0.02; done`;
    watches.declare([watch({ handler: script })]);
    await until('it runs', () => linesOf(join(dir, 'in')).length === 1);
    set(['a']);
    set(['a', 'b']);
    writeFileSync(join(dir, 'go'), '');
    await until('it ran again', () => linesOf(join(dir, 'in')).length === 2);
    expect(linesOf(join(dir, 'in'))).toEqual(['[]', '["a","b"]']);
  });

  test('is killed with all that it started when the agent stops', async () => {
    const { watches } = aSource();
    const { script, pids } = aHangingFamily();
    watches.declare([watch({ handler: script })]);
    const family = await until('it runs', () => pids());
    expect(family.map(isRunning)).toEqual([true, true]);
    watches.stop();
    await until('both are gone', () => !family.some(isRunning));
  });
});

test('a reload leaves alone what is declared as before, and starts and ends the rest', async () => {
  const { watches, set } = aSource();
  const dir = aDirectory();
  const writes = (name: string) => watch({ handler: `cat >> ${dir}/${name}` });
  const [kept, gone, added] = [writes('kept'), writes('gone'), writes('added')];
  watches.declare([kept, gone, kept]);
  await until(
    'all ran',
    () => linesOf(join(dir, 'gone')).length === 1 && linesOf(join(dir, 'kept')).length === 2,
  );
  watches.declare([added, kept, kept]);
  await until('the new one ran', () => linesOf(join(dir, 'added')).length === 1);
  set(['a']);
  await until('the change arrives', () => linesOf(join(dir, 'kept')).length === 4);
  await until('everywhere', () => linesOf(join(dir, 'added')).length === 2);
  expect(linesOf(join(dir, 'kept'))).toEqual(['[]', '[]', '["a"]', '["a"]']);
  expect(linesOf(join(dir, 'gone'))).toEqual(['[]']);
});

describe('a URL', () => {
  test.each([
    [200, 'debug', { output: 'thanks' }],
    [503, 'error', { reason: expect.stringMatching(/^http:.* answered 503: thanks$/) }],
  ])('that answers %d', async (status, level, fields) => {
    const asked: object[] = [];
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const piece of request) body += piece;
      const { 'x-consul-index': index, 'content-type': type, 'x-mine': mine } = request.headers;
      asked.push({ method: request.method, url: request.url, index, type, mine, body });
      response.writeHead(status).end('thanks');
    });
    const port = await listen(server);
    const { watches, lines } = aSource();
    const http_handler_config = {
      path: `http://127.0.0.1:${port}/hook?a=b`,
      method: 'PUT',
      header: { 'X-Mine': ['1', '2'] },
      timeout: '5s',
    };
    watches.declare([watch({ handler_type: 'http', http_handler_config })]);
    await until('it was told', () => lines.length === 1);
    expect(asked).toEqual([
      { method: 'PUT', url: '/hook?a=b', index: '1', type: 'application/json', mine: '1, 2', body: '[]\n' },
    ]);
    expect(lines).toMatchObject([{ level, fields }]);
  });

  test.each([
    [false, 'error', { reason: expect.stringContaining('self-signed certificate') }],
    [true, 'debug', { output: 'thanks' }],
  ])('with a certificate of nobody, and tls_skip_verify = %j', async (tls_skip_verify, level, fields) => {
    const server = createSecureServer(webCertificate, (_request, response) => response.end('thanks'));
    const port = await listen(server);
    const { watches, lines } = aSource();
    const http_handler_config = { path: `https://127.0.0.1:${port}/`, tls_skip_verify };
    watches.declare([watch({ handler_type: 'http', http_handler_config })]);
    await until('it was told', () => lines.length === 1);
    expect(lines).toMatchObject([{ level, fields }]);
  });

  test('that does not answer in time is given up', async () => {
    const server = createServer(() => undefined);
    const port = await listen(server);
    onTestFinished(() => server.closeAllConnections());
    const { watches, lines } = aSource();
    const path = `http://127.0.0.1:${port}/`;
    watches.declare([watch({ handler_type: 'http', http_handler_config: { path, timeout: '50ms' } })]);
    await until('it is given up', () => lines.length === 1);
    expect(lines).toMatchObject([
      { level: 'error', fields: { reason: `no answer from ${path} within 50 ms` } },
    ]);
  });
});
