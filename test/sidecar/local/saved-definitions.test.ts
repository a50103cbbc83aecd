import { copyFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DefinitionChange } from '../../../sidecar/local/definition-change.ts';
import { SavedDefinitions } from '../../../sidecar/local/saved-definitions.ts';
import { aFolder, fillDisk, fillDiskUnder } from '../scratch.ts';
import { type LoggedLine, makeTestLogger } from '../test-logger.ts';
import { aCheck, aLocalState, aService } from './declared.ts';

const none = { Services: [], Checks: [] };

/** Kept definitions, those of a host that declares nothing; `ids` are the services that a restart would find. */
function aSaved(dir = aFolder()) {
  const lines: LoggedLine[] = [];
  const { state } = aLocalState();
  const saved = new SavedDefinitions(dir, makeTestLogger(lines));
  const load = () => new SavedDefinitions(dir, makeTestLogger(lines)).load();
  const ids = () => load().Services.map(({ Service }) => Service.ID);
  const [path, journal] = ['definitions.json', 'definitions.journal'].map((name) => join(dir, name)) as [
    string,
    string,
  ];
  return { dir, saved, state, load, ids, lines, path, journal };
}

const set = (id: string, text = ''): DefinitionChange => ({
  Set: 'service',
  Definition: aService(id, [aCheck(`${id}-check`)], { Meta: { text } }),
  ReplaceChecks: false,
});

test('are read back as the API declared them; those of files are not kept', async () => {
  const { saved, state, load } = aSaved();
  expect(load()).toEqual(none);
  state.addService(aService('web', [aCheck('c1'), aCheck('c2')]), 'api');
  state.addService(aService('file', [aCheck('c6')]), 'config');
  state.addCheck(aCheck('c3', { ServiceID: 'web' }), 'api');
  state.addCheck(aCheck('c4', { ServiceID: 'file' }), 'api');
  state.addCheck(aCheck('c5'), 'config');
  await saved.write([], state);
  expect(load()).toEqual({
    Services: [aService('web')],
    Checks: [
      ...['c1', 'c2', 'c3'].map((id) => aCheck(id, { ServiceID: 'web' })),
      aCheck('c4', { ServiceID: 'file' }),
    ],
  });
});

test('are as they are now: a check that came with its service may have gone or changed', async () => {
  const { saved, state, load } = aSaved();
  state.addService(aService('web', [aCheck('c1'), aCheck('c2')]), 'api');
  state.removeCheck('c1');
  state.addCheck(aCheck('c2', { ServiceID: 'web', Notes: 'new' }), 'api');
  await saved.write([], state);
  expect(load().Checks).toEqual([aCheck('c2', { ServiceID: 'web', Notes: 'new' })]);
});

test('have the tags that were declared, whatever the catalog says meanwhile', async () => {
  const { saved, state, load } = aSaved();
  const web = aService('web', [], { EnableTagOverride: true, Tags: ['mine'] });
  state.addService(web, 'api');
  state.takeTags('web', ['theirs']);
  await saved.write([], state);
  expect(load().Services).toEqual([web]);
});

test('may hold tokens, so nobody else can read them', async () => {
  const { saved, state, path, journal } = aSaved();
  await saved.write([set('a')], state);
  await saved.write([set('b')], state);
  expect([path, journal].map((file) => statSync(file).mode & 0o077)).toEqual([0, 0]);
});

