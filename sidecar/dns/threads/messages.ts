/** What the main thread and those that answer over UDP say to one another. */
import type { Topic } from '../../../src/shared/catalog-reader.ts';
import type { AnswerSettings } from '../../../src/shared/dns/answer-settings.ts';
import type { EncodedAnswer } from '../../../src/shared/dns/wire/encoded-answer.ts';
import type { ListenPlace } from '../listen-place.ts';

/** Marks the threads that are ours among all that a process may have. */
export const threadKind = 'rollcall-dns';

export interface ThreadConfig {
  settings: AnswerSettings;
  recursionAvailable: boolean;
  /** How often the settings had changed when these were sent. */
  settingsIndex: number;
}

export interface ThreadData extends ThreadConfig {
  kind: typeof threadKind;
  indexes: SharedArrayBuffer;
  places: ListenPlace[];
}

/** What an answer was made from, as another thread can check it: see `SharedIndexes`. */
export interface SharedBasis {
  /** Undefined: no catalog decides about the answer. */
  datacenter: string | undefined;
  topics: Topic[];
  indexes: number[];
}

export type SharedFound = { encoded: EncodedAnswer; basis: SharedBasis | undefined } | { reply: Uint8Array };

export type ToThread =
  | { Type: 'found'; id: number; found: SharedFound }
  | ({ Type: 'configure' } & ThreadConfig);

export type FromThread =
  | { Type: 'listening' }
  | { Type: 'refused'; message: string }
  | { Type: 'ask'; id: number; packet: Uint8Array; client: string | undefined }
  /** Codes of replies, and how long each took, in ms. */
  | { Type: 'answered'; rcodes: Uint8Array; durationsMs: Float32Array }
  | { Type: 'warn'; message: string; error: string };
