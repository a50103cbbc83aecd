import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SavedState } from '../../../sidecar/local/saved-state.ts';
import { aFolder } from '../scratch.ts';
import { makeTestLogger } from '../test-logger.ts';
import { aCheck, aLocalState } from './declared.ts';

const nowMs = 1_000_000;
const aSavedState = (dir = aFolder()) => new SavedState(dir, makeTestLogger());

describe('results', () => {
  test('a check shows after a restart what it showed before, a TTL check with the time it has left', () => {
    const saved = aSavedState();
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
    const saved = aSavedState();
    const { state } = aLocalState();
    state.addCheck(aCheck('c1'), 'api');
    state.report({ CheckID: 'c1', Status, Output: 'x' });
    saved.saveResults(state, () => expiresAtMs, nowMs);
    expect(saved.loadResults(nowMs + 5000).get('c1')).toEqual({ Status, Output: 'x', ...remaining });
  });
});

describe('what a TTL check was told', () => {
  const aHost = (dir = aFolder()) => {
    const saved = aSavedState(dir);
    onTestFinished(() => saved.close());
    return { dir, saved };
  };
  const told = (Output: string) => ({ Status: 'passing' as const, Output });

  test('is forgotten with the check, whoever comes under its ID', () => {
    const { dir, saved } = aHost();
    const { state } = aLocalState();
    state.addCheck(aCheck('c1'), 'api');
    saved.saveResults(state, () => nowMs + 1000, nowMs);
    saved.noteTtl('c1', told('old'), nowMs + 9000, nowMs);
    saved.noteGone('c1');
    expect(aHost(dir).saved.loadResults(nowMs).size).toBe(0);
    saved.noteTtl('c1', told('new'), nowMs + 9000, nowMs);
    expect(aHost(dir).saved.loadResults(nowMs).get('c1')).toMatchObject(told('new'));
  });

  test('is known after a restart without results having been saved, the last word first', () => {
    const { dir, saved } = aHost();
    const { state } = aLocalState();
    state.addCheck(aCheck('c1'), 'api');
    state.report({ CheckID: 'c1', ...told('old') });
    saved.saveResults(state, () => nowMs + 1000, nowMs);
    for (const output of ['one', 'two\n', 'three']) saved.noteTtl('c1', told(output), nowMs + 9000, nowMs);
    saved.noteTtl('c2', { Status: 'critical', Output: 'TTL expired' }, nowMs, nowMs);
    expect(aHost(dir).saved.loadResults(nowMs + 5000)).toEqual(
      new Map([
        ['c1', { ...told('three'), ttlRemainingMs: 4000 }],
        ['c2', { Status: 'critical', Output: 'TTL expired' }],
      ]),
    );
  });

  test('is forgotten when all results are saved', () => {
    const { dir, saved } = aHost();
    saved.noteTtl('gone', told(''), nowMs + 9000, nowMs);
    saved.saveResults(aLocalState().state, () => undefined, nowMs);
    expect(aHost(dir).saved.loadResults(nowMs)).toEqual(new Map());
    saved.noteTtl('c1', told('after'), nowMs + 9000, nowMs);
    expect(aHost(dir).saved.loadResults(nowMs).get('c1')).toMatchObject(told('after'));
  });

  test('counts as far as its line is whole, and the next line is not harmed by one that is not', () => {
    const { dir, saved } = aHost();
    const path = join(dir, 'local/ttl.journal');
    saved.noteTtl('c1', told('first'), nowMs, nowMs);
    saved.noteTtl('c1', told('other'), nowMs, nowMs);
    const whole = readFileSync(path);
    for (let bytes = 0; bytes < whole.length; bytes += 1) {
      writeFileSync(path, whole.subarray(0, bytes));
      const Output = aHost(dir).saved.loadResults(nowMs).get('c1')?.Output;
      expect(Output, `${bytes} bytes`).toBe(bytes < whole.length / 2 ? undefined : 'first');
      saved.noteTtl('c1', told('next'), nowMs, nowMs);
      expect(aHost(dir).saved.loadResults(nowMs).get('c1')).toMatchObject(told('next'));
    }
  });

  test('is saved with all results when the journal has grown beyond 1 MiB', () => {
    const { saved } = aHost();
    const long = told('x'.repeat(2 ** 19 - 200));
    expect(saved.noteTtl('c1', long, nowMs, nowMs)).toBe(false);
    expect(saved.noteTtl('c1', long, nowMs, nowMs)).toBe(false);
    expect(saved.noteTtl('c1', told('x'.repeat(400)), nowMs, nowMs)).toBe(true);
  });
});
