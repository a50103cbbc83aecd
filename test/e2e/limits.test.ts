/**
 * Whatever can be sent has a limit: what is as large as it allows is taken, what is larger by one is refused in words that
 * name the limit, changes nothing, and leaves a server that answers.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as limits from '../../src/shared/limits.ts';
import type { Agent } from './agent.ts';
import { HttpClient } from './http-client.ts';
import type { LimitRow } from './limit-row.ts';
import { limitRows } from './limit-rows.ts';
import { shareSystem } from './system-test.ts';

const parts = shareSystem(async (system) => ({ server: await system.server('edge') }));
const clients: Record<string, HttpClient> = {};

beforeAll(async () => {
  const { server } = parts();
  clients.edge = new HttpClient(server.edgeUrl);
  clients.sidecar = new HttpClient(server.url);
  const Checks = [{ Name: 'limit-check', Status: 'passing' }];
  const { status } = await clients.edge.ask({
    method: 'PUT',
    path: '/v1/catalog/register',
    body: JSON.stringify({ Node: 'limits', Address: '10.0.0.1', Checks }),
  });
  expect(status).toBe(200);
});
afterAll(() => {
  for (const client of Object.values(clients)) client.stop();
});

/** What no refusal may change: the index of all writes, or what the host declares. */
async function stateOf(of: LimitRow['of'], server: Agent): Promise<unknown> {
  if (of === 'agent')
    return Promise.all(['services', 'checks'].map((what) => server.get(`/v1/agent/${what}`)));
  const { body } = await clients.edge!.ask({ method: 'GET', path: '/v1/agent/self' });
  return JSON.parse(body).Stats.rollcall.applied_index;
}

const sizesOf = ({ limit, least, fits = limits[limit] }: LimitRow) =>
  [fits, least ? fits - 1 : fits + 1] as const;

describe.each(['edge', 'sidecar'])('at the %s', (door) => {
  const rows = limitRows
    .filter(({ of }) => door === 'sidecar' || of === 'edge')
    // What the agent has is in the catalog some time later: nothing of that may come between.
    .sort((a, b) => Number(a.of === 'agent') - Number(b.of === 'agent'))
    .map((row) => [`${row.limit}: ${row.what}`, row] as const);

  test.each(rows)('%s', async (_, row) => {
    const client = clients[door]!;
    const [fitting, exceeding] = sizesOf(row);
    const before = await stateOf(row.of, parts().server);
    const { status, headers, body } = await client.ask(row.request(exceeding));
    expect({ status, body }).toEqual({ status: row.status, body: row.text });
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(await stateOf(row.of, parts().server)).toEqual(before);
    const fits = await client.ask(row.request(fitting));
    expect(fits.status, fits.body.slice(0, 200)).toBe(row.fitStatus ?? 200);
  });
});

/** What no request goes beyond: it is cut, raised or a default, or costs more than it is long. */
const otherLimits: Partial<Record<keyof typeof limits, string>> = {
  checkOutputBytesMax: 'longer output is cut',
  checkOutputBytesMaxMax: 'a setting: resolve.test.ts',
  checkIntervalMsMin: 'a shorter interval is raised',
  deregisterCriticalServiceAfterMsMin: 'a shorter time is raised',
  queryWaitMsDefault: 'a default',
  queryWaitMsMax: 'a longer wait is cut',
  edgeWaitMsMax: 'a longer wait is cut',
  queryWaitJitterFraction: 'a share of a wait',
  filtersKeptMax: 'the size of a cache',
  filterKeptCharsMax: 'the size of a cache',
  regexpInstructionsMax: 'what a filter costs: regexp.test.ts',
  regexpRepeatMax: 'what a filter costs: regexp.test.ts',
  regexpDepthMax: 'what a filter costs: regexp.test.ts',
  filterStepsMax: 'what a filter costs: regexp.test.ts',
  checkTimeoutMsDefault: 'a default',
  scriptTimeoutMsDefault: 'a default',
  httpRedirectsMax: 'what a check follows: probe-http.test.ts',
  httpBodyBytesMax: 'what a check reads',
  httpHeaderBytesMax: 'what a check reads: probe-http.test.ts',
  snapshotFileBytesMax: 'the size of a file: snapshot.test.ts',
  lockDelayMsDefault: 'a default',
  eventBytesUnencodedMax: 'the other words for an event that is too long: event.test.ts',
  eventsMax: 'the oldest are forgotten: event.test.ts',
};

test('every limit has a row', () => {
  const tested = new Set([...limitRows.map(({ limit }) => limit), ...Object.keys(otherLimits)]);
  expect(Object.keys(limits).filter((limit) => !tested.has(limit))).toEqual([]);
});
