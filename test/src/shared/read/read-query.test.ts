import { describe, expect, test } from 'vitest';
import { isApiError } from '../../../../src/shared/api-error.ts';
import {
  parseCatalogNode,
  parseCatalogNodes,
  parseCatalogService,
  parseCatalogServices,
  parseGatewayServices,
  parseHealthChecks,
  parseHealthNode,
  parseHealthService,
  parseHealthState,
  queryKey,
  type ReadQuery,
  topicsOf,
} from '../../../../src/shared/read/read-query.ts';

const params = (text = '') => new URLSearchParams(text);
const web = (text: string) => parseHealthService('health.service', 'web', params(text));

function faultOf(parse: () => ReadQuery): string {
  try {
    parse();
    return '';
  } catch (error) {
    if (!isApiError(error)) throw error;
    return `${error.status} ${error.message}`;
  }
}

test('a query holds all that narrows the answer', () =>
  expect(web('tag=v1&tag=A&node-meta=env:prod&node-meta=a&passing&near=n1&filter=x')).toStrictEqual({
    Kind: 'health.service',
    Name: 'web',
    Tags: ['a', 'v1'],
    NodeMeta: [
      ['a', ''],
      ['env', 'prod'],
    ],
    Passing: true,
    Near: 'n1',
    Filter: 'x',
  }));

test('the last value of a node-meta key counts', () =>
  expect(web('node-meta=env:dev&node-meta=env:prod:x')).toMatchObject({ NodeMeta: [['env', 'prod:x']] }));

test.each([
  ['', false],
  ['passing', true],
  ['passing=', true],
  ['passing=1', true],
  ['passing=True', true],
  ['passing=false', false],
  ['passing=0', false],
])('?%s: only passing is %s', (text, Passing) => expect(web(text)).toMatchObject({ Passing }));

describe('a query that cannot be', () => {
  test.each<[fault: string, parse: () => ReadQuery]>([
    ['400 Missing service name', () => parseCatalogService('catalog.service', '', params())],
    ['400 Missing service name', () => parseCatalogService('catalog.connect', '', params())],
    ['400 Missing node name', () => parseCatalogNode('catalog.node', '', params())],
    ['400 Missing node name', () => parseCatalogNode('catalog.node-services', '', params())],
    ['400 Missing gateway name', () => parseGatewayServices('')],
    ['400 Missing node name', () => parseHealthNode('', params())],
    ['400 Missing service name', () => parseHealthChecks('', params())],
    ['400 Missing service name', () => parseHealthService('health.connect', '', params('passing=x'))],
    ['400 Missing check state', () => parseHealthState('', params())],
    ['400 Invalid value for ?passing', () => web('passing=bogus')],
    ['400 Invalid value for ?passing', () => web('passing=TrUe')],
  ])('%s', (fault, parse) => expect(faultOf(parse)).toBe(fault));
});

describe('an answer depends on the topics', () => {
  const id = '11111111-0000-4000-8000-000000000002';
  test.each<[topics: string, query: ReadQuery]>([
    ['nodes', parseCatalogNodes(params('node-meta=a:b&filter=x'))],
    ['services', parseCatalogServices(params())],
    ['services nodes', parseCatalogServices(params('node-meta=a:b'))],
    ['services nodes', parseCatalogServices(params('filter=x'))],
    ['service:web', parseCatalogService('catalog.service', 'Web', params('tag=a'))],
    ['services nodes', parseCatalogService('catalog.connect', 'web', params())],
    ['node:n1', parseCatalogNode('catalog.node', 'N1', params())],
    ['services nodes', parseCatalogNode('catalog.node-services', id, params())],
    ['services', parseGatewayServices('gw')],
    ['node:n1', parseHealthNode('n1', params())],
    ['service:web', parseHealthChecks('web', params('node-meta=a:b'))],
    ['service:web', web('passing')],
    ['checks services nodes', parseHealthService('health.connect', 'web', params())],
    ['services', parseHealthService('health.ingress', 'web', params())],
    ['checks', parseHealthState('passing', params())],
    ['checks nodes', parseHealthState('passing', params('node-meta=a:b'))],
  ])('%s', (topics, query) => expect(topicsOf(query).join(' ')).toBe(topics));
});

test('queries that mean the same have one key, others another', () => {
  const one = queryKey(web('tag=b&tag=a&tag=A&node-meta=x:1&node-meta=e:2'));
  expect(queryKey(structuredClone(web('node-meta=e:2&tag=A&node-meta=x:1&tag=B')))).toBe(one);
  expect(queryKey(web('tag=b&tag=a&node-meta=x:1&node-meta=e:3'))).not.toBe(one);
});
