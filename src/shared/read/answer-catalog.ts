/** The bodies of `/v1/catalog/*`. */
import type { CatalogReader } from '../catalog-reader.ts';
import { compileFilter } from '../filter/compile.ts';
import { catalogServiceFields, nodeFields, serviceFields } from '../filter/field-tables.ts';
import type { NodeService } from '../model.ts';
import { nearestFirst } from './nearest.ts';
import type { CatalogNodeQuery, CatalogServiceQuery, ReadQuery } from './read-query.ts';
import { hasMeta, hasTags } from './select.ts';
import { showCatalogService, showNode, showService } from './shapes.ts';

type Query<Kind extends ReadQuery['Kind']> = Extract<ReadQuery, { Kind: Kind }>;

export function answerCatalogNodes(reader: CatalogReader, query: Query<'catalog.nodes'>) {
  const passes = compileFilter(nodeFields, query.Filter);
  const nodes = reader.nodes().filter((node) => hasMeta(node, query.NodeMeta) && passes(node));
  return nearestFirst(reader, nodes, query.Near, (node) => node.Node).map(showNode);
}

/** Service names with the union of their tags. Node meta or a filter narrow the instances that are counted. */
export function answerCatalogServices(reader: CatalogReader, query: Query<'catalog.services'>) {
  const passes = compileFilter(catalogServiceFields, query.Filter);
  const all = reader.services();
  if (query.NodeMeta.length === 0 && query.Filter === '') return Object.fromEntries(all);
  const narrowed = new Map<string, string[]>();
  for (const name of all.keys()) {
    const instances = reader
      .serviceInstances(name)
      .filter((one) => hasMeta(one.Node, query.NodeMeta) && passes(showCatalogService(one)));
    const tags = new Set(instances.flatMap(({ Service }) => Service.Tags));
    if (instances.length > 0) narrowed.set(name, [...tags].sort());
  }
  return Object.fromEntries(narrowed);
}

export function answerCatalogService(reader: CatalogReader, query: CatalogServiceQuery) {
  const passes = compileFilter(catalogServiceFields, query.Filter);
  const all =
    query.Kind === 'catalog.connect'
      ? reader.connectInstances(query.Name)
      : reader.serviceInstances(query.Name);
  const instances = all.filter((one) => hasMeta(one.Node, query.NodeMeta) && hasTags(one, query.Tags));
  return nearestFirst(reader, instances, query.Near, (one) => one.Node.Node)
    .map(showCatalogService)
    .filter(passes);
}

/** A node with its services: by ID, or as a list in the newer endpoint. The filter is about the services. */
export function answerCatalogNode(reader: CatalogReader, { Kind, Node, Filter }: CatalogNodeQuery) {
  const passes = compileFilter(serviceFields, Filter);
  const node = reader.node(Node);
  const asList = Kind === 'catalog.node-services';
  if (!node) return asList ? { Node: null, Services: [] } : null;
  const services = reader.nodeServices(node.Node).filter(passes);
  return {
    Node: showNode(node),
    Services: asList ? services.map(showService) : byId(services),
  };
}

const byId = (services: NodeService[]) =>
  Object.fromEntries(services.map((service) => [service.ID, showService(service)]));
