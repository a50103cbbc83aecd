import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SavedState } from '../../../sidecar/local/saved-state.ts';
import { aFolder, fillDisk } from '../scratch.ts';
import { aCheck, aLocalState, aService } from './declared.ts';

const nowMs = 1_000_000;

describe('definitions', () => {
  test('are read back as the API declared them; those of files are not kept', () => {
    const saved = new SavedState(aFolder());
    expect(saved.loadDefinitions()).toEqual({ Services: [], Checks: [] });
    const { state } = aLocalState();
    state.addService(aService('web', [aCheck('c1'), aCheck('c2')]), 'api');
    state.addService(aService('file', [aCheck('c6')]), 'config');
    state.addCheck(aCheck('c3', { ServiceID: 'web' }), 'api');
    state.addCheck(aCheck('c4', { ServiceID: 'file' }), 'api');
    state.addCheck(aCheck('c5'), 'config');
    saved.saveDefinitions(state);
    expect(saved.loadDefinitions()).toEqual({
      Services: [aService('web')],
      Checks: [
        ...['c1', 'c2', 'c3'].map((id) => aCheck(id, { ServiceID: 'web' })),
        aCheck('c4', { ServiceID: 'file' }),
      ],
    });
  });

  test('are as they are now: a check that came with its service may have gone or changed', () => {
    const saved = new SavedState(aFolder());
    const { state } = aLocalState();
    state.addService(aService('web', [aCheck('c1'), aCheck('c2')]), 'api');
    state.removeCheck('c1');
    state.addCheck(aCheck('c2', { ServiceID: 'web', Notes: 'new' }), 'api');
    saved.saveDefinitions(state);
    expect(saved.loadDefinitions().Checks).toEqual([aCheck('c2', { ServiceID: 'web', Notes: 'new' })]);
  });

  test('may hold tokens, so nobody else can read them', () => {
    const dir = aFolder();
    const saved = new SavedState(dir);
    saved.saveDefinitions(aLocalState().state);
    expect(statSync(join(dir, 'local')).mode & 0o077).toBe(0);
    expect(statSync(join(dir, 'local/definitions.json')).mode & 0o077).toBe(0);
  });
});

describe('results', () => {
  test('a check shows after a restart what it showed before, a TTL check with the time it has left', () => {
    const saved = new SavedState(aFolder());
    expect(saved.loadResults(nowMs).size).toBe(0);
    const { state } = aLocalState();
    for (const id of ['ttl', 'tcp']) state.addCheck(aCheck(id), 'api');
    state.report({ CheckID: 'ttl', Status: 'passing', Output: 'fine' });
    saved.saveResults(state, (id) => (id === 'ttl' ? nowMs + 9000 : undefined), nowMs);
    expect(saved.loadResults(nowMs + 5000)).toEqual(
      new Map([
        ['ttl', { Status: 'passing', Output: 'fine', ttlRemainingMs: 4000 }],
        ['tcp', { Status: 'critical', Output: '' }],
      ]),
    );
  });

  test.each([
    ['ran out while nobody looked', 'passing' as const, nowMs + 1, { ttlRemainingMs: -4999 }],
    ['is just running out', 'passing' as const, nowMs, { ttlRemainingMs: -5000 }],
    ['was set to critical and runs still', 'critical' as const, nowMs + 1, { ttlRemainingMs: -4999 }],
    ['shows that it ran out', 'critical' as const, nowMs, {}],
  ])('a TTL that %s', (_what, Status, expiresAtMs, remaining) => {
    const saved = new SavedState(aFolder());
    const { state } = aLocalState();
    state.addCheck(aCheck('c1'), 'api');
    state.report({ CheckID: 'c1', Status, Output: 'x' });
    saved.saveResults(state, () => expiresAtMs, nowMs);
    expect(saved.loadResults(nowMs + 5000).get('c1')).toEqual({ Status, Output: 'x', ...remaining });
  });
});

describe('a file that cannot be understood is named and stays', () => {
  const load: Record<string, (saved: SavedState) => unknown> = {
    definitions: (saved) => saved.loadDefinitions(),
    results: (saved) => saved.loadResults(nowMs),
  };
  test.each([
    ['definitions', '{"Services":[', 'Expected|Unexpected'],
    ['definitions', '', 'Unexpected end'],
    ['definitions', '{}', 'it has no lists "Services" and "Checks"'],
    ['definitions', 'null', 'it has no lists'],
    ['results', '{"c1":', 'Unexpected end'],
    ['results', 'null', 'it is no object'],
    ['results', '7', 'it is no object'],
  ])('%s: %s', (name, text, why) => {
    const dir = aFolder();
    const saved = new SavedState(dir);
    const path = join(dir, 'local', `${name}.json`);
    writeFileSync(path, text);
    const message = new RegExp(
      `^${path} cannot be read back \\(.*(${why}).*\\): repair it, or move it away to start empty$`,
    );
    expect(() => load[name]!(saved)).toThrow(message);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });
});

test('a full disk is told, and what was saved before stays', () => {
  const dir = aFolder();
  const saved = new SavedState(dir);
  const { state } = aLocalState();
  state.addService(aService('web'), 'api');
  saved.saveDefinitions(state);
  state.addService(aService('db'), 'api');
  const path = join(dir, 'local/definitions.json');
  fillDisk(path);
  expect(() => saved.saveDefinitions(state)).toThrow('ENOSPC');
  expect(saved.loadDefinitions().Services.map(({ Service }) => Service.ID)).toEqual(['web']);
  expect(existsSync(`${path}.next`)).toBe(false);
});
