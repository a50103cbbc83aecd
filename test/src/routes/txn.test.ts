/** /v1/txn over HTTP at the edge: all or nothing, and which operations failed and why. */
import { describe, expect, it } from 'vitest';
import { kvKeyBytesMax, txnBytesMax, txnOpsMax } from '../../../src/shared/limits.ts';
import { EdgeHttp, type Exchange, type HttpCase, runCase } from '../edge-http.ts';

const noSession = 'd0a1e2f3-0000-4000-8000-000000000000';
const uint64Max = '18446744073709551615';
const kv = (Verb: string, Key: string, rest: object = {}) => ({ KV: { Verb, Key, ...rest } });
const set = (key: string, value = 'x') => kv('set', key, { Value: btoa(value) });
const txn = (ops: unknown, status: number, answer: unknown): Exchange => [
  'PUT /v1/txn',
  JSON.stringify(ops),
  status,
  answer,
];
const fails = (ops: unknown[], ...What: string[]): Exchange =>
  txn(ops, 409, { Results: null, Errors: What.map((what) => ({ What: what })) });
const mistyped = (found: string, what: string) =>
  unreadable(`json: cannot unmarshal ${found} into Go ${what}`);
const badFlags = (found: string) =>
  unreadable(`json: cannot unmarshal ${found} into Go struct field KVTxnOp.KV.Flags of type uint64`);
const unreadable = (why: string) => `Failed to parse body: ${why}`;

