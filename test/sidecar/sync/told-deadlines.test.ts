import { expect, test } from 'vitest';
import { checkRow } from '../../../sidecar/local/check-row.ts';
import { ToldDeadlines } from '../../../sidecar/sync/told-deadlines.ts';
import type { CatalogOp } from '../../../src/shared/protocol/messages.ts';
import { aCheck } from '../local/declared.ts';
import { aNode } from './a-node.ts';

const registered = (...told: [checkId: string, deadlineMs?: number][]): CatalogOp => {
  const { Node, ID, Address, TaggedAddresses, NodeMeta } = aNode('n1');
  const Checks = told.map(([checkId, DeregisterAfterMs]) => ({
    ...checkRow(
      'n1',
      { definition: aCheck(checkId), source: 'api', Status: 'passing', Output: '' },
      undefined,
      [],
    ),
    ...(DeregisterAfterMs === undefined ? {} : { DeregisterAfterMs }),
  }));
  return {
    Register: { Datacenter: '', Node, ID, Address, TaggedAddresses, NodeMeta, SkipNodeUpdate: true, Checks },
  };
};

/** Of a deadline of a minute and of none, what is known of each check. */
const known = (deadlines: ToldDeadlines, ...checkIds: string[]) =>
  checkIds.map((checkId) => [60_000, 0].filter((deadlineMs) => deadlines.knows(checkId, deadlineMs)));

test('a deadline is known as it was last accepted', () => {
  const deadlines = new ToldDeadlines();
  deadlines.accepted(registered(['a', 60_000], ['b']));
  expect(known(deadlines, 'a', 'b', 'c')).toEqual([[60_000], [0], []]);
  deadlines.accepted(registered(['a', 0], ['b', 60_000]));
  deadlines.accepted({ Deregister: { Datacenter: '', Node: 'n1', ServiceID: 'a', CheckID: '' } });
  expect(known(deadlines, 'a', 'b')).toEqual([[0], [60_000]]);
});

test('another connection has to be told the deadlines, and not that there is none', () => {
  const deadlines = new ToldDeadlines();
  deadlines.accepted(registered(['a', 60_000], ['b']));
  deadlines.connected();
  expect(known(deadlines, 'a', 'b')).toEqual([[], [0]]);
});

test('nothing is kept of a check that is gone', () => {
  const deadlines = new ToldDeadlines();
  deadlines.accepted(registered(['a', 60_000], ['b']));
  deadlines.retain(new Set(['b']));
  expect(known(deadlines, 'a', 'b')).toEqual([[], [0]]);
});
