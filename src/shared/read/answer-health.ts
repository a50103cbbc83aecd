/** The bodies of `/v1/health/*`. */
import type { CatalogReader } from '../catalog-reader.ts';
import { compileFilter } from '../filter/compile.ts';
import { checkFields, instanceFields } from '../filter/field-tables.ts';
import type { HealthCheck } from '../model.ts';
import { nearestFirst } from './nearest.ts';
import type { HealthServiceQuery, ReadQuery } from './read-query.ts';
import { hasMeta, hasTags, isPassing } from './select.ts';
import { showCheck, showInstance } from './shapes.ts';

type Query<Kind extends ReadQuery['Kind']> = Extract<ReadQuery, { Kind: Kind }>;

/** By name only, unlike `/v1/catalog/node/:node`. */
export function answerHealthNode(reader: CatalogReader, { Node, Filter }: Query<'health.node'>) {
  const passes = compileFilter(checkFields, Filter);
  return reader.nodeChecks(Node).filter(passes).map(showCheck);
}

export function answerHealthChecks(reader: CatalogReader, query: Query<'health.checks'>) {
  return narrowChecks(reader, reader.serviceChecks(query.Name), query);
}

export function answerHealthState(reader: CatalogReader, query: Query<'health.state'>) {
  return narrowChecks(reader, reader.checksInState(query.State), query);
}

export function answerHealthService(reader: CatalogReader, query: HealthServiceQuery) {
  const passes = compileFilter(instanceFields, query.Filter);
  const all =
    query.Kind === 'health.connect'
      ? reader.connectInstances(query.Name)
      : reader.serviceInstances(query.Name);
  const instances = all.filter(
    (one) =>
      (!query.Passing || isPassing(one)) &&
      hasMeta(one.Node, query.NodeMeta) &&
      hasTags(one, query.Tags) &&
      passes(one),
  );
  return nearestFirst(reader, instances, query.Near, (one) => one.Node.Node).map(showInstance);
}

function narrowChecks(
  reader: CatalogReader,
  checks: HealthCheck[],
  { NodeMeta, Near, Filter }: Query<'health.checks' | 'health.state'>,
) {
  const passes = compileFilter(checkFields, Filter);
  const onNode = (check: HealthCheck) => NodeMeta.length === 0 || hasMeta(reader.node(check.Node), NodeMeta);
  const narrowed = checks.filter((check) => onNode(check) && passes(check));
  return nearestFirst(reader, narrowed, Near, (check) => check.Node).map(showCheck);
}
