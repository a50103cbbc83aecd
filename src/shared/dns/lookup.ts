/** What a catalog says about a name. Synchronous, so everything a look-up reads is of one state. */
import { type CatalogReader, nodeTopic, serviceTopic, type Topic } from '../catalog-reader.ts';
import type { ServiceInstance } from '../model.ts';
import {
  type AnswerScope,
  makeNodeAnswer,
  makeNxdomain,
  makeReverseAnswer,
  makeServiceAnswer,
  makeVirtualAnswer,
  makeZoneAnswer,
} from './answer.ts';
import { selectServiceTtlS, staleTtlSMax } from './answer-settings.ts';
import { type AddressChoice, type Endpoint, nodeEndpoint, selectEndpoints } from './endpoints.ts';
import { formatIpAddress, parseIpAddress } from './ip-address.ts';
import type { Target } from './names.ts';
import type { Answer } from './record.ts';
import { isEncodableName } from './wire/record-writer.ts';

/** The targets that a catalog decides about. */
export type CatalogTarget = Exclude<Target, { kind: 'outside' | 'unknown' | 'addr' | 'query' }>;

/** Endpoints that an answer can be made of once the host names among their addresses are resolved. */
export interface FoundEndpoints {
  endpoints: Endpoint[];
  scope: AnswerScope;
  makeAnswer(scope: AnswerScope, endpoints: Endpoint[]): Answer;
}

/** Undefined: the name is nothing the catalog knows, and nothing that it would. */
export type Found = FoundEndpoints | { answer: Answer } | undefined;

const uuidChars = 36;

/** What has to stay as it is in the catalog for the answer to stay as it is. */
export function topicsOf(target: CatalogTarget): Topic[] {
  switch (target.kind) {
    case 'service':
      return [serviceTopic(target.name)];
    case 'zone':
      return [serviceTopic('consul')];
    case 'node':
      // A name as long as an ID may be one, of a node whose name we do not know.
      return target.name.length === uuidChars ? ['nodes'] : [nodeTopic(target.name)];
    default:
      // Proxies and owners of an address can be any service at all.
      return ['nodes', 'services', 'checks'];
  }
}

/** @param nodeScope with the TTL of nodes. */
export function lookUp(
  target: CatalogTarget,
  reader: CatalogReader,
  nodeScope: AnswerScope,
  isStale: boolean,
): Found {
  const scope = withTtl(nodeScope, nodeScope.ttlS, isStale);
  switch (target.kind) {
    case 'service':
      return lookUpService(reader.serviceInstances(target.name), target.name, target.tag, scope, isStale);
    case 'connect':
      return lookUpService(reader.connectInstances(target.name), target.name, '', scope, isStale);
    case 'node':
      return lookUpNode(reader, target.name, scope);
    case 'zone':
      return { answer: makeZoneAnswer(scope, endpointsOf(reader.serviceInstances('consul'), '', scope)) };
    case 'virtual':
      return { answer: makeVirtualAnswer(scope, findVirtualAddress(reader, target.name)) };
    case 'reverse':
      return target.address && lookUpOwner(reader, target.address, scope);
  }
}

/** Resolvers are to come back soon after the edge does. */
export const withTtl = (scope: AnswerScope, ttlS: number, isStale: boolean): AnswerScope => ({
  ...scope,
  ttlS: isStale ? Math.min(ttlS, staleTtlSMax) : ttlS,
});

/** Addresses that reach endpoints in `datacenter` from here. */
export const addressChoice = ({ qtype, settings }: AnswerScope, datacenter: string): AddressChoice => ({
  qtype,
  wan: settings.translateWanAddresses && datacenter !== settings.datacenter,
});

function endpointsOf(instances: ServiceInstance[], tag: string, scope: AnswerScope): Endpoint[] {
  const datacenter = instances[0]?.Node.Datacenter ?? '';
  return selectEndpoints(instances, tag, scope.settings, addressChoice(scope, datacenter));
}

function lookUpService(
  instances: ServiceInstance[],
  name: string,
  tag: string,
  nodeScope: AnswerScope,
  isStale: boolean,
): FoundEndpoints {
  const scope = withTtl(nodeScope, selectServiceTtlS(nodeScope.settings, name), isStale);
  return { endpoints: endpointsOf(instances, tag, scope), scope, makeAnswer: makeServiceAnswer };
}

function lookUpNode(reader: CatalogReader, nameOrId: string, scope: AnswerScope): Found {
  const node = reader.node(nameOrId);
  if (!node) return { answer: makeNxdomain(scope) };
  const endpoints = [nodeEndpoint(node, addressChoice(scope, node.Datacenter))];
  return { endpoints, scope, makeAnswer: (resolved, [endpoint]) => makeNodeAnswer(resolved, endpoint!) };
}

/** The virtual address that a mesh has given the service, as its instances and proxies were registered with it. */
function findVirtualAddress(reader: CatalogReader, service: string): Uint8Array | undefined {
  const instances = [...reader.serviceInstances(service), ...reader.connectInstances(service)];
  const texts = instances.map(({ Service }) => Service.TaggedAddresses?.['consul-virtual']?.Address ?? '');
  return texts.map(parseIpAddress).find((address) => address !== undefined);
}

/** The node that has this address, or else the service; TTL 0, for owners change. */
function lookUpOwner(reader: CatalogReader, address: Uint8Array, scope: AnswerScope): Found {
  const text = formatIpAddress(address);
  const suffix = `${reader.datacenter}.${scope.domain}`;
  const names = [
    ...reader.nodesByAddress(text).map(({ Node }) => `${Node}.node.${suffix}`),
    ...reader.instancesByAddress(text).map(({ Service }) => `${Service.Service}.service.${suffix}`),
  ];
  const name = names.find(isEncodableName);
  return name === undefined ? undefined : { answer: makeReverseAnswer({ ...scope, ttlS: 0 }, name) };
}
