import { describe, expect, test } from 'vitest';
import { type FlapLimit, nextFlap, noFlaps } from '../../../sidecar/checks/flapping.ts';
import type { Status } from '../../../src/shared/model.ts';
import { seededRandom } from '../../seeded-random.ts';
import { aHost, fresh, ttl } from './checks-host.ts';

const letters: Record<string, Status> = { p: 'passing', w: 'warning', c: 'critical' };

/** What is shown of a result each second, as letters; a capital is held. */
function shownOf(results: string, limit: FlapLimit): string {
  let state = noFlaps;
  return [...results]
    .map((letter, second) => {
      const next = nextFlap(state, letters[letter]!, second * 1_000, limit);
      state = next.state;
      expect(state.changes.length).toBeLessThanOrEqual(limit.changesMax + 1);
      return next.flapping ? next.status[0]!.toUpperCase() : next.status[0]!;
    })
    .join('');
}

describe('with 3 changes allowed in 10 s', () => {
  test.each([
    ['the first result is no change', 'cpcp', 'cpcp'],
    ['3 are none too many', 'pcpcccccc', 'pcpcccccc'],
    ['4 are', 'pcpcp', 'pcpcC'],
    ['it is held in the worst state it had', 'pwpwp', 'pwpwW'],
    ['which may be that it is in', 'pwpwc', 'pwpwC'],
    ['for as long as it goes on', 'pcpcpcpcpcpcpcpc', 'pcpcCCCCCCCCCCCC'],
    ['until the changes are 10 s old', 'pcpcppppppppppp', 'pcpcCCCCCCCpppp'],
    ['slow changes are never too many', 'ppppccccppppccccppppcccc', 'ppppccccppppccccppppcccc'],
    ['a state that is long ago counts no more', 'cpwpwpwpwpwpwpw', 'cpwpCWWWWWWWWWW'],
  ])('%s', (_law, results, shown) => {
    expect(shownOf(results, { changesMax: 3, windowMs: 10_000 })).toBe(shown);
  });
});

test('without a limit nothing is held', () => {
  expect(shownOf('pcpcpcpcpcpc', { changesMax: 0, windowMs: 10_000 })).toBe('pcpcpcpcpcpc');
});

test('what is shown is never better than what is found', () => {
  const random = seededRandom(7);
  const results = Array.from({ length: 2_000 }, () => 'pwc'[Math.floor(random() ** 4 * 3)]).join('');
  const order = 'pwc';
  const shown = shownOf(results, { changesMax: 2, windowMs: 30_000 }).toLowerCase();
  for (const [i, letter] of [...results].entries())
    expect(order.indexOf(shown[i]!)).toBeGreaterThanOrEqual(order.indexOf(letter));
});

describe('a check of a host with a limit', () => {
  test('says in its output that it is held, and in the log from when to when', () => {
    const { checks, clock, shown, logged } = aHost({
      settings: { flapLimit: { changesMax: 2, windowMs: 60_000 } },
    });
    checks.start(ttl(120_000), fresh);
    for (const status of ['passing', 'critical', 'passing', 'critical', 'passing'] as const) {
      checks.setTtl('c1', status, 'note');
      clock.advance(1_000);
    }
    clock.advance(60_000);
    checks.setTtl('c1', 'passing', 'well');
    const held = 'Flapping: more than 2 changes of state within 1m0s, held critical, found';
    expect(shown()).toEqual([
      'passing note',
      'critical note',
      'passing note',
      `critical ${held} critical.\nnote`,
      `critical ${held} passing.\nnote`,
      'passing well',
    ]);
    expect(logged).toEqual([
      'info check is now passing c1',
      'warn check is now critical c1',
      'info check is now passing c1',
      'warn check is flapping c1 critical',
      'warn check is now critical c1',
      'info check flaps no more c1',
      'info check is now passing c1',
    ]);
  });

  test('starts anew when it is registered anew', () => {
    const { checks, shown } = aHost({ settings: { flapLimit: { changesMax: 1, windowMs: 60_000 } } });
    for (const status of ['passing', 'critical', 'passing'] as const) {
      checks.start(ttl(), fresh);
      checks.setTtl('c1', status, '');
    }
    expect(shown()).toEqual(['passing', 'critical', 'passing']);
  });

  test('follows the limit when it changes, with the changes it has behind it', () => {
    const settings = { flapLimit: { changesMax: 3, windowMs: 60_000 } };
    const { checks, shown } = aHost({ settings });
    checks.start(ttl(), fresh);
    const say = (...statuses: Status[]) => {
      for (const status of statuses) checks.setTtl('c1', status, '');
      return shown().at(-1)?.split(':')[0];
    };
    expect(say('passing', 'critical', 'passing')).toBe('passing');
    settings.flapLimit = { changesMax: 1, windowMs: 60_000 };
    expect(say('passing')).toBe('critical Flapping');
    settings.flapLimit = { changesMax: 0, windowMs: 60_000 };
    expect(say('passing')).toBe('passing');
  });
});
