/** Reads under /v1/session. */
import type { Session, SessionQuery } from '../requests/session.ts';
import { checkSessionId } from '../requests/session-id.ts';
import { nodeSessionsTopic, sessionTopic, type Topic } from '../shared/catalog-reader.ts';
import type { Answer } from '../shared/read/answers.ts';
import type { CatalogStore } from './store/catalog-store.ts';

export function sessionsTopic(query: SessionQuery): Topic {
  if (query.Kind === 'info') return sessionTopic(query.ID);
  return query.Kind === 'node' ? nodeSessionsTopic(query.Node) : 'sessions';
}

/** @throws {ApiError} 500 for an ID that is no UUID. */
export function readSessions(store: CatalogStore, query: SessionQuery): Answer {
  return {
    Body: JSON.stringify(select(store, query).map(showSession)),
    Index: store.index(sessionsTopic(query)),
  };
}

function select(store: CatalogStore, query: SessionQuery): Session[] {
  if (query.Kind === 'list') return store.sessionTable.all();
  if (query.Kind === 'node') return store.sessionTable.onNode(query.Node);
  checkSessionId(query.ID);
  const session = store.sessionTable.get(query.ID);
  return session ? [session] : [];
}

/** In the order of Consul's members. */
export const showSession = (session: Session) => ({
  ID: session.ID,
  Name: session.Name,
  Node: session.Node,
  LockDelay: session.LockDelay,
  Behavior: session.Behavior,
  TTL: session.TTL,
  NodeChecks: session.NodeChecks,
  ServiceChecks: session.ServiceChecks,
  CreateIndex: session.CreateIndex,
  ModifyIndex: session.ModifyIndex,
});
