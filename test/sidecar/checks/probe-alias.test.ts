import { expect, test } from 'vitest';
import { type AliasSource, aliasResult } from '../../../sidecar/checks/probe-alias.ts';
import { aCheck } from './probe-context.ts';

/** "CheckID Status Output ServiceID", of the node n1. */
const source = (rows: string[], services: string[] = ['web1']): AliasSource => ({
  node: 'n1',
  checks: (node) =>
    rows.map((row) => {
      const [CheckID = '', Status = '', Output = '', ServiceID = ''] = row.split(' ');
      expect(['', 'n1', 'N1', 'n2']).toContain(node);
      return { CheckID, Name: `check ${CheckID}`, Status, Output, ServiceID };
    }),
  hasService: (_node, serviceId) => services.includes(serviceId),
});

test.each([
  ['no checks', [], ['passing', 'No checks found.']],
  ['all passing', ['a passing ok web1', 'n passing ok'], ['passing', 'All checks passing.']],
  [
    'a warning',
    ['a passing ok web1', 'b warning slow web1'],
    ['warning', 'Aliased check "check b" failing: slow'],
  ],
  [
    'critical wins',
    ['a warning slow web1', 'b critical down web1'],
    ['critical', 'Aliased check "check b" failing: down'],
  ],
  [
    'the node counts',
    ['a passing ok web1', 'n critical mem'],
    ['critical', 'Aliased check "check n" failing: mem'],
  ],
  [
    'another service does not',
    ['a passing ok web1', 'b critical down db1'],
    ['passing', 'All checks passing.'],
  ],
  ['only the node has checks', ['n passing ok'], ['passing', 'All checks passing.']],
  [
    'the alias itself does not count',
    ['a passing ok web1', 'c1 critical old'],
    ['passing', 'All checks passing.'],
  ],
] as const)('%s', (_law, rows, [status, output]) => {
  const result = aliasResult(aCheck({ AliasService: 'web1' }), source([...rows]));
  expect(result).toEqual({ Status: status, Output: output });
});

test.each([
  [{ AliasService: 'nope' }, 'Service nope could not be found on node '],
  [{ AliasService: 'nope', AliasNode: 'n2' }, 'Service nope could not be found on node n2'],
])('an unknown service is critical: %o', (alias, output) => {
  expect(aliasResult(aCheck(alias), source(['n passing ok']))).toEqual({
    Status: 'critical',
    Output: output,
  });
});

test('a node alone is aliased by its node-level checks', () => {
  const rows = ['serfHealth passing alive', 'a critical down web1'];
  const result = aliasResult(aCheck({ AliasNode: 'n2' }), source(rows));
  expect(result).toEqual({ Status: 'passing', Output: 'All checks passing.' });
});

test.each([
  ['', 'passing', 'No checks found.'],
  ['N1', 'passing', 'No checks found.'],
  ['n2', 'critical', 'Service  could not be found on node n2'],
])('a node %j of which nothing is known', (AliasNode, Status, Output) => {
  expect(aliasResult(aCheck({ AliasNode }), source([]))).toEqual({ Status, Output });
});

test('a check of the same ID on another node is not the alias itself', () => {
  const rows = ['c1 critical theirs'];
  const output = 'Aliased check "check c1" failing: theirs';
  expect(aliasResult(aCheck({ AliasNode: 'n2' }), source(rows)).Output).toBe(output);
  expect(aliasResult(aCheck({ AliasNode: 'N1', AliasService: 'web1' }), source(rows)).Output).toBe(
    'No checks found.',
  );
});
