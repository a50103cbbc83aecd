/**
 * From catalog rows to the endpoints that answers are about: which instances are healthy enough and carry the tag,
 * which of their addresses is meant, and what weight they have.
 */
import type { HealthCheck, Node, ServiceInstance } from '../model.ts';
import type { AnswerSettings } from './answer-settings.ts';
import { recordTypes } from './record.ts';

/** A node, or a service instance on it. Addresses are IP addresses, host names or "". */
export interface Endpoint {
  node: string;
  datacenter: string;
  nodeAddress: string;
  nodeMeta: Record<string, string>;
  /** "" where the node's address serves, and for a node itself. */
  serviceAddress: string;
  port: number;
  weight: number;
}

/** What decides about the address of an endpoint. */
export interface AddressChoice {
  qtype: number;
  /** Its datacenter is not ours, and `wan` addresses are wanted. */
  wan: boolean;
}

/** The instances that may be given out, as endpoints. @param tag lower case, or "" for any. */
export function selectEndpoints(
  instances: ServiceInstance[],
  tag: string,
  settings: AnswerSettings,
  choice: AddressChoice,
): Endpoint[] {
  const isWanted = (instance: ServiceInstance) => isUp(instance.Checks, settings) && hasTag(instance, tag);
  return instances.filter(isWanted).map((instance) => toEndpoint(instance, choice));
}

function isUp(checks: HealthCheck[], settings: AnswerSettings): boolean {
  return checks.every(
    (check) => check.Status !== 'critical' && (!settings.onlyPassing || check.Status === 'passing'),
  );
}

const hasTag = (instance: ServiceInstance, tag: string) =>
  tag === '' || instance.Service.Tags.some((own) => own.toLowerCase() === tag);

/** An instance whose health has been judged already. */
export function toEndpoint(instance: ServiceInstance, choice: AddressChoice): Endpoint {
  const { Service, Checks } = instance;
  const tagged = Service.TaggedAddresses ?? {};
  const wan = choice.wan ? tagged.wan : undefined;
  const isWarned = Checks.some((check) => check.Status === 'warning');
  return {
    ...nodeEndpoint(instance.Node, choice),
    serviceAddress: selectAddress(Service.Address, (name) => tagged[name]?.Address, choice),
    port: wan?.Port ? wan.Port : Service.Port,
    weight: (isWarned ? Service.Weights?.Warning : Service.Weights?.Passing) ?? 1,
  };
}

export function nodeEndpoint(node: Node, choice: AddressChoice): Endpoint {
  return {
    node: node.Node,
    datacenter: node.Datacenter,
    nodeAddress: selectAddress(node.Address, (name) => node.TaggedAddresses?.[name], choice),
    nodeMeta: node.Meta ?? {},
    serviceAddress: '',
    port: 0,
    weight: 1,
  };
}

/**
 * A registered address, or what takes its place: `wan` from other datacenters, and of a dual-stack registration the
 * address of the family that was asked for. Where any family will do, Consul gives IPv6.
 */
function selectAddress(
  address: string,
  tagged: (name: string) => string | undefined,
  { qtype, wan }: AddressChoice,
): string {
  const place = wan ? 'wan' : 'lan';
  const v4 = qtype === recordTypes.AAAA ? '' : tagged(`${place}_ipv4`);
  const v6 = qtype === recordTypes.A ? '' : tagged(`${place}_ipv6`);
  return (v6 || v4 || (wan && tagged('wan')) || address).replace(/\.$/, '');
}
