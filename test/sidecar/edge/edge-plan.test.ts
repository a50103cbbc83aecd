import { expect, test } from 'vitest';
import { planEdge } from '../../../sidecar/edge/edge-plan.ts';

const config = (more: object) => ({
  server: false,
  startJoin: [] as string[],
  retryJoin: [] as string[],
  advertiseAddr: '10.0.0.1',
  bindAddr: '0.0.0.0',
  ports: { dns: 8600, http: 8500, https: -1, server: 8300 },
  ...more,
});
const [here, there, other] = ['http://10.0.0.1:8300', 'http://10.0.0.2:8300', 'http://10.0.0.1:8301'];

test.each<[string, object, boolean, string[]]>([
  ['a server alone', { server: true }, true, []],
  ['a server that is first of its list', { server: true, retryJoin: [here, there] }, true, []],
  ['a server that is not the first', { server: true, retryJoin: [there, here] }, false, [there!, here!]],
  [
    'a server whose list has another port of this host first',
    { server: true, retryJoin: [other] },
    false,
    [other!],
  ],
  ['a server by its bind address', { server: true, bindAddr: '10.0.0.2', retryJoin: [there] }, true, []],
  [
    'a server by its IPv6 address',
    { server: true, advertiseAddr: '2001:db8::1', retryJoin: ['http://[2001:db8::1]:8300'] },
    true,
    [],
  ],
  ['a client', { retryJoin: [there] }, false, [there!]],
  ['a client of its own host', { retryJoin: [here] }, false, [here!]],
  ['-join before -retry-join', { startJoin: [there], retryJoin: [other] }, false, [there!, other!]],
])('%s', (_what, more, run, edges) => {
  expect(planEdge(config(more))).toEqual({ run, edges: edges.map((url) => new URL(url)) });
});

test('a client of nothing is told what to name', () => {
  expect(() => planEdge(config({}))).toThrow(
    'there is no edge to join: name one (-retry-join=https://registry.example.workers.dev or host:8300), or run one here ' +
      '(-server, or -dev to try things out)',
  );
});
