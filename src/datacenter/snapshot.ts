/**
 * Snapshots: everything a datacenter knows, at one index, in one file. It is copied in one turn of the object, so no write
 * comes between, and restored in one transaction, so nobody ever sees half of it. On its way in and out it is in a spool,
 * for the state may be larger than the memory.
 */
import { ApiError } from '../shared/api-error.ts';
import type { Index } from '../shared/model.ts';
import { livenessLimits } from './limits.ts';
import { packArchive, unpackArchive } from './snapshot-archive.ts';
import { encodeState, insertState } from './snapshot-state.ts';
import type { Spool } from './spools.ts';
import type { CatalogStore } from './store/catalog-store.ts';

const snapshotVersion = 1;

/** What is needed to restore, among what tools for Consul's snapshots look for. */
interface SnapshotMeta {
  Version: number;
  ID: string;
  Index: Index;
  Datacenter: string;
  TakenAtMs: number;
}

/**
 * A snapshot that is on its way: it can be sent bit by bit while writes go on, for its state was copied in one turn.
 * @throws {ApiError} 500 when the state is too large for it.
 */
export function takeSnapshot(
  store: CatalogStore,
  spool: Spool,
  nowMs: number,
): { Meta: string; Index: Index } {
  store.atomically(() => {
    encodeState(store.dump, (bytes) => spool.write(bytes));
    spool.end();
  });
  const Index = store.lastIndex;
  const meta = {
    Version: snapshotVersion,
    ID: `1-${Index}-${nowMs}`,
    Index,
    Term: 1,
    Size: spool.bytes,
    Datacenter: store.datacenter,
    TakenAtMs: nowMs,
  };
  return { Meta: JSON.stringify(meta), Index };
}

/** What `takeSnapshot` copied, as the file it travels in. It takes the spool along when it has been read or cancelled. */
export function sendSnapshot(meta: string, spool: Spool, nowMs: number): ReadableStream<Uint8Array> {
  const state = { bytes: spool.bytes, pieces: spool.parts(), done: () => spool.drop() };
  return packArchive(meta, state, nowMs);
}

/** Reads one into the spool. @throws {ApiError} 500 unless it is whole, unchanged and one of ours. */
export async function receiveSnapshot(
  packed: ReadableStream<Uint8Array>,
  spool: Spool,
): Promise<SnapshotMeta> {
  const meta = await unpackArchive(packed, (bytes) => spool.write(bytes));
  spool.end();
  return parseMeta(meta);
}

/**
 * Puts the snapshot in place of all there is. The hosts that it knows get the time they have after a restart to come
 * back. @throws {ApiError} 500, and nothing has changed, for a row that fits no table, or one of another datacenter.
 */
export function restoreSnapshot(
  store: CatalogStore,
  snapshot: SnapshotMeta,
  spool: Spool,
  nowMs: number,
): void {
  if (snapshot.Datacenter !== store.datacenter)
    throw refuse(
      `it is of datacenter ${JSON.stringify(snapshot.Datacenter)}, this is ${JSON.stringify(store.datacenter)}`,
    );
  store.replace(snapshot.Index, (dump) => {
    insertState(dump, spool.parts(), { index: snapshot.Index, shiftMs: nowMs - snapshot.TakenAtMs });
    store.nodeTable.setAllLost(nowMs + livenessLimits.restartGraceMs - livenessLimits.silenceMsMax);
  });
}

function parseMeta(text: string): SnapshotMeta {
  const meta = parseObject(text);
  const { Version, Index, Datacenter, TakenAtMs } = meta;
  const isOurs =
    typeof Datacenter === 'string' &&
    Number.isSafeInteger(Index) &&
    Number(Index) >= 1 &&
    Number.isFinite(TakenAtMs);
  if (!isOurs)
    throw refuse(
      'it was not taken here: its meta.json names no datacenter, index and time. Of a Consul, keys can be taken along with ' +
        '`consul kv export` and `consul kv import`',
    );
  if (Version !== snapshotVersion) throw refuse(`it has version ${Version}, this reads ${snapshotVersion}`);
  return meta as unknown as SnapshotMeta;
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text));
  } catch {
    throw refuse('its meta.json is no JSON');
  }
}

const refuse = (why: string) => new ApiError(500, `failed to restore snapshot: ${why}`);
