import { describe, expect, test } from 'vitest';
import { Checks } from '../../../sidecar/checks/checks.ts';
import { LocalState, maintenanceCheckId } from '../../../sidecar/local/local-state.ts';
import { makeLogger } from '../../../sidecar/system/logger.ts';
import { ApiError } from '../../../src/shared/api-error.ts';
import { FakeClock } from '../fake-clock.ts';
import { aCheck, aLocalState, aService, shown } from './declared.ts';

describe('services', () => {
  test('a service comes with its checks, which start critical unless they say otherwise', () => {
    const { state, heard } = aLocalState();
    state.addService(aService('web', [aCheck('c1'), aCheck('c2', { Status: 'passing' })]), 'api');
    expect(shown(state)).toEqual({ web: ['c1 critical', 'c2 passing'], '': [] });
    expect(heard()).toEqual(['start c1 critical', 'start c2 passing', 'changed']);
  });

  test('declared again as it was, its checks run on undisturbed', () => {
    const { state, heard } = aLocalState();
    state.addService(aService('web', [aCheck('c1')]), 'api');
    heard();
    state.addService(aService('web', [aCheck('c1')]), 'api');
    expect(heard()).toEqual(['changed']);
  });

  test('a check that is declared otherwise starts again with the status it had', () => {
    const { state, heard } = aLocalState();
    state.addService(aService('web', [aCheck('c1')]), 'api');
    state.report({ CheckID: 'c1', Status: 'warning', Output: 'slow' });
    heard();
    state.addService(aService('web', [aCheck('c1', { TTLMs: 20_000 })]), 'api');
    expect(heard()).toEqual(['start c1 warning slow', 'changed']);
    expect(shown(state)).toEqual({ web: ['c1 warning'], '': [] });
  });

  test.each([
    ['stay', false, ['c1 critical', 'c2 critical', 'c3 critical'], []],
    ['go if they are to be replaced', true, ['c2 critical', 'c3 critical'], ['stop c1']],
  ])('checks that a new declaration does not name %s', (_what, replaceChecks, left, stopped) => {
    const { state, heard } = aLocalState();
    state.addService(aService('web', [aCheck('c1'), aCheck('c2')]), 'api');
    heard();
    state.addService(aService('web', [aCheck('c2'), aCheck('c3')]), 'api', replaceChecks);
    expect(shown(state).web).toEqual(left);
    expect(heard()).toEqual([...stopped, 'start c3 critical', 'changed']);
  });

  test('a service that goes takes its checks along, and leaves those of others', () => {
    const { state, heard } = aLocalState();
    state.addService(aService('web', [aCheck('c1')]), 'api');
    state.addService(aService('db', [aCheck('c2')]), 'api');
    state.addCheck(aCheck('later', { ServiceID: 'web' }), 'api');
    heard();
    expect([state.removeService('web'), state.removeService('web')]).toEqual([true, false]);
    expect(heard()).toEqual(['stop c1', 'stop later', 'changed']);
    expect(shown(state)).toEqual({ db: ['c2 critical'], '': [] });
  });
});

describe('checks', () => {
  test('one of a service that is not here is refused', () => {
    const { state, heard } = aLocalState();
    expect(() => state.addCheck(aCheck('c1', { ServiceID: 'nope' }), 'api')).toThrow(
      new ApiError(404, 'ServiceID "nope" does not exist'),
    );
    expect([state.checks.size, heard()]).toEqual([0, []]);
  });

  test('one that goes is stopped, one that is not here is not', () => {
    const { state, heard } = aLocalState();
    state.addCheck(aCheck('c1'), 'api');
    heard();
    expect([state.removeCheck('c1'), state.removeCheck('c1')]).toEqual([true, false]);
    expect(heard()).toEqual(['stop c1', 'changed']);
  });

  test('a result is told once, and one of a check that has gone never', () => {
    const { state, heard } = aLocalState();
    state.addCheck(aCheck('c1'), 'api');
    heard();
    state.report({ CheckID: 'c1', Status: 'passing', Output: 'fine' });
    state.report({ CheckID: 'c1', Status: 'passing', Output: 'fine' });
    state.report({ CheckID: 'c1', Status: 'passing', Output: 'still fine' });
    state.report({ CheckID: 'gone', Status: 'passing', Output: '' });
    expect(heard()).toEqual(['moved', 'moved']);
    expect(state.checks.get('c1')).toMatchObject({ Status: 'passing', Output: 'still fine' });
  });

  test('the maintenance checks have the IDs of Consul', () => {
    expect([maintenanceCheckId(), maintenanceCheckId('web')]).toEqual([
      '_node_maintenance',
      '_service_maintenance:web',
    ]);
  });
});

