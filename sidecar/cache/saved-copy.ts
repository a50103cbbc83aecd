/**
 * The catalog copy on disk, so that DNS answers after a restart without the edge: one JSON line that names the copy, a
 * line per row, and one that counts the rows and has the checksum of all lines before. It is written beside the old one and
 * renamed over it.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import type { Change } from '../../src/shared/protocol/messages.ts';
import { CatalogCache } from './catalog-cache.ts';

const formatVersion = 2;
/** Rows written between two chances for other work. */
const rowsPerChunk = 2_000;
const bytesPerRead = 256 * 1024;

interface Header {
  Format: number;
  Datacenter: string;
  CatalogID: string;
  Index: number;
  SavedAtMs: number;
}

interface Trailer {
  Rows: number;
  SHA256: string;
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
    SavedAtMs: nowMs,
  };
  const next = `${path}.next`;
  const file = await open(next, 'w', 0o600);
  const hash = createHash('sha256');
  const write = async (values: object[]) => {
    const text = values.map((value) => `${JSON.stringify(value)}\n`).join('');
    hash.update(text);
    await file.appendFile(text);
  };
  try {
    await write([header]);
    for (let from = 0; from < changes.length; from += rowsPerChunk)
      await write(changes.slice(from, from + rowsPerChunk));
    await write([{ Rows: changes.length, SHA256: hash.copy().digest('hex') } satisfies Trailer]);
    await file.sync();
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await rename(next, path);
}

/** The saved copy, or undefined if there is none. @throws if it is not whole or not of this datacenter. */
export async function loadCopy(path: string, datacenter: string): Promise<SavedCopy | undefined> {
  try {
    return await readCopy(path, datacenter);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function readCopy(path: string, datacenter: string): Promise<SavedCopy> {
  const hash = createHash('sha256');
  const changes: Change[] = [];
  let header: Header | undefined;
  let rest = '';
  for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: bytesPerRead })) {
    rest += chunk;
    // The last whole line stays, for it may be the trailer.
    const end = rest.lastIndexOf('\n', rest.lastIndexOf('\n') - 1) + 1;
    hash.update(rest.slice(0, end));
    for (const line of linesOf(rest.slice(0, end))) {
      if (header) changes.push(JSON.parse(line) as Change);
      else header = parseHeader(line, datacenter);
    }
    rest = rest.slice(end);
  }
  if (!header) throw new Error('it ends before its first row');
  const { Rows, SHA256 } = JSON.parse(rest) as Partial<Trailer>;
  if (Rows !== changes.length || SHA256 !== hash.digest('hex'))
    throw new Error('its rows do not match its checksum');
  const cache = new CatalogCache(datacenter);
  cache.apply(header.Index, changes);
  cache.catalogId = header.CatalogID;
  return { cache, savedAtMs: header.SavedAtMs };
}

/** Of text that ends with its last line, or is empty. */
const linesOf = (text: string): string[] => (text === '' ? [] : text.slice(0, -1).split('\n'));

function parseHeader(line: string, datacenter: string): Header {
  const header = JSON.parse(line) as Header;
  const { Format, Datacenter } = header;
  if (Format !== formatVersion)
    throw new Error(`its format is ${Format}, this version reads ${formatVersion}`);
  if (Datacenter !== datacenter) throw new Error(`it is of the datacenter ${JSON.stringify(Datacenter)}`);
  return header;
}
