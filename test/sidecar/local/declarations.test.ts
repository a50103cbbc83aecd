import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Declarations } from '../../../sidecar/local/declarations.ts';
import { SavedDefinitions } from '../../../sidecar/local/saved-definitions.ts';
import { ApiError } from '../../../src/shared/api-error.ts';
import { aFolder, fillDisk, fillDiskUnder } from '../scratch.ts';
import { makeTestLogger } from '../test-logger.ts';
import { aCheck, aLocalState, aService, shown } from './declared.ts';

/** Declarations that are kept in a folder; `saved` is what a restart would find there. */
function aHost() {
  const dir = aFolder();
  const kept = new SavedDefinitions(dir, makeTestLogger());
  const { state, heard } = aLocalState();
  const saved = () => new SavedDefinitions(dir, makeTestLogger()).load();
  const [path, journal] = ['definitions.json', 'definitions.journal'].map((name) => join(dir, name)) as [
    string,
    string,
  ];
  return { state, heard, declarations: new Declarations(state, kept), kept, saved, path, journal };
}

test('what is declared and taken back is on disk at once', async () => {
  const { declarations, saved } = aHost();
  await declarations.registerService(aService('web', [aCheck('c1')]), false);
  await declarations.registerCheck(aCheck('c2'));
  const Checks = [aCheck('c1', { ServiceID: 'web' }), aCheck('c2')];
  expect(saved()).toEqual({ Services: [aService('web')], Checks });
  await declarations.deregisterCheck('c2');
  await declarations.deregisterService('web');
  expect(saved()).toEqual({ Services: [], Checks: [] });
});

test.each<[string, (declarations: Declarations) => Promise<void>, number, string]>([
  [
    'a service',
    (host) => host.deregisterService('no"pe'),
    404,
    'Unknown service ID "no\\"pe". Ensure that the service ID is passed, not the service name.',
  ],
  [
    'a check',
    (host) => host.deregisterCheck('nope'),
    404,
    'Unknown check ID "nope". Ensure that the check ID is passed, not the check name.',
  ],
  [
    'the service of a check',
    (host) => host.registerCheck(aCheck('c1', { ServiceID: 'nope' })),
    404,
    'ServiceID "nope" does not exist',
  ],
])('%s that is not here is named', async (_what, act, status, message) => {
  const { declarations, heard } = aHost();
  await expect(act(declarations)).rejects.toEqual(new ApiError(status, message));
  expect(heard()).not.toContain('start c1 critical');
});

test.each<[string, (declarations: Declarations) => Promise<void>]>([
  ['register a service', (host) => host.registerService(aService('web', [aCheck('c1')], { Port: 1 }), true)],
  ['deregister a service', (host) => host.deregisterService('web')],
  ['register a check', (host) => host.registerCheck(aCheck('c9'))],
  ['deregister a check', (host) => host.deregisterCheck('c1')],
  ['enter maintenance', (host) => host.setMaintenance('web', true, '')],
])('to %s on a full disk is refused, and has not happened; with space again it does', async (_what, act) => {
  const { declarations, state, kept, saved, path, journal } = aHost();
  await declarations.registerService(aService('web', [aCheck('c1'), aCheck('c2')]), false);
  const before = [shown(state), saved()];
  const expectRefused = () =>
    expect(act(declarations)).rejects.toEqual(
      new ApiError(
        500,
        'the data directory cannot be written, so nothing was changed: ENOSPC: no space left on device, write',
      ),
    );
  const free = fillDiskUnder(journal);
  await expectRefused();
  free();
  expect([shown(state), saved()]).toEqual(before);
  kept.rewriteNext();
  fillDisk(path);
  await expectRefused();
  expect([shown(state), saved()]).toEqual(before);
  await act(declarations);
  expect([shown(state), saved()]).not.toEqual(before);
});

describe('maintenance', () => {
  test.each([
    ['', '_node_maintenance', 'Node Maintenance Mode', 'node'],
    ['web', '_service_maintenance:web', 'Service Maintenance Mode', 'service'],
  ])('of %j is a critical check that nobody runs', async (serviceId, CheckID, Name, what) => {
    const { declarations, state } = aHost();
    await declarations.registerService(aService('web'), false);
    await declarations.setMaintenance(serviceId, true, '');
    const Notes = `Maintenance mode is enabled for this ${what}, but no reason was provided. This is a default message.`;
    const check = { CheckID, Name, Notes, Status: 'critical', ServiceID: serviceId };
    expect(state.checks.get(CheckID)).toMatchObject({ definition: check, Status: 'critical', Output: '' });
    await declarations.setMaintenance(serviceId, false, '');
    expect(state.checks.has(CheckID)).toBe(false);
  });

  test('keeps its first reason, and ends once', async () => {
    const { declarations, state, heard } = aHost();
    await declarations.setMaintenance('', true, 'upgrade');
    heard();
    await declarations.setMaintenance('', true, 'another');
    expect([state.checks.get('_node_maintenance')?.definition.Notes, heard()]).toEqual(['upgrade', []]);
    await declarations.setMaintenance('', false, '');
    await declarations.setMaintenance('', false, '');
    expect(heard()).toEqual(['stop _node_maintenance', 'changed']);
  });

  test('outlives a restart', async () => {
    const { declarations, saved } = aHost();
    await declarations.setMaintenance('', true, 'upgrade');
    const { state } = aLocalState();
    state.restoreChecks(saved().Checks);
    expect(state.checks.get('_node_maintenance')?.definition.Notes).toBe('upgrade');
  });
});

describe('a service that the catalog evicted', () => {
  test('does not come back with a restart', async () => {
    const { declarations, state, saved } = aHost();
    await declarations.registerService(aService('web', [aCheck('c1')]), false);
    await declarations.dropService('web');
    expect([shown(state), saved()]).toEqual([{ '': [] }, { Services: [], Checks: [] }]);
  });

  test('goes also when the disk is full, which is told', async () => {
    const { declarations, state, journal } = aHost();
    await declarations.registerService(aService('web'), false);
    fillDiskUnder(journal);
    const dropped = declarations.dropService('web');
    expect(shown(state)).toEqual({ '': [] });
    await expect(dropped).rejects.toThrow('ENOSPC');
  });
});

test('without a data directory everything works and nothing is kept', async () => {
  const { state } = aLocalState();
  const declarations = new Declarations(state, undefined);
  await declarations.registerService(aService('web'), false);
  await declarations.dropService('web');
  await declarations.registerCheck(aCheck('c1'));
  expect(shown(state)).toEqual({ '': ['c1 critical'] });
});
