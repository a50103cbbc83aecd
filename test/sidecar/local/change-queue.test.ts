/** Changes that come while others are written, over real files. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Declarations } from '../../../sidecar/local/declarations.ts';
import { selectApiDefinitions } from '../../../sidecar/local/definition-change.ts';
import { LocalState } from '../../../sidecar/local/local-state.ts';
import { SavedDefinitions } from '../../../sidecar/local/saved-definitions.ts';
import { seededRandom } from '../../seeded-random.ts';
import { aFolder, fillDiskUnder } from '../scratch.ts';
import { makeTestLogger } from '../test-logger.ts';
import { aCheck, aService, shown } from './declared.ts';

/** A host with the service `first`, whose next changes go to the journal; `on.changed` is called for each that is done. */
async function aHost() {
  const dir = aFolder();
  const saved = new SavedDefinitions(dir, makeTestLogger());
  const on = { changed: () => {} };
  const state = new LocalState({ start: () => undefined, stop: () => undefined }, () => on.changed());
  const declarations = new Declarations(state, saved);
  const load = () => new SavedDefinitions(dir, makeTestLogger()).load();
  const idsOnDisk = () => load().Services.map(({ Service }) => Service.ID);
  await declarations.registerService(aService('first'), false);
  return { state, declarations, on, saved, load, idsOnDisk, journal: join(dir, 'definitions.journal') };
}

const ids = (count: number) => Array.from({ length: count }, (_, i) => `s${i}`);

/** What became of each: "done", or the status of the refusal. */
async function outcomesOf(changes: Promise<void>[]): Promise<(string | number)[]> {
  const settled = await Promise.allSettled(changes);
  return settled.map((one) => (one.status === 'fulfilled' ? 'done' : (one.reason.status as number)));
}

test('a change that comes alone is written at once, those that come meanwhile together', async () => {
  const { declarations, idsOnDisk, journal } = await aHost();
  await Promise.all(ids(100).map((id) => declarations.registerService(aService(id), false)));
  const groups = readFileSync(journal, 'utf8').trimEnd().split('\n');
  expect(groups.map((group) => group.match(/"Set"/g)?.length)).toEqual([1, 99]);
  expect(idsOnDisk()).toHaveLength(101);
});

test('nobody sees a change before it is on disk', async () => {
  const { state, declarations, on, idsOnDisk } = await aHost();
  const unsaved: string[] = [];
  on.changed = () => {
    const onDisk = new Set(idsOnDisk());
    unsaved.push(...[...state.services.keys()].filter((id) => !onDisk.has(id)));
  };
  const changes = ids(20).map((id) => declarations.registerService(aService(id), false));
  expect([...state.services.keys()]).toEqual(['first']);
  await Promise.all(changes);
  expect([state.services.size, unsaved]).toEqual([21, []]);
});

test('a group that the disk refuses has not happened, each of its changes; those before and after have', async () => {
  const { state, declarations, on, idsOnDisk, journal } = await aHost();
  let seen = 0;
  let free = () => {};
  on.changed = () => {
    seen += 1;
    // The first is done, and the others are a group that is written next.
    if (seen === 1) free = fillDiskUnder(journal);
  };
  const changes = [
    ...ids(5).map((id) => declarations.registerService(aService(id, [aCheck(`${id}-check`)]), false)),
    declarations.deregisterService('first'),
  ];
  expect(await outcomesOf(changes)).toEqual(['done', 500, 500, 500, 500, 500]);
  await expect(changes[1]).rejects.toThrow('nothing was changed: ENOSPC: no space left on device, write');
  free();
  expect([seen, shown(state)]).toEqual([1, { first: [], s0: ['s0-check critical'], '': [] }]);
  expect(idsOnDisk()).toEqual(['first', 's0']);
  await declarations.registerService(aService('after'), false);
  expect(idsOnDisk()).toEqual(['first', 's0', 'after']);
});

