import { describe, expect, test } from 'vitest';
import { isApiError } from '../../../../src/shared/api-error.ts';
import { compileFilter } from '../../../../src/shared/filter/compile.ts';
import type { Fields } from '../../../../src/shared/filter/field.ts';
import {
  catalogServiceFields,
  instanceFields,
  nodeFields,
} from '../../../../src/shared/filter/field-tables.ts';
import { filterCharsMax, filterDepthMax } from '../../../../src/shared/limits.ts';

const prefix = 'Failed to create boolean expression evaluator: ';

/** What is wrong with the filter; "" for nothing. */
function faultOf(fields: Fields, text: string): string {
  try {
    compileFilter(fields, text);
    return '';
  } catch (error) {
    if (!isApiError(error)) throw error;
    expect(error.status).toBe(400);
    expect(error.message.slice(0, prefix.length)).toBe(prefix);
    return error.message.slice(prefix.length);
  }
}

type Row = [filter: string, fault: string];

/** Every text was measured on Consul 1.8.7. */
const ofNodes: Row[] = [
  [
    '(',
    '1:2 (1): no match found, expected: "(", "-", "0", "\\"", "`", "not", [ \\t\\r\\n], [1-9] or [a-zA-Z]',
  ],
  [
    ' ',
    '1:2 (1): no match found, expected: "(", "-", "0", "\\"", "`", "not", [ \\t\\r\\n], [1-9] or [a-zA-Z]',
  ],
  [
    ')',
    '1:1 (0): no match found, expected: "(", "-", "0", "\\"", "`", "not", [ \\t\\r\\n], [1-9] or [a-zA-Z]',
  ],
  ['Node', '1:5 (4): no match found, expected: "!=", ".", "==", "[", [ \\t\\r\\n] or [a-zA-Z0-9_]'],
  ['Node.', '1:6 (5): no match found, expected: [a-zA-Z]'],
  ['Node.1 == 2', '1:6 (5): no match found, expected: [a-zA-Z]'],
  ['Node ==', '1:8 (7): no match found, expected: "-", "0", "\\"", "`", [ \\t\\r\\n], [1-9] or [a-zA-Z]'],
  ['Node == a b', '1:11 (10): no match found, expected: "and", "or", [ \\t\\r\\n] or EOF'],
  ['Node == "a', '1:11 (10): rule "string": Unterminated string literal'],
  ['Node == `a', '1:11 (10): rule "string": Unterminated string literal'],
  ['Node == "a\\qb"', '1:9 (8): rule "string": invalid syntax'],
  ['Node == "a\nb"', '1:9 (8): rule "string": invalid syntax'],
  ['Node == 01', '1:10 (9): rule "number": Invalid number literal'],
  ['Node == 0x1', '1:10 (9): rule "number": Invalid number literal'],
  ['Node == -1.', '1:11 (10): rule "number": Invalid number literal'],
  ['Node == 5)', '1:10 (9): no match found, expected: ".", [ \\t\\r\\n], [0-9] or EOF'],
  ['(Node == 5', '1:11 (10): rule "grouping": Unmatched parentheses'],
  ['((Node == 5)', '1:13 (12): rule "grouping": Unmatched parentheses'],
  ['not (Node == n1', '1:16 (15): rule "grouping": Unmatched parentheses'],
  ['Node == n1 and (Node == n1', '1:27 (26): rule "grouping": Unmatched parentheses'],
  ['Node == n1 AND Node == n2', '1:12 (11): no match found, expected: "and", "or", [ \\t\\r\\n] or EOF'],
  ['Node == n1 or', '1:14 (13): no match found, expected: [ \\t\\r\\n]'],
  ['notNode == n1', 'Selector "notNode" is not valid'],
  ['not', '1:4 (3): no match found, expected: "!=", ".", "==", "[", [ \\t\\r\\n] or [a-zA-Z0-9_]'],
  ['Meta[env] == dev', '1:6 (5): rule "index": Invalid index'],
  [
    'Meta["env == dev',
    '1:17 (16): rule "string": Unterminated string literal\n1:6 (5): rule "index": Invalid index',
  ],
  ['Meta["env" == dev', '1:12 (11): rule "index": Unclosed index expression'],
  ['"/Meta/env" == dev', '1:13 (12): no match found, expected: "in", "not" or [ \\t\\r\\n]'],
  ['Meta.env is empty', 'Invalid match operator "Is Empty" for selector "Meta.env"'],
  ['env in 5', '1:8 (7): rule "match": Invalid selector'],
  ['env in "x"', '1:8 (7): rule "match": Invalid selector'],
  ['Meta.a.b == 1', 'Selector "Meta.a.b" is not valid'],
  ['Meta == 1', 'Invalid match operator "Equal" for selector "Meta"'],
  ['TaggedAddresses.lan == 10.1.0.2', '1:28 (27): rule "number": Invalid number literal'],
  ['ID is empty', 'Invalid match operator "Is Empty" for selector "ID"'],
  ['CreateIndex == 1', 'Selector "CreateIndex" is not valid'],
  ['Node\n==\nn1\n)', '4:1 (11): no match found, expected: "and", "or", [ \\t\\r\\n] or EOF'],
  ['Nodé == é', '1:4 (3): no match found, expected: "!=", ".", "==", "[", [ \\t\\r\\n] or [a-zA-Z0-9_]'],
  ['Node == é', '1:9 (8): no match found, expected: "-", "0", "\\"", "`", [ \\t\\r\\n], [1-9] or [a-zA-Z]'],
  ['Node == "é" x', '1:13 (13): no match found, expected: "and", "or", [ \\t\\r\\n] or EOF'],
  ['Node == n1\0', '1:11 (10): no match found, expected: ".", "[", [ \\t\\r\\n], [a-zA-Z0-9_] or EOF'],
  [
    'any Node as x { x == 1 }',
    '1:5 (4): no match found, expected: "!=", "==", "contains", "in", "is", "matches", "not" or [ \\t\\r\\n]',
  ],
  ['all', '1:4 (3): no match found, expected: "!=", ".", "==", "[", [ \\t\\r\\n] or [a-zA-Z0-9_]'],
  ['not == 1', 'Selector "not" is not valid'],
  ['not contains == 1', 'Selector "contains" is not valid'],
  ['(Node == n1))', '1:13 (12): no match found, expected: [ \\t\\r\\n] or EOF'],
  ['(Node == n1) x', '1:14 (13): no match found, expected: "and", "or", [ \\t\\r\\n] or EOF'],
  ['Node is', '1:8 (7): no match found, expected: [ \\t\\r\\n]'],
  ['Node is nota', '1:12 (11): no match found, expected: [ \\t\\r\\n]'],
  ['Node is not', '1:12 (11): no match found, expected: [ \\t\\r\\n]'],
  ['Node not', '1:9 (8): no match found, expected: [ \\t\\r\\n]'],
];

