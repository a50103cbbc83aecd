/** /v1/event over HTTP; answers and errors are those of Consul 1.8.7. */
import { describe, expect, it } from 'vitest';
import { askingNodeHeader } from '../../../src/shared/asking-node.ts';
import { eventsMax } from '../../../src/shared/limits.ts';
import { EdgeHttp, type HttpCase, runCase } from '../edge-http.ts';

const ofBytes = (count: number) => 'a'.repeat(count);
const beforeEncoding = 'user event exceeds configured limit of 512 bytes before encoding';
const afterEncoding = 'encoded user event exceeds configured limit of 512 bytes after encoding';

const cases: HttpCase[] = [
  {
    law: 'an event is given back without its time, and listed with it',
    exchanges: [
      ['PUT /v1/event/fire/deploy', 'payload', 200, { Name: 'deploy', Payload: 'cGF5bG9hZA==', LTime: 0 }],
      ['PUT /v1/event/fire/other', undefined, 200, { Payload: null, Version: 1 }],
      [
        'GET /v1/event/list',
        undefined,
        200,
        [
          { Name: 'deploy', LTime: 1 },
          { Name: 'other', LTime: 2 },
        ],
      ],
      ['GET /v1/event/list?name=other', undefined, 200, [{ Name: 'other' }]],
      ['GET /v1/event/list?name=none', undefined, 200, '[]'],
    ],
  },
  {
    law: 'an event that cannot be fired',
    exchanges: [
      ['PUT /v1/event/fire/', undefined, 400, 'Missing name'],
      ['PUT /v1/event/fire/x?tag=v', undefined, 500, 'Cannot provide tag filter without service filter'],
      [
        'PUT /v1/event/fire/x?node=(',
        undefined,
        500,
        'Invalid node filter: error parsing regexp: missing closing ): `(`',
      ],
      [
        'PUT /v1/event/fire/x?service=*',
        undefined,
        500,
        'Invalid service filter: error parsing regexp: missing argument to repetition operator: `*`',
      ],
      ['PUT /v1/event/fire/x?service=a&tag=)', undefined, 500, /^Invalid tag filter: /],
      ['GET /v1/event/fire/x', undefined, 405, 'method GET not allowed'],
    ],
  },
  {
    law: 'an event is as long as gossip could carry',
    exchanges: [
      ['PUT /v1/event/fire/x', ofBytes(414), 200, { Name: 'x' }],
      ['PUT /v1/event/fire/x', ofBytes(415), 500, afterEncoding],
      ['PUT /v1/event/fire/x', ofBytes(443), 500, afterEncoding],
      ['PUT /v1/event/fire/x', ofBytes(444), 500, beforeEncoding],
      ['PUT /v1/event/fire/x', ofBytes(100_000), 500, beforeEncoding],
      ['PUT /v1/event/fire/abcdefghij', ofBytes(396), 200, {}],
      ['PUT /v1/event/fire/abcdefghij', ofBytes(397), 500, afterEncoding],
      ['PUT /v1/event/fire/x?node=.*', ofBytes(408), 200, {}],
      ['PUT /v1/event/fire/x?node=.*', ofBytes(409), 500, afterEncoding],
      ['PUT /v1/event/fire/x?service=web&tag=a', ofBytes(402), 200, {}],
      ['PUT /v1/event/fire/x?service=web&tag=a', ofBytes(403), 500, afterEncoding],
    ],
  },
];

describe('events', () => {
  it.each(cases)('$law', runCase);

  it.each([
    { filter: 'node=^n1$', n1: true, n2: false },
    { filter: 'node=n', n1: true, n2: true },
    { filter: 'service=^web$', n1: true, n2: false },
    { filter: 'service=.', n1: true, n2: true },
    { filter: 'service=web&tag=^v', n1: true, n2: false },
    { filter: 'service=.&tag=v2', n1: false, n2: true },
    { filter: 'service=web&tag=v2', n1: false, n2: false },
    { filter: 'node=n2&service=web', n1: false, n2: false },
  ])('fired for $filter reach whom they are for', async ({ filter, n1, n2 }) => {
    const edge = await EdgeHttp.of(`fired-${filter}`);
    await edge.register('n1', { Service: { Service: 'web', Tags: ['v1'] } });
    await edge.register('n2', { Service: { Service: 'db', Tags: ['v2'] } });
    await edge.ask(`PUT /v1/event/fire/x?${filter}`);
    const reaches = async (node: string) =>
      (await edge.ask('GET /v1/event/list', undefined, { [askingNodeHeader]: node })).body !== '[]';
    expect({ n1: await reaches('n1'), n2: await reaches('n2') }).toEqual({ n1, n2 });
    expect(await edge.get('/v1/event/list')).toHaveLength(1);
    expect(await edge.get('/v1/event/list?node=n1')).toHaveLength(n1 ? 1 : 0);
  });

  it('tell their index and nothing else about the answer', async () => {
    const edge = await EdgeHttp.of('event headers');
    expect(await edge.indexOf('/v1/event/list')).toBe(1);
    await edge.ask('PUT /v1/event/fire/x');
    const { headers } = await edge.ask('GET /v1/event/list');
    expect(Number(headers.get('X-Consul-Index'))).toBeGreaterThan(1);
    expect(headers.get('X-Consul-KnownLeader')).toBeNull();
  });

  it('wake who waits for one of their name, and nobody else', async () => {
    const edge = await EdgeHttp.of('event wait');
    await edge.ask('PUT /v1/event/fire/mine');
    const index = await edge.indexOf('/v1/event/list?name=mine');
    let woken = false;
    const waiting = edge.ask(`GET /v1/event/list?name=mine&index=${index}&wait=10s`).then((answer) => {
      woken = true;
      return answer;
    });
    await edge.ask('PUT /v1/event/fire/other');
    await edge.ask('GET /v1/event/list');
    expect(woken).toBe(false);
    await edge.ask('PUT /v1/event/fire/mine');
    expect(JSON.parse((await waiting).body)).toHaveLength(2);
  });

  it('are not listed for a node whose name is badly written', async () => {
    const edge = await EdgeHttp.of('event header');
    const answer = await edge.ask('GET /v1/event/list', undefined, { [askingNodeHeader]: '%' });
    expect(answer).toMatchObject({ status: 400, body: 'Invalid X-Rollcall-Node header: "%"' });
  });

  it(`are kept up to ${eventsMax}`, async () => {
    const edge = await EdgeHttp.of('event ring');
    for (let n = 1; n <= eventsMax; n++) await edge.ask(`PUT /v1/event/fire/e${n}`);
    expect(await edge.get('/v1/event/list')).toHaveLength(eventsMax);
    await edge.ask('PUT /v1/event/fire/last');
    const kept = await edge.get<{ Name: string }[]>('/v1/event/list');
    expect(kept).toHaveLength(eventsMax);
    expect([kept[0]?.Name, kept.at(-1)?.Name]).toEqual(['e2', 'last']);
  });
});
