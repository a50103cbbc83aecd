/**
 * The keys of writes to the catalog.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/catalog.
 */
import { catalogServiceShape } from './service-shape.ts';
import {
  anything,
  boolean,
  duration,
  integer,
  listOf,
  mapOf,
  type ReadOf,
  string,
  stringList,
  stringMap,
  stringNamed,
  struct,
} from './shape.ts';

const checkId = stringNamed('types.CheckID');

/** How an external monitor is asked to run a check. The catalog keeps it and reads only what concerns deregistration. */
const healthCheckDefinition = struct(
  'structs.HealthCheckDefinition',
  {
    HTTP: string,
    TLSServerName: string,
    TLSSkipVerify: boolean,
    Header: mapOf(stringList),
    Method: string,
    Body: string,
    DisableRedirects: boolean,
    TCP: string,
    TCPUseTLS: boolean,
    UDP: string,
    H2PING: string,
    H2PingUseTLS: boolean,
    OSService: string,
    GRPC: string,
    GRPCUseTLS: boolean,
    Interval: duration,
    Timeout: duration,
    DeregisterCriticalServiceAfter: duration,
    TTL: duration,
    ScriptArgs: stringList,
    DockerContainerID: string,
    Shell: string,
    AliasNode: string,
    AliasService: string,
    OutputMaxSize: integer,
  },
  { opaque: true, others: 'drop' },
);

/** Fields of an answer that a body may carry back; the catalog sets them itself. */
const setByCatalog = { CreateIndex: anything, ModifyIndex: anything };

export const healthCheckShape = struct('structs.HealthCheck', {
  Node: string,
  CheckID: checkId,
  Name: string,
  Status: string,
  Notes: string,
  Output: string,
  ServiceID: string,
  ServiceName: string,
  ServiceTags: stringList,
  Type: string,
  Interval: string,
  Timeout: string,
  ExposedPort: integer,
  PeerName: string,
  Definition: healthCheckDefinition,
  ...setByCatalog,
});

/** The body of `/v1/catalog/register`. */
export const catalogRegistrationShape = struct('structs.RegisterRequest', {
  Datacenter: string,
  ID: stringNamed('types.NodeID'),
  Node: string,
  Address: string,
  TaggedAddresses: stringMap,
  NodeMeta: stringMap,
  Service: catalogServiceShape,
  Check: healthCheckShape,
  Checks: listOf(healthCheckShape, 'structs.HealthChecks'),
  SkipNodeUpdate: boolean,
  Locality: anything,
  PeerName: string,
  Token: string,
  ...setByCatalog,
});

/** The body of `/v1/catalog/deregister`. */
export const catalogDeregistrationShape = struct(
  'structs.DeregisterRequest',
  {
    Datacenter: string,
    Node: string,
    Address: string,
    ServiceID: string,
    CheckID: checkId,
    PeerName: string,
    Token: string,
  },
  { opaque: true },
);

export type WrittenHealthCheck = ReadOf<typeof healthCheckShape>;
export type WrittenHealthCheckDefinition = ReadOf<typeof healthCheckDefinition>;
export type WrittenRegistration = ReadOf<typeof catalogRegistrationShape>;
