/**
 * Snapshots: everything a datacenter knows, at one index, in one file. It is read in one turn of the object, so no write
 * comes between, and restored in one transaction, so nobody ever sees half of it.
 */
import { ApiError } from '../shared/api-error.ts';
import type { Index } from '../shared/model.ts';
import { livenessLimits, snapshotStateBytesMax } from './limits.ts';
import { type SnapshotFiles, unpackArchive } from './snapshot-archive.ts';
import { encodeState, insertState } from './snapshot-state.ts';
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

export interface Snapshot extends SnapshotMeta {
  State: Uint8Array;
}

/** @throws {ApiError} 500 when the state is too large for it. */
export function takeSnapshot(store: CatalogStore, nowMs: number): SnapshotFiles & { Index: Index } {
  const State = encodeState(store.dump, snapshotStateBytesMax);
  const Index = store.lastIndex;
  const meta = {
    Version: snapshotVersion,
    ID: `1-${Index}-${nowMs}`,
    Index,
    Term: 1,
    Size: State.reduce((sum, chunk) => sum + chunk.byteLength, 0),
    Datacenter: store.datacenter,
    TakenAtMs: nowMs,
  };
  return { Meta: JSON.stringify(meta), State, Index };
}

/** @throws {ApiError} 500 unless it is whole, unchanged and one of ours. */
export async function readSnapshot(packed: ReadableStream<Uint8Array>): Promise<Snapshot> {
  const { Meta, State } = await unpackArchive(packed, snapshotStateBytesMax);
  return { ...parseMeta(Meta), State };
}

/**
 * Puts the snapshot in place of all there is. The hosts that it knows get the time they have after a restart to come
 * back. @throws {ApiError} 500, and nothing has changed, for a row that fits no table, or one of another datacenter.
 */
export function restoreSnapshot(store: CatalogStore, snapshot: Snapshot, nowMs: number): void {
  if (snapshot.Datacenter !== store.datacenter)
    throw refuse(
      `it is of datacenter ${JSON.stringify(snapshot.Datacenter)}, this is ${JSON.stringify(store.datacenter)}`,
    );
  store.replace(snapshot.Index, (dump) => {
    insertState(dump, snapshot.State, { index: snapshot.Index, shiftMs: nowMs - snapshot.TakenAtMs });
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
  if (!isOurs) throw refuse('it was not taken here: its meta.json names no datacenter, index and time');
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
