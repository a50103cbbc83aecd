/**
 * `translate_wan_addrs`: what is in another datacenter is shown with the addresses by which it is reached from there. Every
 * answer of an agent that is set so says it, whether or not anything was to be changed.
 *
 * Source: https://developer.hashicorp.com/consul/docs/reference/agent/configuration-file/general#translate_wan_addrs.
 */
import type { MiddlewareHandler } from 'hono';
import type { ServiceAddress } from '../../src/shared/model.ts';
import type { ReadQuery } from '../../src/shared/read/read-query.ts';

export const tellTranslation: MiddlewareHandler = async (c, next) => {
  await next();
  if (c.req.path.startsWith('/v1/')) c.res.headers.set('X-Consul-Translate-Addresses', 'true');
};

/** A node, or a service, whose port is translated too. */
interface Placed {
  Address: string;
  Port?: number;
  TaggedAddresses?: Record<string, string | ServiceAddress> | null;
}

interface Instance {
  Node: Placed;
  Service: Placed;
}

interface FlatInstance extends Placed {
  ServiceAddress: string;
  ServicePort: number;
  ServiceTaggedAddresses?: Record<string, ServiceAddress>;
}

interface NodeWithServices {
  Node: Placed | null;
  Services: Placed[] | Record<string, Placed>;
}

/** The body of a read, as text. */
export function translateRead({ Kind }: ReadQuery, text: string): string {
  const body: unknown = JSON.parse(text);
  switch (Kind) {
    case 'catalog.nodes':
      return JSON.stringify((body as Placed[]).map(translate));
    case 'catalog.service':
    case 'catalog.connect':
      return JSON.stringify((body as FlatInstance[]).map(translateFlat));
    case 'catalog.node':
    case 'catalog.node-services':
      return JSON.stringify(translateNode(body as NodeWithServices | null));
    case 'health.service':
    case 'health.connect':
    case 'health.ingress':
      return JSON.stringify((body as Instance[]).map(translateInstance));
    default:
      return text;
  }
}

/** The answer of an executed query, which says where it found what. */
export function translateExecution(text: string, here: string): string {
  const { Nodes, ...rest } = JSON.parse(text) as { Nodes: Instance[]; Datacenter: string };
  if (rest.Datacenter === here) return text;
  const { Service, ...tail } = rest as typeof rest & { Service: string };
  return JSON.stringify({ Service, Nodes: Nodes.map(translateInstance), ...tail });
}

function translate<One extends Placed>(placed: One): One {
  const { TaggedAddresses: tagged, Port } = placed;
  const Address = wanAddress(placed.Address, tagged);
  const wan = tagged?.['wan'];
  const wanPort = typeof wan === 'object' ? wan.Port : 0;
  return Port === undefined ? { ...placed, Address } : { ...placed, Address, Port: wanPort || Port };
}

/** Of the addresses that are not of one family the last resort, as in Consul. */
function wanAddress(address: string, tagged: Placed['TaggedAddresses']): string {
  const at = (name: string) => {
    const found = tagged?.[name];
    return typeof found === 'object' ? found.Address : found;
  };
  const v6 = at('wan_ipv6') ?? at('lan_ipv6');
  const v4 = at('wan_ipv4') ?? at('lan_ipv4');
  return v6 || v4 || (at('wan') ?? address);
}

const translateInstance = (instance: Instance): Instance => ({
  ...instance,
  Node: translate(instance.Node),
  Service: translate(instance.Service),
});

function translateFlat(flat: FlatInstance): FlatInstance {
  const { ServiceAddress, ServicePort, ServiceTaggedAddresses = {} } = flat;
  const service = translate({
    Address: ServiceAddress,
    Port: ServicePort,
    TaggedAddresses: ServiceTaggedAddresses,
  });
  return { ...translate(flat), ServiceAddress: service.Address, ServicePort: service.Port };
}

function translateNode(body: NodeWithServices | null): NodeWithServices | null {
  if (!body?.Node) return body;
  const { Services } = body;
  return {
    Node: translate(body.Node),
    Services: Array.isArray(Services)
      ? Services.map(translate)
      : Object.fromEntries(Object.entries(Services).map(([id, service]) => [id, translate(service)])),
  };
}
