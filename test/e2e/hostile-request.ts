/** Requests nobody should send, made of the endpoints as the OpenAPI document tells of them. */
import fc from 'fast-check';
import { endpoints } from '../../src/openapi/document.ts';
import type { Endpoint, Operation } from '../../src/openapi/endpoint-table.ts';
import { duration, type Fields, type Kind, type Struct } from '../../src/shared/definition/shape.ts';
import { syncPath } from '../../src/shared/protocol/version.ts';
import type { RawRequest } from './http-client.ts';

/** A request, and which endpoint it is for. */
export interface HostileRequest extends RawRequest {
  endpoint: string;
}

/** These never end, are no HTTP, or end who is asked. */
const leftOut = new Set(['/v1/agent/monitor', '/v1/agent/metrics/stream', syncPath, '/v1/agent/leave']);

/** Those that `servedBy` takes. */
export const hostileRequests = (
  served: (by: Endpoint['servedBy']) => boolean,
): fc.Arbitrary<HostileRequest> =>
  fc.oneof(
    ...endpoints
      .filter(({ path, servedBy }) => served(servedBy) && !leftOut.has(path))
      .flatMap(({ path, operations }) =>
        Object.entries(operations).map(([method, operation]) => ({
          // What writes is asked more often.
          weight: operation.body ? 6 : method === 'GET' ? 1 : 3,
          arbitrary: requestOf(path, method, operation),
        })),
      ),
  );

function requestOf(path: string, method: string, operation: Operation): fc.Arbitrary<HostileRequest> {
  const names = path.split(/\{[^}]+\}/).length - 1;
  return fc
    .record({
      rest: fc.array(pathName, { minLength: names, maxLength: names }),
      query: queryOf(operation),
      headers: headersOf,
      body: bodyOf(operation),
      chunked: fc.boolean(),
    })
    .map(({ rest, query, headers, body, chunked }) => {
      const filled = path.replace(/\{[^}]+\}/g, () => rest.shift()!);
      return {
        endpoint: `${method} ${path}`,
        method,
        path: query === '' ? filled : `${filled}?${query}`,
        headers,
        ...(method === 'GET' ? {} : { body, chunked }),
      };
    });
}

/** As they stand in a URL. */
const hostileTexts = [
  '',
  '%00',
  '%ff%fe',
  '%c3%28',
  '%ed%a0%80',
  '..',
  '%2e%2e',
  '%2F',
  '%',
  '%zz',
  '__proto__',
  'constructor',
  '%E2%98%83',
  "';--",
  '%22%3Cb%3E',
  '-1',
  '1e999',
  '18446744073709551616',
  'NaN',
  'true',
  'x'.repeat(300),
  '%F0%9F%92%A9'.repeat(20),
];
const names = ['web', 'n1', 'a', 'a/b', 'service-defaults/web', '3b8f4ad0-0000-4000-8000-000000000000'];
const pathName = fc.oneof(fc.constantFrom(...names), fc.constantFrom(...hostileTexts));
const parameterValue = fc.oneof(
  fc
    .constantFrom('', '0', '1', 'web', 'Node == n1', 'Service.Tags contains a', '1h', 'any')
    .map(encodeURIComponent),
  fc.constantFrom(...hostileTexts),
  fc.string({ unit: 'binary', maxLength: 40 }).map((text) => encodeURIComponent(text.toWellFormed())),
);

/** Nothing waits for long: that is another test's business. */
const queryOf = ({ parameters }: Operation): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(fc.constantFrom(...parameters, 'unknown'), parameterValue), { maxLength: 4 })
    .map((pairs) => pairs.filter(([name]) => name !== 'wait').map(([name, value]) => `${name}=${value}`))
    .map((pairs) => (parameters.includes('wait') ? [...pairs, 'wait=10ms'] : pairs).join('&'));

