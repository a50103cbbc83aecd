/**
 * Finds the answer to a question: what its name asks for, in which catalog, followed through aliases. The answer comes
 * at once wherever everything is at hand; the catalog of another datacenter, a prepared query or a recursor may make
 * it a promise.
 */
import { type CatalogReader, nodeTopic, serviceTopic, type Topic } from '../catalog-reader.ts';
import { findAliasRecords } from './aliases.ts';
import * as make from './answer.ts';
import {
  type AnswerSettings,
  freshMsMax,
  selectNodeTtlS,
  selectServiceTtlS,
  staleTtlSMax,
} from './answer-settings.ts';
import type { DnsCatalogs, PreparedQueryResult, PreparedQuerySource, Recursor } from './catalogs.ts';
import { type AddressChoice, type Endpoint, nodeEndpoint, selectEndpoints, toEndpoint } from './endpoints.ts';
import { type Eventual, whenReady } from './eventual.ts';
import { formatIpAddress, parseIpAddress } from './ip-address.ts';
import { parseName, type Target } from './names.ts';
import { type Answer, makeAnswer, type Rcode, rcodes } from './record.ts';

export interface Question {
  labels: string[];
  qtype: number;
  /** The client takes long chains of aliases. */
  hasEdns: boolean;
  /** Where it came from, as an IP address: the client subnet if the question has one. */
  source: string | undefined;
  nowMs: number;
  /** How many more aliases in our own domain may be followed. */
  aliasDepth: number;
}

export interface ResolveContext {
  settings: AnswerSettings;
  catalogs: DnsCatalogs;
  queries: PreparedQuerySource | undefined;
  recursor: Recursor | undefined;
}

/** What an answer was made from. The same question has the same answer as long as none of this changes. */
export interface Basis {
  datacenter: string | undefined;
  /** Undefined for answers that no catalog decides about. */
  reader: CatalogReader | undefined;
  topics: Topic[];
  isStale: boolean;
}

export interface Resolved {
  answer: Answer;
  /** Undefined for an answer that holds for this one question. */
  basis: Basis | undefined;
}

/** Not ours to answer: a recursor may, and without one the rcode is the answer. */
export interface Elsewhere {
  rcode: Rcode;
}

export type Resolution = Resolved | Elsewhere;

export function resolveQuestion(question: Question, context: ResolveContext): Eventual<Resolution> {
  const { target, domain } = parseName(question.labels, question.qtype, context.settings);
  const scope = makeScope(question, context, domain, selectNodeTtlS(context.settings));
  switch (target.kind) {
    case 'outside':
      return { rcode: rcodes.REFUSED };
    case 'unknown':
      return withoutCatalog(make.makeNxdomain(scope));
    case 'addr':
      return withoutCatalog(make.makeAddrAnswer(scope, target.digits));
    case 'query':
      return resolvePreparedQuery(question, context, scope, target);
    default:
      return resolveInCatalog(question, context, scope, target);
  }
}

function makeScope(
  question: Question,
  { settings }: ResolveContext,
  domain: string,
  ttlS: number,
): make.AnswerScope {
  const { qtype, nowMs } = question;
  return { qtype, domain, ttlS, nowS: Math.floor(nowMs / 1000), settings, aliases: new Map() };
}

const withoutCatalog = (answer: Answer): Resolved => ({
  answer,
  basis: { datacenter: undefined, reader: undefined, topics: [], isStale: false },
});
const serverFailure: Resolved = {
  answer: makeAnswer(rcodes.SERVFAIL, { authoritative: false }),
  basis: undefined,
};

type CatalogTarget = Exclude<Target, { kind: 'outside' | 'unknown' | 'addr' | 'query' }>;

/** A name of our own datacenter is the same with and without it, so that `datacenter` is undefined for both. */
function remoteDatacenter(target: CatalogTarget, settings: AnswerSettings): string | undefined {
  const datacenter = 'datacenter' in target ? target.datacenter : undefined;
  return datacenter === settings.datacenter ? undefined : datacenter;
}

function resolveInCatalog(
  question: Question,
  context: ResolveContext,
  scope: make.AnswerScope,
  target: CatalogTarget,
): Eventual<Resolution> {
  const { settings, catalogs } = context;
  const datacenter = remoteDatacenter(target, settings);
  return whenReady(catalogs.reader(datacenter), (reader) => {
    if (!reader) return datacenter ? { answer: make.makeNxdomain(scope), basis: undefined } : serverFailure;
    const staleMs = catalogs.staleMs(datacenter);
    if (staleMs > staleMsMax(settings)) return serverFailure;
    const basis = { datacenter, reader, topics: topicsOf(target), isStale: staleMs > freshMsMax };
    return answerFromCatalog(question, context, scope, target, basis);
  });
}

/** The age at which a copy of the catalog is no longer answered from. */
export const staleMsMax = (settings: AnswerSettings): number =>
  settings.allowStale ? settings.maxStaleMs : freshMsMax;

const uuidChars = 36;

