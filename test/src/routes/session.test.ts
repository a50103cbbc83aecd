/** /v1/session over HTTP at the edge: what a session may be, and Consul's words for what it may not. */
import { describe, expect, it } from 'vitest';
import { sessionChecksMax } from '../../../src/shared/limits.ts';
import { EdgeHttp, type Exchange, type HttpCase, runCase } from '../edge-http.ts';

const unknown = 'd0a1e2f3-0000-4000-8000-000000000000';
const notUuid = 'failed session lookup: index error: UUID must be 36 characters';

const node: Exchange = [
  'PUT /v1/catalog/register',
  {
    Node: 'n1',
    Address: '10.0.0.1',
    Checks: Array.from({ length: sessionChecksMax + 1 }, (_, i) => ({
      CheckID: `c${i}`,
      Name: 'c',
      Status: 'passing',
    })),
  },
  200,
  'true',
];
const checks = (count: number) => Array.from({ length: count }, (_, i) => `c${i}`);
const created = /^\{"ID":"[0-9a-f-]{36}"\}$/;
const create = (body: object, status: number, answer: unknown): Exchange => [
  'PUT /v1/session/create',
  { Node: 'n1', NodeChecks: [], ...body },
  status,
  answer,
];
const decodeFailed = (why: string) => `Request decode failed: ${why}`;
const mistyped = (found: string, field: string, type: string) =>
  decodeFailed(`json: cannot unmarshal ${found} into Go struct field ${field} of type ${type}`);
const ttlRange = (nanoseconds: string) =>
  `Invalid Session TTL '${nanoseconds}', must be between [10s=24h0m0s]`;

