import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTar, tarEnd, tarEntry } from '../../../src/shared/tar.ts';

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

/** Name and content of each file. */
async function filesIn(bytes: Uint8Array, size: number): Promise<[name: string, body: Uint8Array][]> {
  const files: [string, number[]][] = [];
  await readTar(inPieces(bytes, size), (name, announced) => {
    const body: number[] = [];
    files.push([`${name} of ${announced}`, body]);
    return (some) => void body.push(...some);
  });
  return files.map(([name, body]) => [name, Uint8Array.from(body)]);
}

describe('a tar of plain files', () => {
  it('is read as it was written, in pieces of any size', async () => {
    const body = fc.uint8Array({ maxLength: 1_100 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(body, { maxLength: 3 }),
        fc.integer({ min: 1, max: 1_500 }),
        async (bodies, size) => {
          const files = bodies.map((bytes): [string, Uint8Array] => ['f', bytes]);
          const read = files.map(([, bytes]) => [`f of ${bytes.byteLength}`, bytes]);
          expect(await filesIn(tarOf(files), size)).toEqual(read);
        },
      ),
      { seed: 20_261_122, numRuns: 50 },
    );
  });

  it('may be filled up to a record, and not with more', async () => {
    const ended = (zeros: number) => filesIn(Uint8Array.from([...tarOf([]), ...new Uint8Array(zeros)]), 512);
    expect(await ended(64 * 1024 - 512)).toEqual([]);
    await expect(ended(64 * 1024 - 511)).rejects.toThrow('more than 65536 bytes after its end');
  });

  it.each([
    ['cut short', tarOf([['a', new Uint8Array(600)]]).subarray(0, 1_200), 'unexpected EOF'],
    ['empty', new Uint8Array(), 'unexpected EOF'],
    ['no header', new Uint8Array(512).fill(65), 'archive/tar: invalid tar header'],
  ])('is refused when it is %s', async (_what, bytes, message) => {
    await expect(filesIn(bytes, 512)).rejects.toThrow(message);
  });
});
