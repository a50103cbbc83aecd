/** A question on its way to an answer, and what the answer may depend on. */
import type { CatalogReader, MovingIndex, Topic } from '../catalog-reader.ts';
import type { AnswerSettings } from './answer-settings.ts';
import type { DnsCatalogs, PreparedQuerySource, Recursor } from './catalogs.ts';
import type { Answer, Rcode } from './record.ts';

export interface Question {
  labels: string[];
  qtype: number;
  /** The client takes long chains of aliases. */
  hasEdns: boolean;
  /** Where it came from, as an IP address: the client subnet if the question has one. */
  source: string | undefined;
  nowMs: number;
  /** How many more aliases in our own domain may be followed. */
  aliasDepth: number;
}

export interface ResolveContext {
  settings: AnswerSettings;
  catalogs: DnsCatalogs;
  queries: PreparedQuerySource | undefined;
  recursor: Recursor | undefined;
}

/** What tells whether a copy of a catalog has changed. */
export type IndexReader = Pick<CatalogReader, 'movingIndex'>;

/** What an answer was made from. The same question has the same answer as long as none of this changes. */
export interface Basis {
  datacenter: string | undefined;
  /** Undefined for answers that no catalog decides about. */
  reader: IndexReader | undefined;
  topics: Topic[];
  /** The index of each topic as it is now, and as it was before the rows were read. */
  current: MovingIndex[];
  indexes: number[];
  isStale: boolean;
}

export interface Resolved {
  answer: Answer;
  /** Undefined for an answer that holds for this one question. */
  basis: Basis | undefined;
}

/** Not ours to answer: a recursor may, and without one the rcode is the answer. */
export interface Elsewhere {
  rcode: Rcode;
}

export type Resolution = Resolved | Elsewhere;