describe('the journal', () => {
  test('has a line for each group that was written since all was', async () => {
    const { saved, state, ids, path, journal } = aSaved();
    await saved.write([set('a')], state);
    const before = readFileSync(path);
    expect(existsSync(journal)).toBe(false);
    await saved.write([set('b'), set('c')], state);
    await saved.write([{ Delete: 'service', ID: 'b' }, set('d')], state);
    expect(readFileSync(journal, 'utf8').match(/\n/g)).toHaveLength(2);
    expect([ids(), readFileSync(path)]).toEqual([['a', 'c', 'd'], before]);
  });

  test('a group counts as a whole or not at all, wherever its writer died; that is no damage', async () => {
    const { saved, state, ids, lines, journal } = aSaved();
    await saved.write([set('a')], state);
    await saved.write([set('b'), set('c')], state);
    const first = readFileSync(journal).length;
    await saved.write([set('d', 'é'), { Delete: 'service', ID: 'a' }], state);
    const whole = readFileSync(journal);
    for (let bytes = 0; bytes <= whole.length; bytes += 1) {
      writeFileSync(journal, whole.subarray(0, bytes));
      // Without its end of line a line is whole.
      const found = bytes < first - 1 ? ['a'] : bytes < whole.length - 1 ? ['a', 'b', 'c'] : ['b', 'c', 'd'];
      expect(ids(), `${bytes} bytes`).toEqual(found);
    }
    expect(lines).toEqual([]);
  });

  test('with one bit changed in a line is set aside, which is told; the other lines are kept', async () => {
    const { saved, state, ids, lines, journal } = aSaved();
    await saved.write([set('a')], state);
    await saved.write([set('b')], state);
    const first = readFileSync(journal).length;
    await saved.write([set('c')], state);
    await saved.write([set('d')], state);
    const whole = readFileSync(journal);
    for (let byte = first; byte < 2 * first - 1; byte += 1) {
      const flipped = Buffer.from(whole);
      flipped[byte]! ^= 1;
      writeFileSync(journal, flipped);
      expect([ids(), existsSync(journal), ids()], `byte ${byte}`).toEqual([
        ['a', 'b', 'd'],
        false,
        ['a', 'b', 'd'],
      ]);
      await saved.write([set('a')], state);
    }
    expect(lines[0]).toEqual({
      level: 'error',
      message: 'a file of the data directory cannot be used and is set aside; the agent goes on without it',
      fields: {
        path: journal,
        aside: `${journal}.damaged`,
        reason: '1 of its lines do not match their checksums; the others count',
      },
    });
    expect(lines).toHaveLength(first - 1);
  });

  test('ends when all is written: when it has grown beyond 1 MiB, and after a reload', async () => {
    const { saved, state, ids, journal } = aSaved();
    await saved.write([set('a')], state);
    await saved.write([set('b')], state);
    // A line that is longer by its text alone.
    const room = 1_048_576 - statSync(journal).size * 2;
    await saved.write([set('b', 'x'.repeat(room))], state);
    expect(statSync(journal).size).toBe(1_048_576);
    await saved.write([set('b')], state);
    expect(statSync(journal).size).toBeGreaterThan(1_048_576);
    // What was written here was never done in the state, so all is what that has and what is new.
    await saved.write([set('c')], state);
    expect([existsSync(journal), ids()]).toEqual([false, ['c']]);
    await saved.write([set('d')], state);
    saved.rewriteNext();
    await saved.write([set('e')], state);
    expect([existsSync(journal), ids()]).toEqual([false, ['e']]);
  });

  test('of a host that died before it could end it is not done again', async () => {
    const { saved, state, ids, journal } = aSaved();
    await saved.write([set('a')], state);
    await saved.write([set('b'), { Delete: 'service', ID: 'c' }], state);
    copyFileSync(journal, `${journal}.old`);
    saved.rewriteNext();
    await saved.write([set('c')], state);
    copyFileSync(`${journal}.old`, journal);
    expect(ids()).toEqual(['c']);
  });

  test('counts also where the file before it is lost, and what is written then follows on neither', async () => {
    const { dir, saved, state, ids, path, journal } = aSaved();
    await saved.write([set('a')], state);
    await saved.write([set('b')], state);
    copyFileSync(journal, `${journal}.old`);
    rmSync(path);
    expect(ids()).toEqual(['b']);
    const next = aSaved(dir);
    next.saved.load();
    await next.saved.write([set('c')], state);
    copyFileSync(`${journal}.old`, journal);
    expect(ids()).toEqual(['c']);
  });
});

describe('a full disk', () => {
  test('is told, and what was saved before stays', async () => {
    const { saved, state, ids, path } = aSaved();
    await saved.write([set('web')], state);
    saved.rewriteNext();
    fillDisk(path);
    await expect(saved.write([set('db')], state)).rejects.toThrow('ENOSPC');
    expect([ids(), existsSync(`${path}.next`)]).toEqual([['web'], false]);
  });

  test('that takes no line of the journal has the next change write all', async () => {
    const { saved, state, ids, journal } = aSaved();
    state.addService(aService('web'), 'api');
    await saved.write([], state);
    fillDiskUnder(journal);
    await expect(saved.write([set('db')], state)).rejects.toThrow('ENOSPC');
    await saved.write([set('cache')], state);
    expect([ids(), existsSync(journal)]).toEqual([['web', 'cache'], false]);
  });
});