/** Eight clients, each with its next service when the last is answered; prints what became of each. */
const clients = `
  const state = new LocalState({ start: () => {}, stop: () => {} }, () => {});
  const declarations = new Declarations(state, new SavedDefinitions(process.argv[1], { error: () => {} }));
  const outcomes = {};
  const register = (id) =>
    declarations.registerService(aService(id), false).then(() => 'done', ({ message }) => message);
  await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(async (client) => {
    for (let i = 0; i < 20; i++) outcomes[client + '-' + i] = await register(client + '-' + i);
  }));
  console.log(JSON.stringify(outcomes));
`;

test('of what a disk takes in part, that is kept which was acknowledged, and nothing else', () => {
  const dir = aFolder();
  const from = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const script = `
    import { Declarations } from ${from('../../../sidecar/local/declarations.ts')};
    import { LocalState } from ${from('../../../sidecar/local/local-state.ts')};
    import { SavedDefinitions } from ${from('../../../sidecar/local/saved-definitions.ts')};
    import { aService } from ${from('./declared.ts')};
    ${clients}`;
  // A limit on the size of files stops a write in its middle, as a disk does that fills up.
  const limited = ['-c', 'trap "" XFSZ; ulimit -f 16; exec "$@"', 'sh', process.execPath];
  const { stdout } = spawnSync('sh', [...limited, '--input-type=module', '-e', script, dir]);
  const outcomes = Object.entries(JSON.parse(String(stdout)) as Record<string, string>);
  const done = outcomes.filter(([, outcome]) => outcome === 'done').map(([id]) => id);
  const kept = new SavedDefinitions(dir, makeTestLogger()).load();
  expect(kept.Services.map(({ Service }) => Service.ID).sort()).toEqual(done.sort());
  expect(done.length).toBeGreaterThan(8);
  expect(new Set(outcomes.map(([, outcome]) => outcome))).toEqual(
    new Set([
      'done',
      'the data directory cannot be written, so nothing was changed: EFBIG: file too large, write',
    ]),
  );
});

type Act = (host: Declarations) => Promise<void>;
const register =
  (Port: number, ...checks: string[]): Act =>
  (host) =>
    host.registerService(
      aService(
        'web',
        checks.map((id) => aCheck(id)),
        { Port },
      ),
      true,
    );
const deregister: Act = (host) => host.deregisterService('web');
const check: Act = (host) => host.registerCheck(aCheck('c1', { ServiceID: 'web' }));
const dropCheck: Act = (host) => host.deregisterCheck('c1');
const maintain =
  (enable: boolean): Act =>
  (host) =>
    host.setMaintenance('web', enable, '');
const maintained = '_service_maintenance:web critical';