const cases: HttpCase[] = [
  {
    law: 'a session is shown with what it did not say',
    exchanges: [
      node,
      create({}, 200, created),
      [
        'GET /v1/session/list',
        undefined,
        200,
        /^\[\{"ID":"[0-9a-f-]{36}","Name":"","Node":"n1","LockDelay":15000000000,"Behavior":"release","TTL":"","NodeChecks":\[\],"ServiceChecks":null,"CreateIndex":3,"ModifyIndex":3\}\]$/,
      ],
    ],
  },
  {
    law: 'a time to live is between ten seconds and a day',
    exchanges: [
      node,
      create({ TTL: '10s' }, 200, created),
      create({ TTL: '24h' }, 200, created),
      create({ TTL: '' }, 200, created),
      create({ TTL: '9999ms' }, 500, ttlRange('9999000000')),
      create({ TTL: '86400001ms' }, 500, ttlRange('86400001000000')),
      create({ TTL: '-10s' }, 500, ttlRange('-10000000000')),
      create({ TTL: 'abc' }, 500, `Session TTL 'abc' invalid: time: invalid duration "abc"`),
      create({ TTL: 10 }, 400, mistyped('number', '.TTL', 'string')),
    ],
  },
  {
    law: 'a lock-delay is a duration, a small number of seconds or a large one of nanoseconds',
    exchanges: [
      node,
      create({ LockDelay: '90s' }, 200, created),
      ['GET /v1/session/list', undefined, 200, [{ LockDelay: 90e9 }]],
      create({ LockDelay: 'abc' }, 400, decodeFailed('time: invalid duration "abc"')),
    ],
  },
  ...[
    { LockDelay: 20, nanoseconds: 20e9 },
    { LockDelay: 3e9, nanoseconds: 3e9 },
    { LockDelay: 0, nanoseconds: 0 },
    { LockDelay: true, nanoseconds: 0 },
    { LockDelay: 1e300, nanoseconds: 0 },
    { LockDelay: -1e300, nanoseconds: 0 },
  ].map(({ LockDelay, nanoseconds }) => ({
    law: `a lock-delay of ${LockDelay} is ${nanoseconds}`,
    exchanges: [
      node,
      create({ LockDelay }, 200, created),
      ['GET /v1/session/list', undefined, 200, [{ LockDelay: nanoseconds }]] satisfies Exchange,
    ],
  })),
  {
    law: 'there are two behaviors',
    exchanges: [
      node,
      create({ Behavior: 'delete' }, 200, created),
      create({ Behavior: 'release' }, 200, created),
      create({ Behavior: 'bogus' }, 500, "Invalid Behavior setting 'bogus'"),
    ],
  },
  {
    law: 'keys are found in any letter case, and others are ignored',
    exchanges: [
      node,
      create({ bEHAVIOR: 'delete', nAME: 'me', Bogus: 1 }, 200, created),
      ['GET /v1/session/list', undefined, 200, [{ Behavior: 'delete', Name: 'me' }]],
    ],
  },
  {
    law: 'a session needs a node and healthy checks',
    exchanges: [
      ['PUT /v1/session/create', undefined, 500, 'Must provide Node'],
      create({ Node: 'n9' }, 500, 'Missing node registration'),
      node,
      ['PUT /v1/session/create', { Node: 'n1' }, 500, "Missing check 'serfHealth' registration"],
      create({ NodeChecks: ['nope'] }, 500, "Missing check 'nope' registration"),
      create({ ServiceChecks: [{ ID: 'nope' }] }, 500, "Missing check 'nope' registration"),
      [
        'PUT /v1/catalog/register',
        {
          Node: 'n1',
          Address: '10.0.0.1',
          Service: { Service: 's2' },
          Check: { CheckID: 'service:s2', Name: 'c', ServiceID: 's2', Status: 'critical' },
        },
        200,
        'true',
      ],
      create({ NodeChecks: ['service:s2'] }, 500, "Check 'service:s2' is in critical state"),
      ['GET /v1/session/list', undefined, 200, '[]'],
    ],
  },
  {
    law: 'a session names so many checks and no more',
    exchanges: [
      node,
      create({ NodeChecks: checks(sessionChecksMax) }, 200, created),
      create(
        { NodeChecks: checks(sessionChecksMax + 1) },
        400,
        `the session names ${sessionChecksMax + 1} checks, the limit is ${sessionChecksMax}`,
      ),
    ],
  },
  {
    law: 'a body that is none is refused',
    exchanges: [
      ['PUT /v1/session/create', '{', 400, decodeFailed('unexpected EOF')],
      [
        'PUT /v1/session/create',
        '[]',
        400,
        decodeFailed(
          'json: cannot unmarshal array into Go value of type struct { LockDelay interface {}; *structs.Alias }',
        ),
      ],
      create({ NodeChecks: 'x' }, 400, mistyped('string', '.NodeChecks', '[]string')),
      create({ NodeChecks: [1] }, 400, mistyped('number', '.NodeChecks', 'string')),
      create({ ServiceChecks: [1] }, 400, mistyped('number', '.ServiceChecks', 'structs.ServiceCheck')),
      create({ Name: 'x'.repeat(524_288) }, 413, /too large, max size: 524288 bytes\.$/),
    ],
  },
  {
    law: 'who asks for one session names it',
    exchanges: [
      ['PUT /v1/session/destroy/', undefined, 400, 'Missing session'],
      ['PUT /v1/session/destroy/x', undefined, 500, notUuid],
      [
        `PUT /v1/session/destroy/${unknown.slice(1)}z`,
        undefined,
        500,
        "failed session lookup: index error: Invalid UUID: encoding/hex: invalid byte: U+007A 'z'",
      ],
      [`PUT /v1/session/destroy/${unknown}`, undefined, 200, 'true'],
      ['PUT /v1/session/renew/', undefined, 400, 'Missing session'],
      [`PUT /v1/session/renew/${unknown}`, undefined, 404, `Session id '${unknown}' not found`],
      ['GET /v1/session/info/', undefined, 400, 'Missing session'],
      ['GET /v1/session/info/x', undefined, 500, notUuid],
      [`GET /v1/session/info/${unknown}`, undefined, 200, '[]'],
      ['GET /v1/session/node/', undefined, 400, 'Missing node name'],
      ['GET /v1/session/node/n9', undefined, 200, '[]'],
    ],
  },
  {
    law: 'other methods are refused',
    exchanges: [
      ['GET /v1/session/create', undefined, 405, 'method GET not allowed'],
      ['DELETE /v1/session/destroy/x', undefined, 405, 'method DELETE not allowed'],
      ['PUT /v1/session/list', undefined, 405, 'method PUT not allowed'],
    ],
  },
];

describe('/v1/session', () => {
  it.each(cases)('$law', runCase);

  it('gives the same session by its ID, by its node and when it is renewed', async () => {
    const edge = await EdgeHttp.of('one session');
    await edge.register('n1');
    const id = await edge.session('n1', { TTL: '10s', Name: 'me' });
    const listed = await edge.ask('GET /v1/session/list');
    const other = ['GET /v1/session/node/N1', `GET /v1/session/info/${id}`, `PUT /v1/session/renew/${id}`];
    for (const request of other) expect((await edge.ask(request)).body, request).toBe(listed.body);
    await edge.exchange([`PUT /v1/session/destroy/${id}`, undefined, 200, 'true']);
    await edge.exchange(['GET /v1/session/list', undefined, 200, '[]']);
  });
});
