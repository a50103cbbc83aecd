/**
 * The keys of a transaction, as Consul's API client spells them.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/txn.
 */
import { healthCheckShape } from '../shared/definition/catalog-shape.ts';
import { catalogServiceShape } from '../shared/definition/service-shape.ts';
import {
  anything,
  type Kind,
  listOf,
  type ReadOf,
  string,
  stringMap,
  stringNamed,
  struct,
  uint64,
} from '../shared/definition/shape.ts';

/** Text that stands for bytes; see {@link decodeBase64}. */
const bytes: Kind<string> = stringNamed('[]uint8');

const indexes = { CreateIndex: uint64, ModifyIndex: uint64 };

const kvOp = struct('api.KVTxnOp', {
  Verb: string,
  Key: string,
  Value: bytes,
  Flags: uint64,
  Index: uint64,
  Session: string,
  /** Rollcall's own. */
  TTL: string,
});

const nodeOp = struct('api.NodeTxnOp', {
  Verb: string,
  Node: struct('api.Node', {
    ID: string,
    Node: string,
    Address: string,
    Datacenter: string,
    TaggedAddresses: stringMap,
    Meta: stringMap,
    PeerName: string,
    Locality: anything,
    ...indexes,
  }),
});

const serviceOp = struct('api.ServiceTxnOp', {
  Verb: string,
  Node: string,
  Service: struct('api.AgentService', {
    ...catalogServiceShape.fields,
    ContentHash: string,
    Datacenter: string,
    PeerName: string,
    ...indexes,
  }),
});

const checkOp = struct('api.CheckTxnOp', {
  Verb: string,
  Check: struct('api.HealthCheck', { ...healthCheckShape.fields, ...indexes }),
});

const sessionOp = struct('api.SessionTxnOp', {
  Verb: string,
  Session: struct('api.Session', { ID: string }, { others: 'drop' }),
});

/** The body of `/v1/txn`. */
export const txnShape = listOf(
  struct('api.TxnOp', { KV: kvOp, Node: nodeOp, Service: serviceOp, Check: checkOp, Session: sessionOp }),
  'api.TxnOps',
);

export type WrittenTxnOp = ReadOf<typeof txnShape>[number];