const ofServices: Row[] = [
  [
    'ServicePort == 99999999999999999999',
    'Failed to coerce value "99999999999999999999" for selector "ServicePort": strconv.ParseInt: parsing "99999999999999999999": value out of range',
  ],
  [
    'ServicePort == 8080.5',
    'Failed to coerce value "8080.5" for selector "ServicePort": strconv.ParseInt: parsing "8080.5": invalid syntax',
  ],
  [
    'ServicePort == ""',
    'Failed to coerce value "" for selector "ServicePort": strconv.ParseInt: parsing "": invalid syntax',
  ],
  ['ServicePort is empty', 'Invalid match operator "Is Empty" for selector "ServicePort"'],
  ['ServicePort in 80', '1:16 (15): rule "match": Invalid selector'],
  ['8080 in ServicePort', 'Invalid match operator "In" for selector "ServicePort"'],
  [
    'ServiceEnableTagOverride == yes',
    'Failed to coerce value "yes" for selector "ServiceEnableTagOverride": strconv.ParseBool: parsing "yes": invalid syntax',
  ],
  [
    'ServiceEnableTagOverride',
    '1:25 (24): no match found, expected: "!=", ".", "==", "[", [ \\t\\r\\n] or [a-zA-Z0-9_]',
  ],
  ['ServiceTags == v1', 'Invalid match operator "Equal" for selector "ServiceTags"'],
  ['ServiceTags.x == v1', 'Selector "ServiceTags.x" is not valid'],
  [
    'ServiceTaggedAddresses.wan == 1',
    'Invalid match operator "Equal" for selector "ServiceTaggedAddresses.wan"',
  ],
  ['ServiceWeights == 10', 'Invalid match operator "Equal" for selector "ServiceWeights"'],
  ['ServiceProxy.Config is empty', 'Selector "ServiceProxy.Config" is not valid'],
  [
    'ServiceProxy.Upstreams.IngressHosts is empty',
    'Selector "ServiceProxy.Upstreams.IngressHosts" is not valid',
  ],
  ['ServiceProxy.Upstreams.Config is empty', 'Selector "ServiceProxy.Upstreams.Config" is not valid'],
  ['ServiceConnect.SidecarService is empty', 'Selector "ServiceConnect.SidecarService" is not valid'],
  ['ServiceConnect.SidecarService.Port == 1', 'Selector "ServiceConnect.SidecarService" is not valid'],
  ['CreateIndex == 1', 'Selector "CreateIndex" is not valid'],
];

