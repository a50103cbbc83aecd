/**
 * The catalog copy on disk, so that DNS answers after a restart without the edge: one JSON line that names the copy, then
 * a line per row. It is written beside the old one and renamed over it; a file that cannot be read back whole is no copy.
 */
import { createReadStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Change } from '../../src/shared/protocol/messages.ts';
import { CatalogCache } from './catalog-cache.ts';

const formatVersion = 1;
/** Rows written between two chances for other work. */
const rowsPerChunk = 2_000;

interface Header {
  Format: number;
  Datacenter: string;
  CatalogID: string;
  Index: number;
  Rows: number;
  SavedAtMs: number;
}

export interface SavedCopy {
  cache: CatalogCache;
  savedAtMs: number;
}

/** @throws when the disk refuses; the old copy is then still whole. */
export async function saveCopy(path: string, cache: CatalogCache, nowMs: number): Promise<void> {
  const changes = [...cache.changes()];
  const header: Header = {
    Format: formatVersion,
    Datacenter: cache.datacenter,
    CatalogID: cache.catalogId,
    Index: cache.lastIndex,
    Rows: changes.length,
    SavedAtMs: nowMs,
  };
  const next = `${path}.next`;
  const file = await open(next, 'w', 0o600);
  try {
    await file.appendFile(`${JSON.stringify(header)}\n`);
    for (let from = 0; from < changes.length; from += rowsPerChunk) {
      const lines = changes.slice(from, from + rowsPerChunk).map((change) => JSON.stringify(change));
      await file.appendFile(`${lines.join('\n')}\n`);
    }
    await file.sync();
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await rename(next, path);
}

/** The saved copy, or undefined where there is none that is whole and of this datacenter. */
export async function loadCopy(path: string, datacenter: string): Promise<SavedCopy | undefined> {
  try {
    return await readCopy(path, datacenter);
  } catch {
    return undefined;
  }
}

async function readCopy(path: string, datacenter: string): Promise<SavedCopy | undefined> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  let header: Header | undefined;
  const changes: Change[] = [];
  for await (const line of lines) {
    if (header) changes.push(JSON.parse(line) as Change);
    else header = JSON.parse(line) as Header;
  }
  if (header?.Format !== formatVersion || header.Datacenter !== datacenter) return undefined;
  if (changes.length !== header.Rows) return undefined;
  const cache = new CatalogCache(datacenter);
  cache.apply(header.Index, changes);
  cache.catalogId = header.CatalogID;
  return { cache, savedAtMs: header.SavedAtMs };
}
