/** What a request may hold at most. */
import * as limits from '../../src/shared/limits.ts';
import { get, type LimitRow, name, pairs, put, tags } from './limit-row.ts';

const { registrationBytesMax, kvValueBytesMax, txnBytesMax } = limits;
const bodyText = (max: number) => `Request body(${max + 1} bytes) too large, max size: ${max} bytes.`;
const nameText = (what: string) => `${what} is too long: 1025 characters (limit: 1024)`;
const tagsText = 'Too many tags: 513 (limit: 512)';

/** A body of so many bytes that is otherwise right: what follows the first value is ignored. */
const padded = (body: object, bytes: number) => JSON.stringify(body).padEnd(bytes, ' ');

const node = { Node: 'limits', Address: '10.0.0.1' };
const register = '/v1/catalog/register';
let made = 0;
/** Each of a name of its own, as they must be. */
const query = (Service: object = {}, Name = `limits-${made++}`) => ({
  Name,
  Service: { Service: 'web', ...Service },
});
const coordinate = {
  Node: 'limits',
  Coord: { Vec: Array(8).fill(0), Error: 1, Adjustment: 0, Height: 0 },
};

const body = (of: LimitRow['of'], method: string, path: string, written: () => object): LimitRow[] =>
  [false, true].map((chunked) => ({
    limit: 'registrationBytesMax',
    what: `${method} ${path}${chunked ? ' in chunks' : ''}`,
    of,
    request: (size) => ({ method, path, body: padded(written(), size), chunked }),
    status: 413,
    text: bodyText(registrationBytesMax),
  }));

const bodies: LimitRow[] = [
  ...body('edge', 'PUT', register, () => node),
  ...body('edge', 'PUT', '/v1/catalog/deregister', () => ({ Node: 'nobody' })),
  ...body('edge', 'PUT', '/v1/session/create', () => ({ Node: 'limits', NodeChecks: [] })),
  ...body('edge', 'POST', '/v1/query', query),
  ...body('edge', 'PUT', '/v1/config', () => ({ Kind: 'service-defaults', Name: 'web' })),
  ...body('edge', 'PUT', '/v1/coordinate/update', () => coordinate),
  ...body('edge', 'PUT', '/v1/operator/autopilot/configuration', () => ({})),
  ...body('agent', 'PUT', '/v1/agent/service/register', () => ({ Name: 'web' })),
  ...body('agent', 'PUT', '/v1/agent/check/register', () => ({ Name: 'alive', TTL: '1h' })),
  ...body('agent', 'PUT', '/v1/agent/check/update/alive', () => ({ Status: 'passing' })),
];

const keys: LimitRow[] = [
  ...[false, true].map((chunked) => ({
    limit: 'kvValueBytesMax' as const,
    what: `a value${chunked ? ' in chunks' : ''}`,
    of: 'edge' as const,
    request: (size: number) => put('/v1/kv/value', name(size), { chunked }),
    status: 413,
    text:
      `${bodyText(kvValueBytesMax)} ` +
      'See https://www.consul.io/docs/agent/options.html#kv_max_value_size.',
  })),
  {
    limit: 'kvKeyBytesMax',
    what: 'a key in the path',
    of: 'edge',
    request: (size) => put(`/v1/kv/${name(size)}`, 'value'),
    status: 400,
    text: 'the key has 4097 bytes, the limit is 4096 bytes',
  },
  {
    limit: 'kvKeyBytesMax',
    what: 'a key in a transaction',
    of: 'edge',
    request: (size) => put('/v1/txn', [{ KV: { Verb: 'set', Key: name(size) } }]),
    status: 400,
    text: 'the key has 4097 bytes, the limit is 4096 bytes',
  },
  {
    limit: 'kvTtlMsMin',
    what: 'a short TTL of a key',
    of: 'edge',
    least: true,
    request: (ms) => put(`/v1/kv/short?ttl=${ms}ms`, 'value'),
    status: 400,
    text: 'Invalid ttl "999ms", must be between 1s and 24h0m0s',
  },
  {
    limit: 'kvTtlMsMax',
    what: 'a long TTL of a key',
    of: 'edge',
    request: (ms) => put(`/v1/kv/long?ttl=${ms}ms`, 'value'),
    status: 400,
    text: 'Invalid ttl "86400001ms", must be between 1s and 24h0m0s',
  },
  {
    limit: 'txnOpsMax',
    what: 'operations of a transaction',
    of: 'edge',
    request: (count) =>
      put(
        '/v1/txn',
        tags(count).map((Key) => ({ KV: { Verb: 'set', Key } })),
      ),
    status: 413,
    text: 'Transaction contains too many operations (65 > 64)',
  },
  ...[false, true].map((chunked) => ({
    limit: 'txnBytesMax' as const,
    what: `a transaction${chunked ? ' in chunks' : ''}`,
    of: 'edge' as const,
    request: (size: number) => put('/v1/txn', padded([{ KV: { Verb: 'set', Key: 'k' } }], size), { chunked }),
    status: 413,
    text: `${bodyText(txnBytesMax)} See https://www.consul.io/docs/agent/options.html#txn_max_req_len.`,
  })),
];