describe('after a restart', () => {
  test('each check goes on with what it showed, a TTL check with the time it had left', () => {
    const remembered = new Map([
      ['c1', { Status: 'passing' as const, Output: 'fine', ttlRemainingMs: 4000 }],
      ['c2', { Status: 'warning' as const, Output: '' }],
    ]);
    const { state, heard } = aLocalState(remembered);
    state.addService(aService('web', [aCheck('c1'), aCheck('c2'), aCheck('new')]), 'config');
    expect(heard()).toEqual([
      'start c1 passing fine 4000',
      'start c2 warning',
      'start new critical',
      'changed',
    ]);
  });

  test('what was remembered counts once: a check that was removed since begins anew', () => {
    const { state, heard } = aLocalState(new Map([['c1', { Status: 'passing' as const, Output: '' }]]));
    state.addCheck(aCheck('c1'), 'api');
    state.removeCheck('c1');
    state.addCheck(aCheck('c1'), 'api');
    expect(heard().at(-2)).toBe('start c1 critical');
  });

  test('checks of the API return for services of files too, but not over a file or without their service', () => {
    const { state } = aLocalState();
    state.reload([aService('web', [aCheck('both', { Notes: 'file' })])], []);
    state.restoreChecks([
      aCheck('both', { Notes: 'api', ServiceID: 'web' }),
      aCheck('c1', { ServiceID: 'web' }),
      aCheck('c2', { ServiceID: 'gone' }),
      aCheck('c3'),
    ]);
    expect(shown(state)).toEqual({ web: ['both critical', 'c1 critical'], '': ['c3 critical'] });
    expect(state.checks.get('both')?.definition.Notes).toBe('file');
  });
});

describe('a reload', () => {
  test.each([
    ['the same tags', ['a'], false],
    ['other tags', ['b'], true],
  ])('of a file with %s', (_what, tags, pending) => {
    const { state } = aLocalState();
    const declare = (Tags: string[]) => state.reload([aService('web', [], { Tags })], []);
    declare(['a']);
    state.services.get('web')!.tagsPending = false;
    declare(tags);
    expect(state.services.get('web')?.tagsPending).toBe(pending);
  });

  test('keeps what is still declared, takes what is gone, and leaves what the API declared', () => {
    const { state, heard } = aLocalState();
    state.reload([aService('web', [aCheck('c1')]), aService('old', [aCheck('c2')])], [aCheck('c3')]);
    state.addService(aService('api', [aCheck('c4')]), 'api');
    state.report({ CheckID: 'c1', Status: 'passing', Output: '' });
    heard();
    state.reload([aService('web', [aCheck('c1')]), aService('new')], []);
    expect(shown(state)).toEqual({ web: ['c1 passing'], api: ['c4 critical'], new: [], '': [] });
    expect(heard().filter((what) => what !== 'changed')).toEqual(['stop c2', 'stop c3']);
  });

  test('brings back what the API took away', () => {
    const { state } = aLocalState();
    state.reload([aService('web')], [aCheck('c1')]);
    state.removeService('web');
    state.removeCheck('c1');
    state.reload([aService('web')], [aCheck('c1')]);
    expect(shown(state)).toEqual({ web: [], '': ['c1 critical'] });
  });

  test('makes a service the file’s own that the API had declared under the same ID', () => {
    const { state } = aLocalState();
    state.addService(aService('web', [], { Port: 1 }), 'api');
    state.reload([aService('web', [], { Port: 2 })], []);
    expect(state.services.get('web')).toMatchObject({
      source: 'config',
      definition: { Service: { Port: 2 } },
    });
    state.reload([], []);
    expect(shown(state)).toEqual({ '': [] });
  });

  test('that cannot be done does nothing', () => {
    const { state, heard } = aLocalState();
    state.reload([aService('web', [aCheck('c1')])], []);
    state.addCheck(aCheck('c2'), 'api');
    heard();
    const fault = new ApiError(404, 'ServiceID "nope" does not exist');
    const files = [aService('new', [aCheck('c2')])];
    expect(() => state.reload(files, [aCheck('c3', { ServiceID: 'nope' })])).toThrow(fault);
    // A service that goes is not one that is here.
    expect(() => state.reload(files, [aCheck('c3', { ServiceID: 'web' })])).toThrow('ServiceID "web"');
    expect(heard()).toEqual([]);
    expect(shown(state)).toEqual({ web: ['c1 critical'], '': ['c2 critical'] });
    expect(state.checks.get('c2')?.source).toBe('api');
  });
});

test('with real checks, a reload does not disturb the time of a TTL check', () => {
  const clock = new FakeClock();
  const log = makeLogger('test', { level: 'error', json: false, write: () => undefined }, clock);
  const alias = { node: 'n1', checks: () => [], hasService: () => true };
  const checks: Checks = new Checks({
    clock,
    random: () => 0,
    logger: log,
    report: (result) => state.report(result),
    alias,
  });
  const state: LocalState = new LocalState(checks, () => undefined);
  state.reload([aService('web', [aCheck('c1')])], []);
  checks.setTtl('c1', 'passing', '');
  clock.advance(6000);
  state.reload([aService('web', [aCheck('c1')])], []);
  clock.advance(3999);
  expect(shown(state).web).toEqual(['c1 passing']);
  clock.advance(1);
  expect(shown(state).web).toEqual(['c1 critical']);
});
