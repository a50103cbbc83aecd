/** `rollcall rtt`: how far two nodes are apart, by the network coordinates that were sent for them. */
import { type NodeCoordinate, roundTripNs } from '../../src/shared/coordinate.ts';
import type { ApiClient } from './api-client.ts';
import { makeClientCommand } from './client-command.ts';
import { told } from './told.ts';

interface DatacenterCoordinates {
  Datacenter: string;
  AreaID: string;
  Coordinates: NodeCoordinate[];
}

export const rttCommand = makeClientCommand({
  name: 'rtt',
  call: '[flags] node [node]',
  summary: 'Estimates the round trip between two nodes; the second is that of the agent unless it is named',
  text: {
    about: ['Names are those of rollcall members. With -wan, servers are named with their datacenter.'],
    examples: [
      ['From this host to another', 'rtt host-b'],
      ['Between two', 'rtt host-a host-b'],
      ['Between servers of two datacenters', 'rtt -wan edge.dc1 edge.dc2'],
    ],
  },
  flags: [{ name: 'wan', type: 'bool', help: 'Between servers of datacenters, named as node.datacenter.' }],
  async run(api, { wan = false }, nodes) {
    if (nodes.length < 1 || nodes.length > 2) throw new Error('One or two node names must be specified');
    const [from = '', to = await ownName(api, wan)] = nodes;
    const ends = [from, to].map((name) => ({ name, ...splitName(name, wan) }));
    const found = wan ? await wanCoordinates(api) : await lanCoordinates(api);
    const [a, b] = ends.map(({ name, node, datacenter }) => {
      const coordinates = found.filter((one) => one.Node === node && one.datacenter === datacenter);
      if (coordinates.length === 0)
        throw new Error(`Could not find a coordinate for node ${JSON.stringify(name)}`);
      return coordinates;
    });
    const ms = roundTripNs(a!, b!) / 1e6;
    if (!Number.isFinite(ms)) throw new Error(`The coordinates of ${from} and ${to} cannot be compared`);
    process.stdout.write(
      `Estimated ${from} <-> ${to} rtt: ${ms.toFixed(3)} ms (using ${wan ? 'WAN' : 'LAN'} coordinates)\n`,
    );
    return 0;
  },
});

type Placed = NodeCoordinate & { datacenter: string };

const lanCoordinates = async (api: ApiClient): Promise<Placed[]> => {
  const found = await told('getting coordinates', api.get<NodeCoordinate[]>('/v1/coordinate/nodes'));
  return found.map((one) => ({ ...one, datacenter: '' }));
};

const wanCoordinates = async (api: ApiClient): Promise<Placed[]> => {
  const asked = api.get<DatacenterCoordinates[]>('/v1/coordinate/datacenters');
  return (await told('getting coordinates', asked)).flatMap(({ Datacenter, Coordinates }) =>
    Coordinates.map((one) => ({ ...one, datacenter: Datacenter })),
  );
};

function splitName(name: string, wan: boolean): { node: string; datacenter: string } {
  if (!wan) return { node: name, datacenter: '' };
  const dot = name.lastIndexOf('.');
  if (dot === -1) throw new Error('Node names must be specified as <node name>.<datacenter> with -wan');
  return { node: name.slice(0, dot), datacenter: name.slice(dot + 1) };
}

async function ownName(api: ApiClient, wan: boolean): Promise<string> {
  type Self = { Config: { NodeName: string; Datacenter: string } };
  const { Config } = await api.get<Self>('/v1/agent/self').catch((error: Error) => {
    throw new Error(`Unable to look up agent info: ${error.message}`);
  });
  return wan ? `${Config.NodeName}.${Config.Datacenter}` : Config.NodeName;
}