const cases: HttpCase[] = [
  {
    law: 'a txn is one index, and what it wrote is told without the values',
    exchanges: [
      txn(
        [set('a'), set('b')],
        200,
        '{"Results":[{"KV":{"LockIndex":0,"Key":"a","Flags":0,"Value":null,"CreateIndex":2,"ModifyIndex":2}},' +
          '{"KV":{"LockIndex":0,"Key":"b","Flags":0,"Value":null,"CreateIndex":2,"ModifyIndex":2}}],"Errors":null}',
      ),
      txn([kv('get', 'a')], 200, { Results: [{ KV: { Value: 'eA==' } }], Errors: null, KnownLeader: true }),
    ],
  },
  {
    law: 'every operation that fails is named, and nothing is done',
    exchanges: [
      ['PUT /v1/kv/there', 'x', 200, 'true'],
      txn(
        [set('a'), kv('get', 'nope'), set('b'), kv('check-not-exists', 'there')],
        409,
        '{"Results":null,"Errors":[{"OpIndex":1,"What":"key \\"nope\\" doesn\'t exist"},' +
          '{"OpIndex":3,"What":"key \\"there\\" exists"}]}',
      ),
      ['GET /v1/kv/?keys', undefined, 200, '["there"]'],
      ['PUT /v1/kv/next', 'x', 200, 'true'],
      ['GET /v1/kv/next', undefined, 200, [{ ModifyIndex: 3 }]],
    ],
  },
  {
    law: 'each verb has its fault',
    exchanges: [
      ['PUT /v1/kv/k', 'x', 200, 'true'],
      fails([kv('cas', 'k', { Index: 9 })], 'failed to set key "k", index is stale'),
      fails([kv('delete-cas', 'k', { Index: 9 })], 'failed to delete key "k", index is stale'),
      fails(
        [kv('check-index', 'k', { Index: 9 })],
        'failed index check for key "k", current modify index 2 != 9',
      ),
      fails([kv('check-index', 'nope', { Index: 9 })], `failed to check index, key "nope" doesn't exist`),
      fails(
        [kv('check-session', 'k', { Session: noSession })],
        `failed session check for key "k", current session "" != "${noSession}"`,
      ),
      fails(
        [kv('check-session', 'nope', { Session: noSession })],
        `failed to check session, key "nope" doesn't exist`,
      ),
      fails([kv('lock', 'k', { Session: noSession })], `invalid session "${noSession}"`),
      fails([kv('lock', 'k')], 'missing session'),
      fails(
        [kv('unlock', 'k', { Session: noSession })],
        `failed to unlock key "k", lock isn't held, or is held by another session`,
      ),
      fails([kv('bogus', 'k')], 'unknown KV verb "bogus"'),
      fails([set('')], 'Must provide key'),
      fails([{ Session: { Verb: 'bogus', Session: { ID: noSession } } }], 'unknown Session verb "bogus"'),
      fails([kv('delete-tree', ''), kv('get-tree', '')], 'Must provide key'),
      fails([{ Node: { Verb: 'set', Node: { Node: '' } } }], 'Must provide node'),
      fails(
        [{ Service: { Verb: 'set', Node: 'n9', Service: { Service: 'web' } } }],
        'Missing node registration',
      ),
      fails([{ Check: { Verb: 'set', Check: { Node: 'n9', CheckID: 'c' } } }], 'Missing node registration'),
      fails(
        [{ Service: { Verb: 'get', Node: 'n9', Service: { ID: 'web' } } }],
        `service "web" on node "n9" doesn't exist`,
      ),
      fails(
        [{ Check: { Verb: 'bogus', Check: { Node: 'n9', CheckID: 'c' } } }],
        'unknown Check verb "bogus"',
      ),
      fails([{ Node: { Verb: 'get', Node: { Node: 'n9' } } }], `node "n9" doesn't exist`),
    ],
  },
  {
    law: 'reads inside see what was written before them',
    exchanges: [
      txn([set('a', '1'), kv('get', 'a'), kv('delete', 'a'), kv('check-not-exists', 'a')], 200, {
        Results: [{ KV: { Value: null } }, { KV: { Value: btoa('1') } }],
      }),
      ['GET /v1/kv/a', undefined, 404, ''],
    ],
  },
  {
    law: 'reads of nothing are no faults where Consul says so',
    exchanges: [
      txn([kv('get-tree', 'none')], 200, { Results: [], Errors: null }),
      txn([kv('delete-cas', 'none'), kv('delete-tree', 'none'), kv('delete', 'none')], 200, { Errors: null }),
      txn([kv('get-or-empty', 'none')], 200, {
        Results: [{ KV: { Key: 'none', Value: null, ModifyIndex: 0 } }],
      }),
      txn([], 200, { Results: [], Errors: null }),
      txn([{}], 200, { Results: [], Errors: null }),
    ],
  },
  {
    law: 'an operation of two kinds runs its KV part',
    exchanges: [
      txn([{ ...set('a'), Node: { Verb: 'get', Node: { Node: 'n9' } } }], 200, {
        Results: [{ KV: { Key: 'a' } }],
      }),
    ],
  },
  {
    law: 'flags hold 64 bits and no more',
    exchanges: [
      [
        'PUT /v1/txn',
        `[{"KV":{"Verb":"set","Key":"a","Flags":${uint64Max}}}]`,
        200,
        new RegExp(`"Flags":${uint64Max}`),
      ],
      [
        'PUT /v1/txn',
        '[{"KV":{"Verb":"set","Key":"a","Flags":18446744073709551616}}]',
        400,
        badFlags('number 18446744073709551616'),
      ],
      [
        'PUT /v1/txn',
        '[{"KV":{"Verb":"set","Key":"a","Flags":1111111111111111111111}}]',
        400,
        badFlags('number 1111111111111111111111'),
      ],
      [
        'PUT /v1/txn',
        '[{"KV":{"Verb":"set","Key":"a","Flags":1234567890123456.5}}]',
        400,
        badFlags('number 1234567890123456.5'),
      ],
      [
        'PUT /v1/txn',
        '[{"KV":{"Verb":"set","Key":"a","Flags":1234567890123456e9}}]',
        400,
        /^Failed to parse body: /,
      ],
      ['PUT /v1/txn', '[{"KV":{"Verb":"set","Key":"a","Flags":-1}}]', 400, badFlags('number -1')],
    ],
  },
  {
    law: 'a txn has so many operations and no more',
    exchanges: [
      txn(
        Array.from({ length: txnOpsMax }, (_, i) => set(`k${i}`)),
        200,
        { Errors: null },
      ),
      txn(
        Array.from({ length: txnOpsMax + 1 }, (_, i) => set(`k${i}`)),
        413,
        'Transaction contains too many operations (65 > 64)',
      ),
    ],
  },
  {
    law: 'a txn has its largest size',
    exchanges: [
      ['PUT /v1/txn', `[]${' '.repeat(txnBytesMax - 2)}`, 200, { Errors: null }],
      [
        'PUT /v1/txn',
        `[]${' '.repeat(txnBytesMax - 1)}`,
        413,
        /^Request body\(524289 bytes\) too large, max size: 524288 bytes/,
      ],
    ],
  },
  {
    law: 'a key has its largest size here too',
    exchanges: [
      txn([set('k'.repeat(kvKeyBytesMax))], 200, { Errors: null }),
      txn([set('k'.repeat(kvKeyBytesMax + 1))], 400, 'the key has 4097 bytes, the limit is 4096 bytes'),
    ],
  },
  {
    law: 'a time to live has its bounds here too',
    exchanges: [
      txn([kv('set', 'a', { TTL: '24h' })], 200, { Results: [{ KV: { TTL: '24h0m0s' } }] }),
      txn([kv('set', 'a', { TTL: '999ms' })], 400, 'Invalid ttl "999ms", must be between 1s and 24h0m0s'),
    ],
  },
  {
    law: 'a body that cannot be read is refused',
    exchanges: [
      txn([kv('set', 'a', { Value: '!' })], 400, unreadable('illegal base64 data at input byte 0')),
      ['PUT /v1/txn', '', 400, unreadable('EOF')],
      ['PUT /v1/txn', '[', 400, unreadable('unexpected EOF')],
      ['PUT /v1/txn', '{}', 400, mistyped('object', 'value of type api.TxnOps')],
      ['PUT /v1/txn', '[1]', 400, mistyped('number', 'value of type api.TxnOp')],
      ['PUT /v1/txn', '[{"KV":1}]', 400, mistyped('number', 'struct field TxnOp.KV of type api.KVTxnOp')],
      txn(
        [kv('set', 'a', { Value: 5 })],
        400,
        mistyped('number', 'struct field KVTxnOp.KV.Value of type []uint8'),
      ),
      txn([kv('set', 'a', { Flags: '5' })], 400, badFlags('string')),
      txn([kv('set', 'a', { Bogus: 5 })], 400, unreadable('json: unknown field "Bogus"')),
      txn([kv('set', 'a', { Value: 'YQ' })], 400, unreadable('illegal base64 data at input byte 0')),
      txn([kv('set', 'a', { Value: 'YWJj!' })], 400, unreadable('illegal base64 data at input byte 4')),
      txn([kv('set', 'a', { Value: 'YW\nE=' })], 200, { Errors: null }),
      ['PUT /v1/txn', 'null', 200, { Errors: null }],
    ],
  },
  {
    law: 'nodes, services and checks are set, read and deleted',
    exchanges: [
      txn(
        [
          { Node: { Verb: 'set', Node: { Node: 'n1', Address: '10.0.0.1' } } },
          { Service: { Verb: 'set', Node: 'n1', Service: { Service: 'web', Port: 80 } } },
          { Check: { Verb: 'set', Check: { Node: 'n1', CheckID: 'c', Name: 'c', Status: 'passing' } } },
        ],
        200,
        { Results: [{ Node: { Node: 'n1' } }, { Service: { ID: 'web' } }, { Check: { CheckID: 'c' } }] },
      ),
      fails(
        [{ Service: { Verb: 'cas', Node: 'n1', Service: { Service: 'web', Port: 81, ModifyIndex: 9 } } }],
        'failed to set service "web" on node "n1", index is stale',
      ),
      fails(
        [{ Check: { Verb: 'delete-cas', Check: { Node: 'n1', CheckID: 'c', ModifyIndex: 9 } } }],
        'failed to delete check "c" on node "n1", index is stale',
      ),
      txn([{ Node: { Verb: 'delete', Node: { Node: 'n1' } } }], 200, { Results: [] }),
      ['GET /v1/catalog/nodes', undefined, 200, '[]'],
    ],
  },
  {
    law: 'POST is no method of it',
    exchanges: [['POST /v1/txn', '[]', 405, 'method POST not allowed']],
  },
];

describe('/v1/txn', () => {
  it.each(cases)('$law', runCase);

  it('has its largest size also in chunks', async () => {
    const edge = await EdgeHttp.of('chunks');
    const whole = (bytes: number) => new Blob([`[]${' '.repeat(bytes - 2)}`]).stream();
    expect((await edge.ask('PUT /v1/txn', whole(txnBytesMax))).status).toBe(200);
    expect((await edge.ask('PUT /v1/txn', whole(txnBytesMax + 1))).status).toBe(413);
  });

  it('that only reads has the headers of a read, without an index', async () => {
    const edge = await EdgeHttp.of('read only');
    const { headers } = await edge.ask('PUT /v1/txn', [kv('get-tree', '')]);
    expect(headers.get('X-Consul-KnownLeader')).toBe('true');
    expect(headers.get('X-Consul-LastContact')).toBe('0');
    expect(headers.has('X-Consul-Index')).toBe(false);
    const written = await edge.ask('PUT /v1/txn', [set('a')]);
    expect(written.headers.has('X-Consul-KnownLeader')).toBe(false);
  });
});
