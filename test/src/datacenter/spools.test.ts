/** What waits in the storage of the object for being sent or restored. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { spoolIdleMsMax, spoolPartBytes, spoolsMax } from '../../../src/datacenter/limits.ts';
import { Spools } from '../../../src/datacenter/spools.ts';
import { Database } from '../../../src/datacenter/store/database.ts';
import { SpoolTable } from '../../../src/datacenter/store/spool-table.ts';

let made = 0;

const law = (name: string, test: (open: (bytesMax?: number) => Spool, world: World) => void) =>
  it(name, () => {
    made += 1;
    return runInDurableObject(env.DATACENTERS.getByName(`spools-${made}`), (_object, { storage }) => {
      const world: World = {
        nowMs: 0,
        parts: () => storage.sql.exec('SELECT Part FROM snapshot_spool').toArray().length,
        makeSpools: () => new Spools(new SpoolTable(new Database(storage)), () => world.nowMs),
      };
      const spools = world.makeSpools();
      test((bytesMax = 10 * spoolPartBytes) => spools.open(bytesMax), world);
    });
  });

type Spool = ReturnType<Spools['open']>;
interface World {
  nowMs: number;
  parts(): number;
  makeSpools(): Spools;
}

const bytesOf = (spool: Spool) => [...spool.parts()].map((part) => part.byteLength);

law('gives back what was written, in parts of one size, and leaves nothing', (open, { parts }) => {
  const spool = open();
  for (let i = 0; i < 5; i++) spool.write(new Uint8Array(spoolPartBytes / 2).fill(i));
  spool.end();
  expect(bytesOf(spool)).toEqual([spoolPartBytes, spoolPartBytes, spoolPartBytes / 2]);
  const [first, second, third] = [...spool.parts()];
  expect([first![0], first!.at(-1), second![0], second!.at(-1), third![0]]).toEqual([0, 1, 2, 3, 4]);
  expect(parts()).toBe(3);
  spool.drop();
  spool.drop();
  expect(parts()).toBe(0);
});

law('has as many bytes as are allowed and no more', (open) => {
  const spool = open(100);
  spool.write(new Uint8Array(100));
  expect(() => spool.write(new Uint8Array(1))).toThrow(
    'the state has more than 100 bytes: it is too large for a snapshot',
  );
  expect(spool.bytes).toBe(101);
});

law('are so many at once, and one that nobody uses makes room', (open, world) => {
  const used = open();
  for (let i = 1; i < spoolsMax; i++) open().end();
  expect(() => open()).toThrow(`${spoolsMax} snapshots are being taken or restored already: try again later`);
  world.nowMs = spoolIdleMsMax;
  used.write(new Uint8Array(1));
  expect(() => open()).toThrow('try again later');
  world.nowMs += 1;
  open();
  used.write(new Uint8Array(1));
});

law('one that was given up cannot be read or written', (open) => {
  const spool = open();
  spool.drop();
  expect(() => spool.write(new Uint8Array(1))).toThrow('a snapshot was given up');
});

law('do not outlive the object', (open, { parts, makeSpools }) => {
  const spool = open();
  spool.write(new Uint8Array(1));
  spool.end();
  expect(parts()).toBe(1);
  makeSpools();
  expect(parts()).toBe(0);
});
