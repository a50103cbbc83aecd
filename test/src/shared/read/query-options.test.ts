import { describe, expect, test } from 'vitest';
import { isApiError } from '../../../../src/shared/api-error.ts';
import { queryWaitMsDefault, queryWaitMsMax } from '../../../../src/shared/limits.ts';
import {
  jitteredWaitMs,
  parseQueryOptions,
  type QueryOptions,
} from '../../../../src/shared/read/query-options.ts';

const parse = (query: string, headers: Record<string, string> = {}) =>
  parseQueryOptions(new URLSearchParams(query), new Headers(headers));

function faultOf(query: string, headers?: Record<string, string>): string {
  try {
    parse(query, headers);
    return '';
  } catch (error) {
    if (!isApiError(error)) throw error;
    return `${error.status} ${error.message}`;
  }
}

test('a bare request has the defaults', () =>
  expect(parse('')).toStrictEqual({
    Index: 0,
    WaitMs: queryWaitMsDefault,
    Consistency: 'default',
    Cached: false,
    Pretty: false,
    Token: '',
  }));

const read: [query: string, options: Partial<QueryOptions>][] = [
  ['dc=dc2', { Datacenter: 'dc2' }],
  ['index=42', { Index: 42 }],
  ['index=042', { Index: 42 }],
  ['index=18446744073709551615', { Index: 2 ** 64 }],
  ['wait=1s', { WaitMs: 1000 }],
  ['wait=10m', { WaitMs: queryWaitMsMax }],
  ['wait=10m1s', { WaitMs: queryWaitMsMax }],
  ['wait=0s', { WaitMs: queryWaitMsDefault }],
  ['wait=-1s', { WaitMs: queryWaitMsDefault }],
  ['wait=&index=', { WaitMs: queryWaitMsDefault, Index: 0 }],
  ['stale', { Consistency: 'stale' }],
  ['stale=false', { Consistency: 'stale' }],
  ['consistent', { Consistency: 'consistent' }],
  ['leader', { Consistency: 'default' }],
  ['leader&stale', { Consistency: 'stale' }],
  ['max_stale=10s', { Consistency: 'stale', MaxStaleMs: 10_000 }],
  ['max_stale=-1s', { Consistency: 'default', MaxStaleMs: -1000 }],
  ['max_stale=0', { Consistency: 'default', MaxStaleMs: 0 }],
  ['cached', { Cached: true, Consistency: 'default' }],
  ['pretty', { Pretty: true }],
  ['pretty=false', { Pretty: true }],
];

test.each(read)('?%s', (query, options) => expect(parse(query)).toMatchObject(options));

test.each([
  ['max-age=5', { MaxAgeMs: 5000 }],
  ['Max-Age=5, Stale-If-Error=60', { MaxAgeMs: 5000, StaleIfErrorMs: 60_000 }],
  ['max-age=0', { MaxAgeMs: 0, MustRevalidate: true }],
  ['must-revalidate', { MustRevalidate: true }],
])('Cache-Control: %s', (header, options) =>
  expect(parse('', { 'Cache-Control': header })).toMatchObject(options),
);

test.each(['no-cache', 'max-age', 'public=1', 'foo'])('Cache-Control: %s says nothing', (header) =>
  expect(parse('', { 'Cache-Control': header })).toStrictEqual(parse('')),
);

const faults: [query: string, fault: string][] = [
  ['index=abc', '400 Invalid index'],
  ['index=-1', '400 Invalid index'],
  ['index=%2B1', '400 Invalid index'],
  ['index=18446744073709551616', '400 Invalid index'],
  ['wait=abc', '400 Invalid wait time'],
  ['wait=10', '400 Invalid wait time'],
  ['index=-1&wait=x', '400 Invalid wait time'],
  ['max_stale=abc', '400 Invalid max_stale value "abc"'],
  ['stale&consistent', '400 Cannot specify ?stale with ?consistent, conflicting semantics.'],
  ['max_stale=1s&consistent', '400 Cannot specify ?stale with ?consistent, conflicting semantics.'],
  ['cached&consistent', '400 Cannot specify ?cached with ?consistent, conflicting semantics.'],
  ['stale&consistent&index=abc', '400 Cannot specify ?stale with ?consistent, conflicting semantics.'],
  ['ns=a', '400 Invalid query parameter: "ns" - Namespaces are a Consul Enterprise feature'],
  ['partition=a', '400 Invalid query parameter: "partition" - Partitions are a Consul Enterprise feature'],
];

describe('a bad option is refused, the first in the order of Consul', () => {
  test.each(faults)('?%s', (query, fault) => expect(faultOf(query)).toBe(fault));
  test.each([
    [{ 'Cache-Control': 'max-age=abc' }, '400 Invalid Cache-Control header.'],
    [{ 'Cache-Control': 'stale-if-error=x' }, '400 Invalid Cache-Control header.'],
    [
      { 'X-Consul-Namespace': 'a' },
      '400 Invalid header: "X-Consul-Namespace" - Namespaces are a Consul Enterprise feature',
    ],
    [
      { 'X-Consul-Partition': 'a' },
      '400 Invalid header: "X-Consul-Partition" - Partitions are a Consul Enterprise feature',
    ],
  ])('%j', (headers, fault) => expect(faultOf('index=abc', headers)).toBe(fault));
});

describe('the token', () => {
  const all = { 'X-Consul-Token': 'header', Authorization: 'Bearer bearer' };
  test.each([
    ['token=param', all, 'param'],
    ['', all, 'header'],
    ['token=', { Authorization: 'Bearer bearer' }, 'bearer'],
    ['', { Authorization: 'bearer  spaced ' }, 'spaced'],
    ['', { Authorization: 'Basic YTpi' }, ''],
  ])('of ?%s and %j is %j', (query, headers, token) => expect(parse(query, headers).Token).toBe(token));
});

describe('a wait is lengthened by up to a sixteenth, never past the longest', () => {
  test.each([
    [16_000, 0, 16_000],
    [16_000, 0.5, 16_500],
    [queryWaitMsMax, 0.9, queryWaitMsMax],
    [queryWaitMsMax - 1000, 0.9, queryWaitMsMax],
  ])('%d ms with %d', (waitMs, random01, result) => expect(jitteredWaitMs(waitMs, random01)).toBe(result));
});
