/**
 * Finds the answer to a question: what its name asks for, in which catalog, followed through aliases. The answer comes
 * at once wherever everything is at hand; the catalog of another datacenter, a prepared query or a recursor may make
 * it a promise.
 */
import type { CatalogReader } from '../catalog-reader.ts';
import { findAliasRecords } from './aliases.ts';
import {
  type AnswerScope,
  findHostNames,
  makeAddrAnswer,
  makeNxdomain,
  makeServiceAnswer,
} from './answer.ts';
import {
  type AnswerSettings,
  freshMsMax,
  selectNodeTtlS,
  selectServiceTtlS,
  staleMsMax,
} from './answer-settings.ts';
import type { PreparedQueryResult } from './catalogs.ts';
import { toEndpoint } from './endpoints.ts';
import { type Eventual, whenReady } from './eventual.ts';
import {
  addressChoice,
  type CatalogTarget,
  type FoundEndpoints,
  lookUp,
  topicsOf,
  withTtl,
} from './lookup.ts';
import { parseName, type Target } from './names.ts';
import type { Basis, Question, Resolution, ResolveContext, Resolved } from './question.ts';
import { type Answer, makeAnswer, rcodes } from './record.ts';

export function resolveQuestion(question: Question, context: ResolveContext): Eventual<Resolution> {
  const { settings } = context;
  const { target, domain } = parseName(question.labels, question.qtype, settings);
  const scope: AnswerScope = {
    qtype: question.qtype,
    domain,
    ttlS: selectNodeTtlS(settings),
    nowS: Math.floor(question.nowMs / 1000),
    settings,
    aliases: new Map(),
  };
  switch (target.kind) {
    case 'outside':
      return { rcode: rcodes.REFUSED };
    case 'unknown':
      return withoutCatalog(makeNxdomain(scope));
    case 'addr':
      return withoutCatalog(makeAddrAnswer(scope, target.digits));
    case 'query':
      return resolvePreparedQuery(question, context, scope, target);
    default:
      return resolveInCatalog(question, context, scope, target);
  }
}

const withoutCatalog = (answer: Answer): Resolved => ({
  answer,
  basis: { datacenter: undefined, reader: undefined, topics: [], current: [], indexes: [], isStale: false },
});
const once = (answer: Answer): Resolved => ({ answer, basis: undefined });
const serverFailure = once(makeAnswer(rcodes.SERVFAIL, { authoritative: false }));

function resolveInCatalog(
  question: Question,
  context: ResolveContext,
  scope: AnswerScope,
  target: CatalogTarget,
): Eventual<Resolution> {
  const { settings, catalogs } = context;
  const datacenter = remoteDatacenter(target, settings);
  return whenReady(catalogs.reader(datacenter), (reader) => {
    if (!reader) return datacenter === undefined ? serverFailure : once(makeNxdomain(scope));
    const staleMs = catalogs.staleMs(datacenter);
    if (staleMs > staleMsMax(settings)) return serverFailure;
    const basis = makeBasis(datacenter, reader, target, staleMs > freshMsMax);
    const found = lookUp(target, reader, scope, basis.isStale);
    if (!found) return { rcode: rcodes.SERVFAIL };
    return 'answer' in found ? { ...found, basis } : answerFrom(found, question, context, basis);
  });
}

/** A name of our own datacenter is the same with and without it, so that this is undefined for both. */
function remoteDatacenter(target: CatalogTarget, settings: AnswerSettings): string | undefined {
  const datacenter = 'datacenter' in target ? target.datacenter : undefined;
  return datacenter === settings.datacenter ? undefined : datacenter;
}

function makeBasis(
  datacenter: string | undefined,
  reader: CatalogReader,
  target: CatalogTarget,
  isStale: boolean,
): Basis {
  const topics = topicsOf(target);
  const current = topics.map((topic) => reader.movingIndex(topic));
  return { datacenter, reader, topics, current, indexes: current.map(({ value }) => value), isStale };
}

/** Resolves the host names among the endpoints' addresses, then makes the answer. */
function answerFrom(
  found: FoundEndpoints,
  question: Question,
  context: ResolveContext,
  basis: Basis | undefined,
): Eventual<Resolved> {
  const { scope, makeAnswer } = found;
  const askedName = question.labels.join('.').toLowerCase();
  // A service whose address is its own name means its node.
  const endpoints = found.endpoints.map((endpoint) =>
    endpoint.serviceAddress.toLowerCase() === askedName ? { ...endpoint, serviceAddress: '' } : endpoint,
  );
  const hosts = findHostNames(endpoints);
  if (hosts.length === 0) return { answer: makeAnswer(scope, endpoints), basis };
  const records = findAliasRecords(hosts, scope.ttlS, question, context, resolveQuestion);
  // What an alias stands for changes without the topics of its owner, so its answer is not kept.
  return whenReady(records, (aliases) => once(makeAnswer({ ...scope, aliases }, endpoints)));
}

function resolvePreparedQuery(
  question: Question,
  context: ResolveContext,
  scope: AnswerScope,
  { name, datacenter }: Extract<Target, { kind: 'query' }>,
): Eventual<Resolution> {
  const result = context.queries?.execute(name, { datacenter, source: question.source });
  return whenReady(result, (executed) => {
    if (!executed) return once(makeNxdomain(scope));
    if (executed.staleMs > staleMsMax(context.settings)) return serverFailure;
    return answerFrom(fromPreparedQuery(executed, scope), question, context, undefined);
  });
}

function fromPreparedQuery(result: PreparedQueryResult, nodeScope: AnswerScope): FoundEndpoints {
  const { settings } = nodeScope;
  const isStale = result.staleMs > freshMsMax;
  const choice = addressChoice(nodeScope, result.datacenter);
  const ownTtlS = result.ttlMs === undefined ? undefined : Math.floor(result.ttlMs / 1000);
  return {
    endpoints: result.instances.map((instance) => toEndpoint(instance, choice)),
    scope: withTtl(nodeScope, ownTtlS ?? selectServiceTtlS(settings, result.service), isStale),
    makeAnswer(scope, endpoints) {
      const answer = makeServiceAnswer(scope, endpoints);
      return { ...answer, shuffled: answer.shuffled && !result.isSorted, subnetSpecific: true };
    },
  };
}
