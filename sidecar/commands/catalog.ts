/** `rollcall catalog`: what the whole datacenter knows. */
import { makeClientCommand } from './client-command.ts';
import { makeCommandGroup } from './command-group.ts';
import { formatFlag, printedAsJson } from './format-flag.ts';
import { formatTable } from './table.ts';
import { told } from './told.ts';

interface NodeRow {
  ID: string;
  Node: string;
  Address: string;
  Datacenter: string;
  TaggedAddresses: Record<string, string> | null;
  Meta?: Record<string, string> | null;
  /** The name of `Meta` where the row is an instance of a service. */
  NodeMeta?: Record<string, string> | null;
}

const nodeMetaFlag = {
  name: 'node-meta',
  type: 'pairs',
  help: 'Only nodes with this metadata, as key=value. May be given several times.',
} as const;

const datacentersCommand = makeClientCommand({
  name: 'catalog datacenters',
  summary: 'Lists the datacenters',
  text: {
    about: [
      'The one of the agent is asked for the others; a datacenter exists from when the first host joined with its name.',
    ],
  },
  flags: [formatFlag],
  async run(api, { format }, args) {
    refuseArguments(args);
    const names = await told('listing datacenters', api.get<string[]>('/v1/catalog/datacenters'));
    if (!printedAsJson(format, names)) process.stdout.write(names.map((name) => `${name}\n`).join(''));
    return 0;
  },
});

const nodesCommand = makeClientCommand({
  name: 'catalog nodes',
  summary: 'Lists the nodes of a datacenter',
  text: {
    examples: [
      ['Show every node', 'catalog nodes'],
      ['With whole IDs, all addresses and metadata', 'catalog nodes -detailed'],
      ['Only where instances of a service are', 'catalog nodes -service=web'],
      ['Only those with some metadata', 'catalog nodes -node-meta=rack=r1'],
      ['The nearest to another first', 'catalog nodes -near=host-a'],
    ],
  },
  flags: [
    { name: 'detailed', type: 'bool', help: 'Show whole IDs, all addresses and metadata.' },
    { name: 'filter', help: 'An expression that must be true of each.' },
    formatFlag,
    { name: 'near', help: 'A node from which to sort by distance; "_agent" is this one.' },
    nodeMetaFlag,
    { name: 'service', help: 'Only nodes with an instance of this service: a line for each instance.' },
  ],
  async run(api, { detailed = false, filter, near, service, ...values }, args) {
    refuseArguments(args);
    const path = service ? `/v1/catalog/service/${encodeURIComponent(service)}` : '/v1/catalog/nodes';
    const query = queryOf({ near, filter }, values['node-meta']);
    const nodes = await told(
      service ? 'listing nodes for service' : 'listing nodes',
      api.get<NodeRow[]>(path + query),
    );
    if (printedAsJson(values.format, nodes)) return 0;
    if (nodes.length === 0) return tellNothing('nodes');
    process.stdout.write(formatTable(detailed ? detailedRows(nodes) : plainRows(nodes)));
    return 0;
  },
});

const idLengthShown = 8;

const plainRows = (nodes: NodeRow[]) => [
  ['Node', 'ID', 'Address', 'DC'],
  ...nodes.map(({ Node, ID, Address, Datacenter }) => [
    Node,
    ID.slice(0, idLengthShown),
    Address,
    Datacenter,
  ]),
];

const detailedRows = (nodes: NodeRow[]) => [
  ['Node', 'ID', 'Address', 'DC', 'TaggedAddresses', 'Meta'],
  ...nodes.map(({ Node, ID, Address, Datacenter, TaggedAddresses, NodeMeta, Meta }) => [
    ...[Node, ID, Address, Datacenter],
    pairs(TaggedAddresses),
    pairs(NodeMeta ?? Meta),
  ]),
];

const pairs = (map: Record<string, string> | null | undefined) =>
  Object.entries(map ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(', ');

const servicesCommand = makeClientCommand({
  name: 'catalog services',
  summary: 'Lists the services of a datacenter',
  text: {
    examples: [
      ['Show the names of all services', 'catalog services'],
      ['With their tags', 'catalog services -tags'],
      ['Only those of one node', 'catalog services -node=host-a'],
    ],
  },
  flags: [
    formatFlag,
    { name: 'node', help: 'Only services of this node, by name or ID.' },
    nodeMetaFlag,
    { name: 'tags', type: 'bool', help: 'Show the tags of each service.' },
  ],
  async run(api, { node, tags = false, ...values }, args) {
    refuseArguments(args);
    const query = queryOf({}, values['node-meta']);
    const services = await told(
      'listing services',
      node
        ? api.get<OfNode>(`/v1/catalog/node/${encodeURIComponent(node)}${query}`).then(namesOfNode)
        : api.get<Record<string, string[]>>(`/v1/catalog/services${query}`),
    );
    if (printedAsJson(values.format, services)) return 0;
    const rows = Object.entries(services).sort(([a], [b]) => (a < b ? -1 : 1));
    if (rows.length === 0) return tellNothing('services');
    const width = Math.max(...rows.map(([name]) => name.length)) + tagsGap;
    const lines = rows.map(([name, of]) => (tags ? name.padEnd(width) + [...of].sort().join(',') : name));
    process.stdout.write(`${lines.join('\n')}\n`);
    return 0;
  },
});

type OfNode = { Services: Record<string, { Service: string; Tags: string[] }> } | null;

/** Between the name of a service and its tags. */
const tagsGap = 6;

function namesOfNode(found: OfNode): Record<string, string[]> {
  const tags = new Map<string, Set<string>>();
  for (const { Service, Tags } of Object.values(found?.Services ?? {}))
    tags.set(Service, new Set([...(tags.get(Service) ?? []), ...Tags]));
  return Object.fromEntries([...tags].map(([name, all]) => [name, [...all]]));
}

/** For Consul, no error. */
function tellNothing(what: string): number {
  process.stderr.write(`No ${what} match the given query - try expanding your search.\n`);
  return 0;
}

function refuseArguments(args: string[]): void {
  if (args.length > 0) throw new Error(`Too many arguments (expected 0, got ${args.length})`);
}

function queryOf(params: Record<string, string | undefined>, nodeMeta: Record<string, string> = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) if (value) query.set(name, value);
  for (const [key, value] of Object.entries(nodeMeta)) query.append('node-meta', `${key}:${value}`);
  return query.size === 0 ? '' : `?${query}`;
}

export const catalogCommand = makeCommandGroup(
  'catalog',
  'Lists what the whole datacenter knows',
  [datacentersCommand, nodesCommand, servicesCommand],
  {
    about: ['For what this host alone declares, ask its agent: /v1/agent/services.'],
    examples: [['Show which services there are', 'catalog services']],
  },
);