const ofInstances: Row[] = [
  ['Checks == 1', 'Invalid match operator "Equal" for selector "Checks"'],
  ['Checks.Definition.TCP == 1', 'Selector "Checks.Definition" is not valid'],
  [
    'Service.LocallyRegisteredAsSidecar == false',
    'Selector "Service.LocallyRegisteredAsSidecar" is not valid',
  ],
  ['Service.Datacenter == false', 'Selector "Service.Datacenter" is not valid'],
  ['Node == ""', 'Invalid match operator "Equal" for selector "Node"'],
  ['Service.CreateIndex == ""', 'Selector "Service.CreateIndex" is not valid'],
];

describe('a filter that cannot be applied is refused in the words of Consul', () => {
  test.each(ofNodes)('nodes: %s', (filter, fault) => expect(faultOf(nodeFields, filter)).toBe(fault));
  test.each(ofServices)('services: %s', (filter, fault) =>
    expect(faultOf(catalogServiceFields, filter)).toBe(fault),
  );
  test.each(ofInstances)('instances: %s', (filter, fault) =>
    expect(faultOf(instanceFields, filter)).toBe(fault),
  );
  test('a name from the prototype of objects is no selector', () =>
    expect(faultOf(nodeFields, 'constructor == 1')).toBe('Selector "constructor" is not valid'));
});

const padded = (length: number) => 'Node == n1'.padEnd(length);
const nested = (depth: number) => `${'('.repeat(depth)}Node == n1${')'.repeat(depth)}`;
const negated = (depth: number) => `${'not '.repeat(depth)}Node == n1`;

describe('limits', () => {
  test.each([
    ['the longest text', padded(filterCharsMax), ''],
    [
      'a longer text',
      padded(filterCharsMax + 1),
      'Expression of 16385 characters exceeds the limit of 16384',
    ],
    ['the deepest parentheses', nested(filterDepthMax), ''],
    ['deeper parentheses', nested(filterDepthMax + 1), 'Expression nested deeper than the limit of 100'],
    ['the deepest not', negated(filterDepthMax), ''],
    ['a deeper not', negated(filterDepthMax + 1), 'Expression nested deeper than the limit of 100'],
  ])('%s', (_, filter, fault) => expect(faultOf(nodeFields, filter)).toBe(fault));

  test('unclosed parentheses take no more than a few steps for each', () =>
    expect(faultOf(nodeFields, nested(filterDepthMax).slice(0, -1))).toBe(
      '1:210 (209): rule "grouping": Unmatched parentheses',
    ));

  test('as many terms as fit are no nesting', () => {
    const terms = Array.from({ length: 1000 }, (_, n) => `Node == n${n}`).join(' or ');
    expect(compileFilter(nodeFields, terms)({ Node: 'n999' })).toBe(true);
  });
});
