/** A directory as an archive, `<name>.tar.gz`; then the directory is gone. */
import { createReadStream, createWriteStream, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { tarEnd, tarEntry } from '../../src/shared/tar.ts';

/** @throws when it cannot be written; then the directory stays. */
export async function archiveDebug(directory: string, archive: string, nowMs: number): Promise<void> {
  const unfinished = `${archive}.tmp`;
  try {
    const entries = Readable.from(tarOf(directory, nowMs), { objectMode: false });
    await pipeline(entries, createGzip(), createWriteStream(unfinished, { mode: 0o600 }));
    renameSync(unfinished, archive);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw new Error(`==> Archive creation failed: ${(error as Error).message}`);
  }
  rmSync(directory, { recursive: true });
}

async function* tarOf(directory: string, nowMs: number): AsyncGenerator<Uint8Array> {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => statSync(join(directory, file)).isFile())
    .sort();
  for (const file of files) {
    const path = join(directory, file);
    const { header, padding } = tarEntry(
      join(basename(directory), file),
      statSync(path).size,
      Math.floor(nowMs / 1_000),
    );
    yield header;
    yield* createReadStream(path) as AsyncIterable<Uint8Array>;
    yield padding;
  }
  yield tarEnd();
}
