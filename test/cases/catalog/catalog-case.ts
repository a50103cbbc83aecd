/**
 * A law of the catalog as a row: what is written, which topics rise by it, what is read then. Every implementation of
 * {@link CatalogReader} runs every row: the store in a Durable Object, and the sidecar's copy fed with what the store says.
 */

import { deregister, register } from '../../../src/datacenter/registration.ts';
import type { CatalogStore, Committed } from '../../../src/datacenter/store/catalog-store.ts';
import type { Transaction } from '../../../src/datacenter/store/transaction.ts';
import type { CatalogReader, Topic } from '../../../src/shared/catalog-reader.ts';
import {
  decodeCatalogDeregistration,
  decodeCatalogRegistration,
} from '../../../src/shared/definition/catalog-registration.ts';

/** A body of `/v1/catalog/register` or `/v1/catalog/deregister`. */
export type Op = { Register: object } | { Deregister: object };

/** One transaction; of a list, an op that is refused leaves the others standing. */
export type Step = Op | Op[];

export interface CatalogCase {
  law: string;
  given?: Step[];
  step: Step;
  /** The topics that the step raises, and no other. */
  raises?: Topic[];
  /** What the step is refused with. */
  refused?: string[];
  read?: (catalog: CatalogReader) => unknown;
  gives?: unknown;
}

/** Runs a step as the sync connection runs a write. */
export function applyStep(store: CatalogStore, step: Step, nowMs = 0): Committed<string[]> {
  return store.transact(nowMs, (tx) => [step].flat().flatMap((op) => refusalOf(tx, op)));
}

function refusalOf(tx: Transaction, op: Op): string[] {
  try {
    tx.attempt((part) => {
      if ('Register' in op) register(part, decodeCatalogRegistration(op.Register));
      else deregister(part, decodeCatalogDeregistration(op.Deregister), 'deregistered');
    });
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

/** Every topic that a case could speak of. */
export function watchedTopics({ raises = [] }: CatalogCase): Topic[] {
  const names = ['node:n1', 'node:n2', 'service:web', 'service:api', 'service:db'] as const;
  return [...new Set<Topic>(['nodes', 'services', 'checks', ...names, ...raises])];
}

export const indexesOf = (catalog: CatalogReader, topics: Topic[]) =>
  new Map(topics.map((topic) => [topic, catalog.index(topic)]));

/** The topics whose index differs; each has to be greater. */
export function raisedBetween(before: Map<Topic, number>, after: Map<Topic, number>): Topic[] {
  const differing = [...before].filter(([topic, index]) => after.get(topic) !== index);
  for (const [topic, index] of differing)
    if (after.get(topic)! < index) throw new Error(`the index of ${topic} fell below ${index}`);
  return differing.map(([topic]) => topic).sort();
}
