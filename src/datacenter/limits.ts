/** What the object allows itself and its sidecars, with units; see `src/shared/limits.ts` for limits of requests. */
import { snapshotFileBytesMax } from '../shared/limits.ts';
import type { LivenessLimits } from './liveness.ts';
import type { ReapLimits } from './reap.ts';

/** How often a sidecar says that it lives. Lower finds a dead host sooner and costs more packets, but no writes. */
export const heartbeatIntervalMs = 3_000;

/** From this many silent hosts on, and above this share of all, the silence is not believed. */
const silentNodesMin = 4;
const silentShareMax = 0.5;

/** Three heartbeats and a little; with the alarm's own delay a killed sidecar is critical within 15 s. */
export const livenessLimits: LivenessLimits = {
  silenceMsMax: 10_000,
  restartGraceMs: 30_000,
  massSilenceGraceMs: 60_000,
  silentNodesMin,
  silentShareMax,
};

/** 72 h are Consul's. A mass silence holds all other evictions no longer than this either. */
export const reapLimits: ReapLimits = { reconnectTimeoutMs: 72 * 3_600_000, silentNodesMin, silentShareMax };

/** What a sidecar that has just joined needs at most to say how its checks stand; until then they evict nothing. */
export const settleMs = 5_000;

/** For how long, and how many, hosts that left are listed among the members; 24 h are Consul's. */
export const leftMemberMs = 24 * 3_600_000;
export const leftMembersMax = 1_000;

/** How long a deletion is remembered, for copies that were away. */
export const tombstoneMs = 15 * 60_000;

/** A copy that missed more changes than this is made anew, in pages. */
export const deltaChangesMax = 2_000;
/** So is one of rows so long that one message could not carry them: every connection would end with it. */
export const deltaCharsMax = 8 * 1024 * 1024;
/**
 * Blocking queries that wait at once; one more is refused. Each costs a self-hosted edge about 90 KB, most of it workerd's
 * for the request that is under way (`npm run bench -- waiters`).
 */
export const waitersMax = 10_000;

/** A page is full with the row that passes this; one message may have 32 MiB. */
export const pageCharsMax = 1024 * 1024;

/** Answers kept as text, oldest out first. */
export const answerCacheCharsMax = 16 * 1024 * 1024;
/** Answers to DNS questions, of which there may be twice as much: this many bytes are new when the older go. */
export const dnsCacheBytesMax = 2 * 1024 * 1024;

/**
 * A snapshot is copied, and restored, in one turn of the object, in which nobody else is answered: its state may have so
 * many bytes before it is packed, and not more.
 */
export const snapshotStateBytesMax = snapshotFileBytesMax;
/** The longest line: a row of the largest kind, with every character escaped. */
export const snapshotLineBytesMax = 16 * 1024 * 1024;
/** How much of a spool is in one row of its table, which may have 2 MB. */
export const spoolPartBytes = 1024 * 1024;
/** Each needs as much storage as the whole state. */
export const spoolsMax = 2;
/** A spool that nobody reads or writes for so long is taken for given up when another is wanted. */
export const spoolIdleMsMax = 5 * 60_000;
/** The state is made in pieces of about so many characters. */
export const snapshotChunkChars = 256 * 1024;

/** An alarm is never set closer than this, so that a late host cannot make the object spin. */
export const alarmGapMs = 250;

/** The clock of the object is believed to have been set when it is off by more than this. */
export const clockJumpMsMin = 10_000;

export const writeOpsMax = 1_024;
export const upMessageCharsMax = 4 * 1024 * 1024;

if (livenessLimits.silenceMsMax < 3 * heartbeatIntervalMs)
  throw new Error('two lost heartbeats must be forgiven');
