/** What must be true once everything was left in peace for a while. */
import { expect } from 'vitest';
import type { ServiceDefinition } from '../../src/shared/model.ts';
import type { CatalogInSql } from './edge.ts';
import type { SimulatedHost } from './host.ts';

/** The node says in the catalog what its host declares, whose copy is the catalog. */
export function assertHostAgrees(host: SimulatedHost, declared: string[], catalog: CatalogInSql): void {
  const { local, sync } = host.running!;
  const { name, node } = host;
  expect([sync.feed.state, sync.state], `the connection of ${name}`).toEqual(['live', 'idle']);
  expect([...local.services.keys()].sort(), `what ${name} declared`).toEqual(declared);
  const wanted = [...local.services.values()].map(({ definition }) => definition.Service);
  expect(catalog.nodeServices(node).map(withoutIndexes), `services of ${name}`).toEqual(
    wanted.map(withoutIndexes).sort(byId),
  );
  const shown = catalog
    .nodeChecks(node)
    .map(({ CheckID, Status, Output }) => `${CheckID} ${Status} ${Output}`);
  const had = [...local.checks].map(([id, { Status, Output }]) => `${id} ${Status} ${Output}`);
  expect(shown, `checks of ${name}`).toEqual(['serfHealth passing Agent alive and reachable', ...had].sort());
  assertCopy(sync.feed.copy, catalog, `the copy of ${name}`);
}

export function assertCopy(
  copy: Catalog & { lastIndex: number },
  catalog: CatalogInSql,
  whose: string,
): void {
  expect(rowsOf(copy), whose).toEqual(rowsOf(catalog));
  expect(copy.lastIndex, whose).toBe(catalog.lastIndex);
}

/** What was registered at the edge for a node without a sidecar is there, whole or not at all. */
export function assertExternal(
  node: string,
  wanted: ServiceDefinition | 'gone' | 'unsure',
  catalog: CatalogInSql,
): void {
  const services = catalog.nodeServices(node).map(({ Port }) => Port);
  const checks = catalog.nodeChecks(node).length;
  if (wanted === 'unsure') expect(services.length, `${node} is whole or not there`).toBe(checks);
  else expect(services, node).toEqual(wanted === 'gone' ? [] : [wanted.Service.Port]);
}

interface Catalog {
  nodes(): { Node: string }[];
  nodeServices(node: string): object[];
  nodeChecks(node: string): object[];
}

/** Every row with its indexes, members in one order. */
function rowsOf(catalog: Catalog): object {
  const host = (node: { Node: string }) => [
    node,
    catalog.nodeServices(node.Node),
    catalog.nodeChecks(node.Node),
  ];
  return structuredClone(catalog.nodes().map(host));
}

function withoutIndexes<Row extends { CreateIndex: number; ModifyIndex: number }>(row: Row) {
  const { CreateIndex, ModifyIndex, ...rest } = row;
  return rest;
}

const byId = (a: { ID: string }, b: { ID: string }) => (a.ID < b.ID ? -1 : 1);
