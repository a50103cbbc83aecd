import { describe, expect, test } from 'vitest';
import {
  makeWatchDefinition,
  WatchError,
  type WatchHandler,
  type WatchQuery,
  watchShape,
} from '../../../sidecar/config/watch-definition.ts';
import { readShape } from '../../../src/shared/definition/shape.ts';

const make = (written: object) => makeWatchDefinition(readShape(watchShape, written, 'json').value!);
const args = ['handler'];

describe('what is watched', () => {
  test.each<[object, WatchQuery]>([
    [
      { type: 'key', key: 'a/b' },
      { type: 'key', key: 'a/b' },
    ],
    [
      { type: 'keyprefix', prefix: 'a/' },
      { type: 'keyprefix', prefix: 'a/' },
    ],
    [{ type: 'services' }, { type: 'services' }],
    [{ type: 'nodes' }, { type: 'nodes' }],
    [
      { type: 'service', service: 'web' },
      { type: 'service', service: 'web', tags: [], passingOnly: false },
    ],
    [
      { type: 'service', service: 'web', tag: 'a', passingonly: true },
      { type: 'service', service: 'web', tags: ['a'], passingOnly: true },
    ],
    [
      { type: 'service', service: 'web', tag: ['a', 'b'], passing_only: false },
      { type: 'service', service: 'web', tags: ['a', 'b'], passingOnly: false },
    ],
    [{ type: 'checks' }, { type: 'checks' }],
    [
      { type: 'checks', state: 'critical' },
      { type: 'checks', state: 'critical' },
    ],
    [
      { type: 'checks', service: 'web' },
      { type: 'checks', service: 'web' },
    ],
    [{ type: 'event' }, { type: 'event' }],
    [
      { type: 'event', name: 'deploy' },
      { type: 'event', name: 'deploy' },
    ],
  ])('%j', (written, query) => expect(make({ ...written, args }).query).toEqual(query));
  test('where, as whom and how fresh', () => {
    const defaults = { datacenter: '', token: '', stale: false };
    expect(make({ type: 'nodes', args })).toMatchObject(defaults);
    const given = { datacenter: 'dc2', token: 't', stale: true };
    expect(make({ type: 'nodes', args, ...given })).toMatchObject(given);
  });
});

describe('who is told', () => {
  const url = 'http://127.0.0.1/x';
  test.each<[object, WatchHandler]>([
    [{ args: ['a', 'b'] }, { type: 'args', args: ['a', 'b'] }],
    [{ handler: 'a b' }, { type: 'shell', command: 'a b' }],
    [
      { handler_type: 'script', args: ['a'] },
      { type: 'args', args: ['a'] },
    ],
    [
      { handler_type: 'http', http_handler_config: { path: url } },
      { type: 'http', url, method: 'POST', header: {}, timeoutMs: 10_000, tlsSkipVerify: false },
    ],
    [
      {
        handler_type: 'http',
        http_handler_config: {
          path: url,
          method: 'PUT',
          header: { a: ['b'] },
          timeout: '1s',
          tls_skip_verify: true,
        },
      },
      { type: 'http', url, method: 'PUT', header: { a: ['b'] }, timeoutMs: 1000, tlsSkipVerify: true },
    ],
  ])('%j', (written, handler) => expect(make({ type: 'nodes', ...written }).handler).toEqual(handler));
});

describe('a watch that cannot work is refused', () => {
  test.each([
    [{ args }, 'Watch type must be specified'],
    [{ type: 'bogus', args }, 'Unsupported watch type: bogus'],
    [{ type: 'key', args }, 'Must specify a single key to watch'],
    [{ type: 'keyprefix', args }, 'Must specify a single prefix to watch'],
    [{ type: 'service', args }, 'Must specify a single service to watch'],
    [{ type: 'checks', service: 'a', state: 'b', args }, 'Cannot specify service and state'],
    [{ type: 'key', key: 'a', prefix: 'b', args }, 'Invalid parameters: [prefix]'],
    [{ type: 'nodes', tag: 'b', service: 'a', args }, 'Invalid parameters: [service tag]'],
    [{ type: 'event', passingonly: true, args }, 'Invalid parameters: [passingonly]'],
    [{ type: 'nodes' }, 'Must define a watch handler'],
    [{ type: 'nodes', args: [] }, 'Must define a watch handler'],
    [{ type: 'nodes', args, handler: 'x' }, 'Only one watch handler allowed'],
    [{ type: 'nodes', handler_type: 'x' }, "Handler type 'x' not recognized"],
    [{ type: 'nodes', handler_type: 'http' }, "Requires 'path' to be set"],
    [
      { type: 'nodes', handler_type: 'http', http_handler_config: { path: 'x' } },
      'Watch path is no URL: "x"',
    ],
  ])('%j', (written, message) => {
    expect(() => make(written)).toThrow(WatchError);
    expect(() => make(written)).toThrow(message);
  });
});
