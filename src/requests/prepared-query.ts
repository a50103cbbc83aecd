/**
 * Prepared queries, in the shape of Consul's public JSON.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/query; order and texts of the errors are those of Consul 1.8.7.
 */
import { ApiError } from '../shared/api-error.ts';
import { decodeBody } from '../shared/definition/decode-body.ts';
import { decodeJsonBody } from '../shared/definition/json-body.ts';
import { metadataFault } from '../shared/definition/metadata.ts';
import {
  anything,
  boolean,
  integer,
  listOf,
  type ReadOf,
  string,
  stringList,
  stringMap,
  struct,
} from '../shared/definition/shape.ts';
import { sizeFault } from '../shared/definition/size-fault.ts';
import { DurationError, parseDuration } from '../shared/duration.ts';
import type { Indexed } from '../shared/model.ts';
import { uuidFault } from './session-id.ts';

export interface FailoverTarget {
  Datacenter?: string;
  Peer?: string;
}

export interface QueryService {
  Service: string;
  Failover: { NearestN: number; Datacenters: string[] | null; Targets?: FailoverTarget[] };
  OnlyPassing: boolean;
  IgnoreCheckIDs: string[] | null;
  /** A node, `_agent` for the one that is asked, `_ip` for the one with the client's address; "" for no order. */
  Near: string;
  /** All of these; with `!` before it, none of these. */
  Tags: string[] | null;
  NodeMeta: Record<string, string> | null;
  ServiceMeta: Record<string, string> | null;
  Connect: boolean;
}

export interface QueryTemplate {
  Type: string;
  Regexp: string;
  RemoveEmptyTags: boolean;
}

export interface PreparedQuery extends Indexed {
  ID: string;
  Name: string;
  /** The lock session that it ends with; "" for none. */
  Session: string;
  Token: string;
  Template: QueryTemplate;
  Service: QueryService;
  DNS: { TTL: string };
}

export type NewQuery = Omit<PreparedQuery, 'CreateIndex' | 'ModifyIndex'>;

const failoverTarget = struct('structs.QueryFailoverTarget', { Datacenter: string, Peer: string });

const serviceQuery = struct('structs.ServiceQuery', {
  Service: string,
  Failover: struct('structs.QueryFailoverOptions', {
    NearestN: integer,
    Datacenters: stringList,
    Targets: listOf(failoverTarget),
  }),
  OnlyPassing: boolean,
  IgnoreCheckIDs: stringList,
  Near: string,
  Tags: stringList,
  NodeMeta: stringMap,
  ServiceMeta: stringMap,
  Connect: boolean,
});

export const preparedQuery = struct('structs.PreparedQuery', {
  ID: string,
  Name: string,
  Session: string,
  Token: string,
  Template: struct('structs.QueryTemplateOptions', {
    Type: string,
    Regexp: string,
    RemoveEmptyTags: boolean,
  }),
  Service: serviceQuery,
  DNS: struct('structs.QueryDNSOptions', { TTL: string }),
  CreateIndex: anything,
  ModifyIndex: anything,
});

/** @throws {ApiError} 400 for a body that cannot be read. */
export function decodeQuery(text: string): NewQuery {
  const written = decodeBody(preparedQuery, decodeJsonBody(text));
  const { Type = '', Regexp = '', RemoveEmptyTags = false } = written.Template ?? {};
  return {
    ID: written.ID ?? '',
    Name: written.Name ?? '',
    Session: written.Session ?? '',
    Token: written.Token ?? '',
    Template: { Type, Regexp, RemoveEmptyTags },
    Service: makeService(written.Service ?? {}),
    DNS: { TTL: written.DNS?.TTL ?? '' },
  };
}

function makeService(written: ReadOf<typeof serviceQuery>): QueryService {
  const { NearestN = 0, Datacenters = null, Targets } = written.Failover ?? {};
  return {
    Service: written.Service ?? '',
    Failover: { NearestN, Datacenters, ...(Targets ? { Targets } : {}) },
    OnlyPassing: written.OnlyPassing ?? false,
    IgnoreCheckIDs: written.IgnoreCheckIDs ?? null,
    Near: written.Near ?? '',
    Tags: written.Tags ?? null,
    NodeMeta: written.NodeMeta ?? null,
    ServiceMeta: written.ServiceMeta ?? null,
    Connect: written.Connect ?? false,
  };
}

/** What a token is shown as to those who may not see it; whoever sends it back has copied an answer. */
const redactedToken = '<hidden>';

/** @throws {ApiError} 500 "Invalid prepared query: …". */
export function checkQuery({ Name, Session, Token, Template, Service, DNS }: NewQuery): void {
  if (Name === '' && Template.Type === '' && Session === '') throw invalid('Must be bound to a session');
  if (Token === redactedToken)
    throw invalid(
      `Bad Token '${Token}', it looks like a query definition with a redacted token was submitted`,
    );
  if (Service.Service === '') throw invalid('Must provide a Service name to query');
  const size = sizeFault(
    { 'Query name': Name, 'Service name': Service.Service, Near: Service.Near },
    Service.Tags ?? [],
  );
  if (size) throw invalid(size);
  const { NearestN } = Service.Failover;
  if (NearestN < 0) throw invalid(`Bad NearestN '${NearestN}', must be >= 0`);
  const metaFault = metadataFault(Service.NodeMeta ?? {});
  if (metaFault) throw invalid(metaFault);
  checkTtl(DNS.TTL);
}

const nanosecondsPerMs = 1e6;

function checkTtl(ttl: string): void {
  if (ttl === '') return;
  let ttlMs: number;
  try {
    ttlMs = parseDuration(ttl);
  } catch (error) {
    if (!(error instanceof DurationError)) throw error;
    throw invalid(`Bad DNS TTL '${ttl}': ${error.message}`);
  }
  if (ttlMs < 0) throw invalid(`DNS TTL '${ttlMs * nanosecondsPerMs}', must be >=0`);
}

const invalid = (why: string) => new ApiError(500, `Invalid prepared query: ${why}`);

/** @throws {ApiError} 500 in Consul's words. */
export function checkQueryId(id: string): void {
  const fault = uuidFault(id);
  if (fault) throw new ApiError(500, `failed prepared query lookup: index error: ${fault}`);
}

/** How a query is executed, beside what it says itself. */
export interface QueryOptions {
  /** In place of the query's own; "" leaves it. */
  Near: string;
  /** Instances at most; 0 for all. */
  Limit: number;
  Connect: boolean;
  /** The node of the agent that was asked; "" at the edge. */
  Agent: string;
  /** Where the client is; "" if that is not known. */
  ClientAddress: string;
}