/** What has to stay as it is for the answer to stay as it is. */
function topicsOf(target: CatalogTarget): Topic[] {
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

type CatalogBasis = Basis & { reader: CatalogReader };

function answerFromCatalog(
  question: Question,
  context: ResolveContext,
  nodeScope: make.AnswerScope,
  target: CatalogTarget,
  basis: CatalogBasis,
): Eventual<Resolution> {
  const { settings } = context;
  const { reader } = basis;
  const scope = withTtl(nodeScope, nodeScope.ttlS, basis.isStale);
  const choice = addressChoice(question, settings, reader.datacenter);
  const select = (instances: Parameters<typeof selectEndpoints>[0], tag = '') =>
    selectEndpoints(instances, tag, settings, choice);
  switch (target.kind) {
    case 'service':
    case 'connect': {
      const isService = target.kind === 'service';
      const instances = isService
        ? reader.serviceInstances(target.name)
        : reader.connectInstances(target.name);
      const serviceScope = withTtl(scope, selectServiceTtlS(settings, target.name), basis.isStale);
      const endpoints = select(instances, isService ? target.tag : '');
      return withAliases(question, context, serviceScope, endpoints, basis, make.makeServiceAnswer);
    }
    case 'node': {
      const node = reader.node(target.name);
      if (!node) return { answer: make.makeNxdomain(scope), basis };
      const endpoints = [nodeEndpoint(node, choice)];
      return withAliases(question, context, scope, endpoints, basis, (s, [endpoint]) =>
        make.makeNodeAnswer(s, endpoint!),
      );
    }
    case 'zone':
      return { answer: make.makeZoneAnswer(scope, select(reader.serviceInstances('consul'))), basis };
    case 'virtual':
      return { answer: make.makeVirtualAnswer(scope, findVirtualAddress(reader, target.name)), basis };
    case 'reverse': {
      const name = target.address && findOwner(reader, formatIpAddress(target.address));
      return name
        ? { answer: make.makeReverseAnswer({ ...scope, ttlS: 0 }, name), basis }
        : { rcode: rcodes.SERVFAIL };
    }
  }
}

const addressChoice = (question: Question, settings: AnswerSettings, datacenter: string): AddressChoice => ({
  qtype: question.qtype,
  wan: settings.translateWanAddresses && datacenter !== settings.datacenter,
});

const withTtl = (scope: make.AnswerScope, ttlS: number, isStale: boolean): make.AnswerScope => ({
  ...scope,
  ttlS: isStale ? Math.min(ttlS, staleTtlSMax) : ttlS,
});

/** The virtual address that a mesh has given the service, as its instances and proxies were registered with it. */
function findVirtualAddress(reader: CatalogReader, service: string): Uint8Array | undefined {
  const instances = [...reader.serviceInstances(service), ...reader.connectInstances(service)];
  const addresses = instances.map(({ Service }) => Service.TaggedAddresses?.['consul-virtual']?.Address);
  return addresses.map((text) => (text ? parseIpAddress(text) : undefined)).find((address) => address);
}

/** The node that has this address, or else the service. */
function findOwner(reader: CatalogReader, address: string): string | undefined {
  const node = reader.nodesByAddress(address)[0];
  if (node) return `${node.Node}.node.${reader.datacenter}`;
  const instance = reader.instancesByAddress(address)[0];
  return instance && `${instance.Service.Service}.service.${reader.datacenter}`;
}

/** Resolves host names among the endpoints' addresses, then makes the answer. */
function withAliases(
  question: Question,
  context: ResolveContext,
  scope: make.AnswerScope,
  endpoints: Endpoint[],
  basis: Basis | undefined,
  makeIt: (scope: make.AnswerScope, endpoints: Endpoint[]) => Answer,
): Eventual<Resolution> {
  const askedName = question.labels.join('.').toLowerCase();
  // A service whose address is its own name means its node.
  const known = endpoints.map((e) =>
    e.serviceAddress.toLowerCase() === askedName ? { ...e, serviceAddress: '' } : e,
  );
  const hosts = make.findHostNames(known);
  if (hosts.length === 0) return { answer: makeIt(scope, known), basis };
  return whenReady(findAliasRecords(hosts, scope.ttlS, question, context), (aliases) => ({
    answer: makeIt({ ...scope, aliases }, known),
    // What an alias stands for changes without the topics of its owner.
    basis: undefined,
  }));
}

function resolvePreparedQuery(
  question: Question,
  context: ResolveContext,
  scope: make.AnswerScope,
  target: Extract<Target, { kind: 'query' }>,
): Eventual<Resolution> {
  const { name, datacenter } = target;
  const result = context.queries?.execute(name, { datacenter, source: question.source });
  return whenReady(result, (found) =>
    found
      ? answerPreparedQuery(question, context, scope, found)
      : { answer: make.makeNxdomain(scope), basis: undefined },
  );
}

function answerPreparedQuery(
  question: Question,
  context: ResolveContext,
  scope: make.AnswerScope,
  result: PreparedQueryResult,
): Eventual<Resolution> {
  const { settings } = context;
  const choice = addressChoice(question, settings, result.datacenter);
  const endpoints = result.instances.map((instance) => toEndpoint(instance, choice));
  const ownTtlS = result.ttlMs === undefined ? undefined : Math.floor(result.ttlMs / 1000);
  const ttlS = ownTtlS ?? selectServiceTtlS(settings, result.service);
  return withAliases(question, context, { ...scope, ttlS }, endpoints, undefined, (s, known) => {
    const answer = make.makeServiceAnswer(s, known);
    return { ...answer, shuffled: answer.shuffled && !result.isSorted, subnetSpecific: true };
  });
}
