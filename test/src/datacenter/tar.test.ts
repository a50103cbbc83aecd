import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTar, tarEnd, tarEntry } from '../../../src/datacenter/tar.ts';

const bytesMax = 2_000;

function tarOf(files: [name: string, body: Uint8Array][]): Uint8Array {
  const parts = files.flatMap(([name, body]) => {
    const { header, padding } = tarEntry(name, body.byteLength, 0);
    return [header, body, padding];
  });
  return Uint8Array.from([...parts, tarEnd()].flatMap((part) => [...part]));
}

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

describe('a tar of plain files', () => {
  it('is read as it was written, in pieces of any size', async () => {
    const body = fc.uint8Array({ maxLength: 1_100 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(body, { maxLength: 3 }),
        fc.integer({ min: 1, max: 1_500 }),
        async (bodies, size) => {
          const files = bodies.map((bytes, i): [string, Uint8Array] => [`file${i}`, bytes]);
          expect([...(await readTar(inPieces(tarOf(files), size), bytesMax))]).toEqual(files);
        },
      ),
      { seed: 20_261_122, numRuns: 50 },
    );
  });

  it('has files up to the limit and no larger ones', async () => {
    const read = (size: number) => readTar(inPieces(tarOf([['a', new Uint8Array(size)]]), 512), bytesMax);
    expect((await read(bytesMax)).get('a')?.byteLength).toBe(bytesMax);
    await expect(read(bytesMax + 1)).rejects.toThrow('a file of 2001 bytes, the limit is 2000');
  });

  it.each([
    ['cut short', tarOf([['a', new Uint8Array(600)]]).subarray(0, 1_200), 'unexpected EOF'],
    ['empty', new Uint8Array(), 'unexpected EOF'],
    ['no header', new Uint8Array(512).fill(65), 'archive/tar: invalid tar header'],
    [
      'the same name twice',
      tarOf([
        ['a', new Uint8Array(1)],
        ['a', new Uint8Array(2)],
      ]),
      'two files called "a"',
    ],
  ])('is refused when it is %s', async (_what, bytes, message) => {
    await expect(readTar(inPieces(bytes, 512), bytesMax)).rejects.toThrow(message);
  });
});
