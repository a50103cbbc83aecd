import { expect, test } from 'vitest';
import { anAgent } from './an-agent.ts';

const see = (setting: string) => `See https://www.consul.io/docs/agent/options.html#${setting}.`;

/** Rows: the configured limit, what is written, and what comes of it: the length that reaches the edge, or a refusal. */
test.each<[object, string, number, number | string]>([
  [{ kvValueBytesMax: 10 }, '/v1/kv/a', 10, 10],
  [
    { kvValueBytesMax: 10 },
    '/v1/kv/a',
    11,
    `Request body(11 bytes) too large, max size: 10 bytes. ${see('kv_max_value_size')}`,
  ],
  [{ kvValueBytesMax: 0 }, '/v1/kv/a', 0, 0],
  [
    { kvValueBytesMax: 0 },
    '/v1/kv/a',
    1,
    `Request body(1 bytes) too large, max size: 0 bytes. ${see('kv_max_value_size')}`,
  ],
  [{ kvValueBytesMax: 10 }, '/v1/txn', 524_288, 524_288],
  [{ txnBytesMax: 20 }, '/v1/txn', 20, 20],
  [
    { txnBytesMax: 20 },
    '/v1/txn',
    21,
    `Request body(21 bytes) too large, max size: 20 bytes. ${see('txn_max_req_len')}`,
  ],
  [
    {},
    '/v1/kv/a',
    524_289,
    `Request body(524289 bytes) too large, max size: 524288 bytes. ${see('kv_max_value_size')}`,
  ],
  // The edge has a limit of its own, and says so.
  [{ kvValueBytesMax: 900_000 }, '/v1/kv/a', 900_000, 900_000],
])('%j: PUT %s with %d bytes', async (limits, path, bytes, expected) => {
  const { edge, ask } = await anAgent({ limits });
  const answer = await ask('PUT', path, { body: 'x'.repeat(bytes) });
  if (typeof expected === 'number') {
    expect([answer.status, edge.asked.map(({ body }) => body.length)]).toEqual([200, [expected]]);
  } else {
    expect([answer.status, await answer.text(), edge.asked]).toEqual([413, expected, []]);
  }
});