const named = (what: string, path: string, bodyOf: (text: string) => object, method = 'PUT'): LimitRow => ({
  limit: 'nameCharsMax',
  what,
  of: path.startsWith('/v1/agent') ? 'agent' : 'edge',
  request: (size) => ({ ...put(path, bodyOf(name(size))), method }),
  status: 400,
  text: nameText(what),
});

const names: LimitRow[] = [
  named('Node name', register, (Node) => ({ ...node, Node })),
  named('Service name', register, (Service) => ({ ...node, Service: { Service } })),
  named('Service ID', register, (ID) => ({ ...node, Service: { Service: 'web', ID } })),
  named('Node address', register, (Address) => ({ ...node, Address })),
  named('Service address', register, (Address) => ({ ...node, Service: { Service: 'web', Address } })),
  named('Check name', register, (Name) => ({ ...node, Check: { Name } })),
  named('Check ID', register, (CheckID) => ({ ...node, Check: { Name: 'c', CheckID } })),
  named('Session name', '/v1/session/create', (Name) => ({ Node: 'limits', NodeChecks: [], Name })),
  named('Name', '/v1/config', (Name) => ({ Kind: 'service-defaults', Name })),
  named('Segment name', '/v1/coordinate/update', (Segment) => ({ ...coordinate, Segment })),
  ...(
    [
      ['Query name', (Name) => query({}, Name.slice(String(made).length) + made++)],
      ['Service name', (Service) => query({ Service })],
      ['Near', (Near) => query({ Near })],
    ] as [string, (text: string) => object][]
  ).map(([what, bodyOf]) => ({
    ...named(what, '/v1/query', bodyOf, 'POST'),
    status: 500,
    text: `Invalid prepared query: ${nameText(what)}`,
  })),
  named('Service name', '/v1/agent/service/register', (Name) => ({ Name })),
  named('Service ID', '/v1/agent/service/register', (ID) => ({ Name: 'web', ID })),
  named('Service address', '/v1/agent/service/register', (Address) => ({ Name: 'web', Address })),
  ...(
    [
      ['Check name', (Name) => ({ ID: 'c', Name, TTL: '1h' })],
      ['Check ID', (ID) => ({ Name: 'c', ID, TTL: '1h' })],
    ] as [string, (text: string) => object][]
  ).map(([what, bodyOf]) => ({
    ...named(what, '/v1/agent/check/register', bodyOf),
    text: `Invalid check: ${nameText(what)}`,
  })),
];

const registration = (limit: LimitRow['limit'], rest: (size: number) => object, text: string): LimitRow => ({
  limit,
  what: 'a service of this host',
  of: 'agent',
  request: (size) => put('/v1/agent/service/register', { Name: 'web', ...rest(size) }),
  status: 400,
  text,
});

const registrations: LimitRow[] = [
  registration('tagsMax', (count) => ({ Tags: tags(count) }), tagsText),
  {
    limit: 'tagsMax',
    what: 'a service of the catalog',
    of: 'edge',
    request: (count) => put(register, { ...node, Service: { Service: 'web', Tags: tags(count) } }),
    status: 400,
    text: tagsText,
  },
  {
    limit: 'tagsMax',
    what: 'a prepared query',
    of: 'edge',
    request: (count) => ({
      ...put('/v1/query', query({ Tags: tags(count) })),
      method: 'POST',
    }),
    status: 500,
    text: `Invalid prepared query: ${tagsText}`,
  },
  registration(
    'metaPairsMax',
    (count) => ({ Meta: pairs(count) }),
    'Invalid Service Meta: Node metadata cannot contain more than 64 key/value pairs',
  ),
  registration(
    'metaKeyCharsMax',
    (chars) => ({ Meta: { [name(chars)]: 'v' } }),
    `Invalid Service Meta: Couldn't load metadata pair ('${name(129)}', 'v'): Key is too long (limit: 128 characters)`,
  ),
  registration(
    'metaValueCharsMax',
    (chars) => ({ Meta: { k: name(chars) } }),
    `Invalid Service Meta: Couldn't load metadata pair ('k', '${name(513)}'): Value is too long (limit: 512 characters)`,
  ),
  {
    limit: 'jsonDepthMax',
    what: 'a body',
    of: 'edge',
    // The body itself is one more.
    fits: limits.jsonDepthMax - 1,
    request: (depth) => put('/v1/config', `{"Kind":"mesh","Deep":${'['.repeat(depth)}${']'.repeat(depth)}}`),
    status: 400,
    text: "Request decoding failed: invalid character '[' exceeded max depth of 128",
  },
];