const headersOf = fc.record(
  {
    'Content-Type': fc.constantFrom(
      'text/html',
      'application/json; charset=utf-16',
      'multipart/form-data',
      ';;;',
    ),
    'X-Rollcall-Node': fc.constantFrom('%', '%00', 'n1', 'x'.repeat(300)),
    'X-Forwarded-For': fc.constantFrom('', '::::', '10.0.0.1, 10.0.0.2', 'x'.repeat(300)),
    'Cache-Control': fc.constantFrom('max-age=x', 'max-age=-1', 'must-revalidate', ','),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Record<string, string>>;

function bodyOf({ body }: Operation): fc.Arbitrary<Uint8Array> {
  const bytes = fc.uint8Array({ maxLength: 600 });
  if (typeof body === 'string' || body === undefined) return fc.oneof(bytes, fc.constant(new Uint8Array(0)));
  const valid = validOf(body, '');
  const replaced = fc
    .tuple(valid, hostileValue, fc.nat())
    .map(([value, other, at]) => JSON.stringify(replace(value, other, at)));
  const text = fc.oneof(
    { weight: 2, arbitrary: valid.map((value) => JSON.stringify(value)) },
    { weight: 4, arbitrary: replaced },
  );
  return fc.oneof(
    { weight: 6, arbitrary: text.map(utf8) },
    {
      weight: 6,
      arbitrary: fc.tuple(text, hostileEdit, fc.nat()).map(([whole, edit, at]) => edit(utf8(whole), at)),
    },
    { weight: 1, arbitrary: bytes },
    { weight: 1, arbitrary: fc.constantFrom(...monsters) },
  );
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What Consul's API says in these places, so that a request reaches the rules behind them. */
const words: Record<string, string[]> = {
  Address: ['10.0.0.1', 'db.example', '0.0.0.0'],
  Behavior: ['', 'release', 'delete'],
  HTTP: ['http://127.0.0.1:1/'],
  ID: ['', 'web1', '3b8f4ad0-0000-4000-8000-000000000000'],
  Key: ['a', 'a/b', ''],
  Kind: ['', 'service-defaults', 'mesh', 'connect-proxy'],
  Node: ['n1', 'n2', ''],
  Status: ['passing', 'critical', ''],
  Type: ['', 'name_prefix_match'],
  Value: ['', 'YQ==', 'YQ'],
  Verb: ['set', 'cas', 'get', 'get-tree', 'delete', 'delete-tree', 'delete-cas', 'lock', 'check-session'],
};
/** Without these most bodies would end at the first rule. */
const needed = ['Node', 'Address', 'Name', 'Service', 'Verb', 'Key', 'Coord'];

function validOf(kind: Kind<unknown>, field: string): fc.Arbitrary<unknown> {
  if (kind === (duration as Kind<unknown>)) return fc.constantFrom('1h', '24h', 3.6e12, 0);
  if (isStruct(kind)) return structOf(kind);
  if (kind.items) return fc.array(validOf(kind.items, field), { maxLength: 3 });
  if (kind.values)
    return fc.dictionary(fc.constantFrom('a', 'B', 'a b', '__proto__'), validOf(kind.values, field), {
      maxKeys: 3,
    });
  if (kind.goType === 'bool') return fc.boolean();
  if (/^u?int|^float/.test(kind.goType)) return fc.constantFrom(0, 1, 80, 65_535);
  if (/interface/.test(kind.goType)) return fc.jsonValue({ maxDepth: 2 });
  return fc.constantFrom(...(words[field] ?? ['web', 'a', '']));
}

const isStruct = (kind: Kind<unknown>): kind is Struct<Fields> => 'fields' in kind;

function structOf({ fields }: Struct<Fields>): fc.Arbitrary<unknown> {
  const all = Object.keys(fields);
  const chosen = fc.tuple(
    fc.subarray(
      all.filter((field) => needed.includes(field)),
      { minLength: 0 },
    ),
    fc.subarray(all, { maxLength: Math.min(3, all.length) }),
  );
  return chosen.chain(([some, more]) =>
    fc.record(Object.fromEntries([...some, ...more].map((field) => [field, validOf(fields[field]!, field)]))),
  );
}

const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    1.5,
    1e308,
    2 ** 53,
    '',
    '\0',
    '\ud800',
    '__proto__',
    '0s',
    '-5s',
    '9e9h',
  ),
  fc.constantFrom<unknown>([], {}, [null], [[]], { a: { b: {} } }, 'x'.repeat(5_000)),
  fc.constant(nested(200)),
  fc.constant(Array.from({ length: 10_000 }, (_, i) => i)),
  fc.jsonValue({ maxDepth: 3 }),
);

function nested(depth: number): unknown {
  let value: unknown = 0;
  for (let i = 0; i < depth; i += 1) value = [value];
  return value;
}

/** The value with its `at`th place (of all of them, again and again) replaced. */
function replace(value: unknown, other: unknown, at: number): unknown {
  const places: [object, string][] = [];
  const find = (inner: unknown) => {
    if (typeof inner !== 'object' || inner === null) return;
    for (const [key, member] of Object.entries(inner)) {
      places.push([inner, key]);
      find(member);
    }
  };
  const copy = structuredClone(value);
  find(copy);
  const place = places[at % (places.length + 1)];
  if (!place) return other;
  Object.defineProperty(place[0], place[1], { value: other, enumerable: true });
  return copy;
}

type Edit = (body: Uint8Array, at: number) => Uint8Array;

const inserted =
  (what: Uint8Array): Edit =>
  (body, at) => {
    const place = at % (body.length + 1);
    return Buffer.concat([body.subarray(0, place), what, body.subarray(place)]);
  };
/** In front of the members of the outermost object. */
const withMember =
  (member: string): Edit =>
  (body) =>
    Buffer.from(Buffer.from(body).toString().replace('{', `{${member},`));

const hostileEdit: fc.Arbitrary<Edit> = fc.oneof(
  fc.constant<Edit>((body, at) => body.subarray(0, at % (body.length + 1))),
  fc
    .constantFrom('\0', '\\ud800', '\\u0000', '"', ',', '}', '[', '-', '1e400', '00', '9'.repeat(400))
    .map((text) => inserted(utf8(text))),
  fc
    .constantFrom([0xff, 0xfe], [0xed, 0xa0, 0x80], [0xc3], [0xef, 0xbb, 0xbf])
    .map((bytes) => inserted(Uint8Array.from(bytes))),
  fc
    .constantFrom(
      '"__proto__":{"Node":"n1"}',
      '"constructor":1',
      '"Node":1',
      '"node":"N2"',
      '"Name":null',
      '"":""',
    )
    .map(withMember),
  fc.constant<Edit>((body) => Buffer.concat([body, utf8('trailing')])),
);

const monsters = [
  '['.repeat(100_000),
  '{"a":'.repeat(50_000),
  `[${'0,'.repeat(250_000)}0]`,
  `[${'{},'.repeat(170_000)}{}]`,
  `"${'\\ud83d'.repeat(80_000)}"`,
  `{"Node":"${'x'.repeat(500_000)}"}`,
].map(utf8);
