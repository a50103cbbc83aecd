/** A snapshot in a file: an archive of what it is, the state, and the sums of both. It is read to its end, and held nowhere. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { readTar } from '../../src/shared/tar.ts';

export interface SnapshotMeta {
  ID: string;
  Size: number;
  Index: number;
  Term: number;
  Version: number;
}

const metaName = 'meta.json';
const sumsName = 'SHA256SUMS';

/** @throws when the file cannot be read, is no snapshot, or was damaged. */
export async function readSnapshotFile(path: string): Promise<SnapshotMeta> {
  const texts = new Map<string, string>();
  const sums = new Map<string, string>();
  const source = createReadStream(path);
  const unpacked = source.pipe(createGunzip());
  source.on('error', (error) => unpacked.destroy(error));
  unpacked.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code?.startsWith('Z_')) error.message = `failed to decompress snapshot: ${error.message}`;
  });
  await readTar(unpacked, (name) => {
    const hash = createHash('sha256');
    sums.set(name, hash.copy().digest('hex'));
    return (bytes) => {
      hash.update(bytes);
      sums.set(name, hash.copy().digest('hex'));
      if (name === metaName || name === sumsName)
        texts.set(name, (texts.get(name) ?? '') + Buffer.from(bytes).toString());
    };
  });
  for (const line of (texts.get(sumsName) ?? '').split('\n').filter((text) => text !== '')) {
    const [sum, name = ''] = line.split(/\s+/);
    if (sums.get(name) !== sum) throw new Error(`hash check failed for ${JSON.stringify(name)}`);
  }
  const meta = texts.get(metaName);
  if (meta === undefined || !texts.has(sumsName)) throw new Error('the archive is no snapshot');
  return JSON.parse(meta) as SnapshotMeta;
}