describe('asked for at once, changes are done as if each had waited for the one before:', () => {
  test.each<[string, Act[], (string | number)[], Record<string, string[]>]>([
    [
      'the last of three counts',
      [register(1), register(2), register(3)],
      ['done', 'done', 'done'],
      { web: [] },
    ],
    ['there and gone', [register(1), deregister], ['done', 'done'], {}],
    ['gone before it was there', [deregister, register(3)], [404, 'done'], { web: [] }],
    ['gone once', [register(1), deregister, deregister], ['done', 'done', 404], {}],
    [
      'there, gone and there',
      [register(1), deregister, register(3, 'c2')],
      ['done', 'done', 'done'],
      { web: ['c2 critical'] },
    ],
    ['a check of it', [register(3), check], ['done', 'done'], { web: ['c1 critical'] }],
    ['a check before it', [check, register(3)], [404, 'done'], { web: [] }],
    ['a check of what has gone', [register(1), deregister, check], ['done', 'done', 404], {}],
    ['a check that goes with it', [register(1, 'c1'), deregister, dropCheck], ['done', 'done', 404], {}],
    [
      'a check that a new registration replaces',
      [register(1), check, register(3, 'c2'), dropCheck],
      ['done', 'done', 'done', 404],
      { web: ['c2 critical'] },
    ],
    [
      'maintenance, once',
      [register(3), maintain(true), maintain(true), maintain(false), maintain(true)],
      ['done', 'done', 'done', 'done', 'done'],
      { web: [maintained] },
    ],
    ['maintenance of what has gone', [register(1), deregister, maintain(true)], ['done', 'done', 404], {}],
  ])('%s', async (_what, acts, outcomes, left) => {
    const { state, declarations, load, idsOnDisk } = await aHost();
    expect(await outcomesOf(acts.map((act) => act(declarations)))).toEqual(outcomes);
    expect(shown(state)).toEqual({ first: [], '': [], ...left });
    expect(idsOnDisk()).toEqual(['first', ...Object.keys(left)]);
    expect(load()).toEqual(selectApiDefinitions(state));
    if (left.web) expect(state.services.get('web')?.definition.Service.Port).toBe(3);
  });

  test.each([1, 2, 3, 4, 5])('anything (seed %i)', async (seed) => {
    const random = seededRandom(seed);
    const pick = <Item>(items: Item[]) => items[Math.floor(random() * items.length)]!;
    const anAct = (): Act => {
      const id = pick(['web', 'db']);
      const checkId = pick(['c1', 'c2', 'c3']);
      const checks = ['c1', 'c2'].filter(() => random() < 0.5).map((one) => aCheck(one));
      const replaces = random() < 0.5;
      const of = pick(['', id]);
      return pick<Act>([
        (host) => host.registerService(aService(id, checks), replaces),
        (host) => host.deregisterService(id),
        (host) => host.registerCheck(aCheck(checkId, { ServiceID: of })),
        (host) => host.deregisterCheck(checkId),
        (host) => host.setMaintenance(of, replaces, ''),
      ]);
    };
    const acts = Array.from({ length: 300 }, anAct);
    const [together, alone] = [await aHost(), await aHost()];
    const outcomes = await outcomesOf(acts.map((act) => act(together.declarations)));
    const wanted: (string | number)[] = [];
    for (const act of acts) wanted.push(...(await outcomesOf([act(alone.declarations)])));
    expect(outcomes).toEqual(wanted);
    expect(sorted(selectApiDefinitions(together.state))).toEqual(sorted(selectApiDefinitions(alone.state)));
    expect(sorted(together.load())).toEqual(sorted(selectApiDefinitions(together.state)));
  });
});

/** In what order they were declared says nothing. */
const sorted = ({ Services, Checks }: ReturnType<typeof selectApiDefinitions>) => [
  [...Services].sort((a, b) => a.Service.ID.localeCompare(b.Service.ID)),
  [...Checks].sort((a, b) => a.CheckID.localeCompare(b.CheckID)),
];

describe('while changes are written', () => {
  test('a reload may take the service of a check, which is then refused, and does not return', async () => {
    const { state, declarations, load } = await aHost();
    state.reload([aService('file')], []);
    const registered = declarations.registerCheck(aCheck('c1', { ServiceID: 'file' }));
    state.reload([], []);
    expect(await outcomesOf([registered])).toEqual([404]);
    expect(shown(state)).toEqual({ first: [], '': [] });
    state.restoreChecks(load().Checks);
    expect(shown(state)).toEqual({ first: [], '': [] });
  });

  test('a service may be evicted: it stays if it is declared anew among them', async () => {
    const { state, declarations, idsOnDisk } = await aHost();
    const changes = [
      declarations.registerService(aService('s0'), false),
      declarations.registerService(aService('first', [], { Port: 81 }), false),
      declarations.dropService('first'),
    ];
    expect(shown(state)).toEqual({ '': [] });
    expect(await outcomesOf(changes)).toEqual(['done', 'done', 'done']);
    expect(state.services.get('first')?.definition.Service.Port).toBe(81);
    expect(idsOnDisk().sort()).toEqual(['first', 's0']);
  });

  test('nobody is told that they are settled', async () => {
    const { declarations, idsOnDisk } = await aHost();
    const changes = ids(10).map((id) => declarations.registerService(aService(id), false));
    await declarations.settled();
    expect(idsOnDisk()).toHaveLength(11);
    await Promise.all(changes);
    await declarations.settled();
  });
});