const sessions: LimitRow[] = [
  {
    limit: 'sessionChecksMax',
    what: 'a session',
    of: 'edge',
    request: (count) =>
      put('/v1/session/create', { Node: 'limits', NodeChecks: Array(count).fill('limit-check') }),
    status: 400,
    text: 'the session names 65 checks, the limit is 64',
  },
  {
    limit: 'sessionTtlMsMin',
    what: 'a session',
    of: 'edge',
    least: true,
    request: (ms) => put('/v1/session/create', { Node: 'limits', NodeChecks: [], TTL: `${ms}ms` }),
    status: 500,
    text: "Invalid Session TTL '9999000000', must be between [10s=24h0m0s]",
  },
  {
    limit: 'sessionTtlMsMax',
    what: 'a session',
    of: 'edge',
    request: (ms) => put('/v1/session/create', { Node: 'limits', NodeChecks: [], TTL: `${ms}ms` }),
    status: 500,
    text: "Invalid Session TTL '86400001000000', must be between [10s=24h0m0s]",
  },
];

const events: LimitRow[] = [
  {
    limit: 'eventBytesMax',
    what: 'the payload of an event',
    of: 'edge',
    // Its name goes twice.
    fits: limits.eventBytesMax - 2,
    request: (bytes) => put('/v1/event/fire/e', name(bytes)),
    status: 500,
    text: 'encoded user event exceeds configured limit of 512 bytes after encoding',
  },
  {
    limit: 'eventBytesMax',
    what: 'the name of an event',
    of: 'edge',
    fits: limits.eventBytesMax / 2,
    request: (bytes) => put(`/v1/event/fire/${name(bytes)}`),
    status: 500,
    text: 'encoded user event exceeds configured limit of 512 bytes after encoding',
  },
];

const nested = (depth: number) => encodeURIComponent(`${'('.repeat(depth)}Node == a${')'.repeat(depth)}`);
const filtered = (filter: string) => get(`/v1/catalog/nodes?filter=${filter}`);

const reads: LimitRow[] = [
  {
    limit: 'filterCharsMax',
    what: 'a filter',
    of: 'edge',
    request: (chars) => filtered(`Node==${name(chars - 'Node=='.length)}`),
    status: 400,
    text: 'Failed to create boolean expression evaluator: Expression of 16385 characters exceeds the limit of 16384',
  },
  {
    limit: 'filterDepthMax',
    what: 'a filter',
    of: 'edge',
    request: (depth) => filtered(nested(depth)),
    status: 400,
    text: 'Failed to create boolean expression evaluator: Expression nested deeper than the limit of 100',
  },
  {
    limit: 'urlCharsMax',
    what: 'a URL',
    of: 'edge',
    request: (chars) => {
      // A sidecar adds what it has to say of itself.
      const path = '/v1/status/leader?dc=dc1&x=';
      return get(path.padEnd(chars, 'x'));
    },
    status: 414,
    text: 'the URL has 60001 characters, the limit is 60000',
  },
  {
    limit: 'urlCharsMax',
    what: 'a URL',
    of: 'agent',
    request: (chars) => get('/v1/agent/services?x='.padEnd(chars, 'x')),
    status: 414,
    text: 'the URL has 60001 characters, the limit is 60000',
  },
  {
    limit: 'forwardedBytesMax',
    what: 'a body that is too long for any endpoint',
    of: 'sidecar',
    request: (bytes) => put('/v1/event/fire/value', name(bytes), { chunked: true }),
    status: 413,
    text: bodyText(limits.forwardedBytesMax),
    fitStatus: 500,
  },
  {
    limit: 'dnsMessageBytesMax',
    what: 'a DNS message',
    of: 'edge',
    request: (bytes) => ({
      method: 'POST',
      path: '/dns-query',
      body: name(bytes),
      headers: { 'Content-Type': 'application/dns-message' },
    }),
    status: 413,
    text: 'the message has 4097 bytes, the limit is 4096',
  },
];

export const limitRows: LimitRow[] = [
  ...bodies,
  ...keys,
  ...names,
  ...registrations,
  ...sessions,
  ...events,
  ...reads,
];
