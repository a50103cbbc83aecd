/** Prepared queries: stored, found by name or ID, gone with the session they are bound to. */
import { checkQuery, checkQueryId, type NewQuery, type PreparedQuery } from '../requests/prepared-query.ts';
import { checkTemplate, isTemplate, renderTemplate } from '../requests/query-template.ts';
import { checkSessionId } from '../requests/session-id.ts';
import { ApiError, isApiError } from '../shared/api-error.ts';
import type { CatalogStore } from './store/catalog-store.ts';
import type { Transaction } from './store/transaction.ts';

/** @throws {ApiError} 500 in Consul's words. */
export function createQuery(tx: Transaction, id: string, query: NewQuery): string {
  if (query.ID !== '') throw new ApiError(500, 'ID must be empty when creating a new prepared query');
  putQuery(tx, { ...query, ID: id, CreateIndex: tx.index, ModifyIndex: tx.index });
  return id;
}

/** @throws {ApiError} 500 in Consul's words, among others for one that does not exist. */
export function updateQuery(tx: Transaction, id: string, query: NewQuery): void {
  const { ID, CreateIndex } = existing(tx.store, id);
  putQuery(tx, { ...query, ID, CreateIndex, ModifyIndex: tx.index });
}

/** @throws {ApiError} 500 for one that does not exist. */
export function deleteQuery(tx: Transaction, id: string): void {
  tx.store.queryTable.delete(existing(tx.store, id).ID);
  tx.touchRecords('queries');
}

export function deleteQueriesOf(tx: Transaction, session: string): void {
  for (const { ID } of tx.store.queryTable.boundTo(session)) deleteQuery(tx, ID);
}

/**
 * The query to execute: by ID, by its name, or made by the template with the longest prefix. Undefined: there is none.
 * @throws {ApiError} 500 for a template that is asked for by its ID.
 */
export function resolveQuery(store: CatalogStore, nameOrId: string): PreparedQuery | undefined {
  const byId = store.queryTable.get(nameOrId);
  if (byId && isTemplate(byId))
    throw new ApiError(500, 'prepared query templates can only be resolved up by name, not by ID');
  const found = byId ?? store.queryTable.named(nameOrId) ?? store.queryTable.templateFor(nameOrId);
  return found && isTemplate(found) ? renderTemplate(found, nameOrId) : found;
}

function existing(store: CatalogStore, id: string): PreparedQuery {
  try {
    checkQueryId(id);
  } catch (error) {
    if (isApiError(error)) throw new ApiError(500, `Prepared Query lookup failed: ${error.message}`);
    throw error;
  }
  const query = store.queryTable.get(id);
  if (!query) throw new ApiError(500, `Cannot modify non-existent prepared query: '${id}'`);
  return query;
}

function putQuery(tx: Transaction, query: PreparedQuery): void {
  checkQuery(query);
  checkName(tx.store, query);
  checkSession(tx.store, query.Session);
  checkTemplate(query);
  tx.store.queryTable.put(query);
  tx.touchRecords('queries');
}

function checkName({ queryTable }: CatalogStore, query: PreparedQuery): void {
  const { ID, Name } = query;
  const twin = Name === '' && isTemplate(query) ? queryTable.templateFor('') : queryTable.named(Name);
  if (twin && twin.ID !== ID)
    throw new ApiError(
      500,
      Name === ''
        ? 'a query template with an empty name already exists'
        : `name '${Name}' aliases an existing query name`,
    );
  if (queryTable.get(Name)) throw new ApiError(500, `name '${Name}' aliases an existing query ID`);
}

function checkSession({ sessionTable }: CatalogStore, id: string): void {
  if (id === '') return;
  try {
    checkSessionId(id);
  } catch (error) {
    if (!isApiError(error)) throw error;
    throw new ApiError(500, error.message.replace('failed session lookup', 'invalid session'));
  }
  if (!sessionTable.get(id)) throw new ApiError(500, `invalid session ${JSON.stringify(id)}`);
}
