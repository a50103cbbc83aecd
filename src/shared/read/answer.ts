/**
 * The answer to a read, computed from one state of the catalog: the same code at the edge and in the sidecar. A
 * read of one service looks at the instances of that service and at nothing else.
 */
import type { CatalogReader } from '../catalog-reader.ts';
import type { Index } from '../model.ts';
import {
  answerCatalogNode,
  answerCatalogNodes,
  answerCatalogService,
  answerCatalogServices,
} from './answer-catalog.ts';
import {
  answerHealthChecks,
  answerHealthNode,
  answerHealthService,
  answerHealthState,
} from './answer-health.ts';
import { type ReadQuery, topicsOf } from './read-query.ts';

export interface Answer {
  /** To be serialised before the catalog changes: it shares members with the catalog. */
  Body: unknown;
  /** The index from which a blocking query continues; at least 1. */
  Index: Index;
}

/** @throws {ApiError} 400 for a filter that does not fit what it filters. */
export function answerRead(reader: CatalogReader, query: ReadQuery): Answer {
  return { Body: bodyOf(reader, query), Index: readIndex(reader, query) };
}

/** What is said of nothing, where that is no empty list. */
const emptyBodies: Partial<Record<ReadQuery['Kind'], unknown>> = {
  'catalog.services': {},
  'catalog.node': null,
  'catalog.node-services': { Node: null, Services: [] },
  'catalog.gateway-services': null,
};

/** The index of the answer, without the answer: as long as it stands, so does the answer. */
export function readIndex(reader: CatalogReader, query: ReadQuery): Index {
  return Math.max(...topicsOf(query).map((topic) => reader.index(topic)));
}

/**
 * The index of what the answer is sorted by besides, 0 for nothing. Whoever waits does not wait for it: a coordinate that
 * moves changes the order of an answer and wakes nobody, as in Consul.
 */
export function orderIndex(reader: CatalogReader, query: ReadQuery): Index {
  return 'Near' in query && query.Near !== '' ? reader.index('coordinates') : 0;
}

function bodyOf(reader: CatalogReader, query: ReadQuery): unknown {
  const body = ownBody(reader, query);
  if (!query.Peer) return body;
  return query.Kind in emptyBodies ? emptyBodies[query.Kind] : [];
}

function ownBody(reader: CatalogReader, query: ReadQuery): unknown {
  switch (query.Kind) {
    case 'catalog.nodes':
      return answerCatalogNodes(reader, query);
    case 'catalog.services':
      return answerCatalogServices(reader, query);
    case 'catalog.service':
    case 'catalog.connect':
      return answerCatalogService(reader, query);
    case 'catalog.node':
    case 'catalog.node-services':
      return answerCatalogNode(reader, query);
    case 'health.node':
      return answerHealthNode(reader, query);
    case 'health.checks':
      return answerHealthChecks(reader, query);
    case 'health.service':
    case 'health.connect':
      return answerHealthService(reader, query);
    case 'health.state':
      return answerHealthState(reader, query);
    // Which services stand behind a gateway is written in config entries, which Rollcall does not have: behind each
    // there is none, in the form that Consul gives to none.
    case 'health.ingress':
      return [];
    case 'catalog.gateway-services':
      return null;
  }
}
