/**
 * The keys of a service, as API bodies, catalog writes and config files spell them.
 *
 * Source: https://developer.hashicorp.com/consul/docs/reference/service.
 */
import { configCheckShape, serviceCheckShape } from './check-shape.ts';
import {
  anything,
  boolean,
  integer,
  listOf,
  mapOf,
  object,
  type ReadOf,
  string,
  stringList,
  stringMap,
  stringNamed,
  struct,
} from './shape.ts';

const serviceAddress = struct('structs.ServiceAddress', { Address: string, Port: integer });

/** Mesh settings are carried, not understood: known keys get Consul's spelling, all others stay as they are written. */
const upstream = struct(
  'structs.Upstream',
  {
    DestinationType: string,
    DestinationNamespace: string,
    DestinationPartition: string,
    DestinationPeer: string,
    DestinationName: string,
    Datacenter: string,
    LocalBindAddress: string,
    LocalBindPort: integer,
    Config: object,
    MeshGateway: anything,
  },
  { others: 'keep', opaque: true },
);

const proxy = struct(
  'structs.ConnectProxyConfig',
  {
    DestinationServiceName: string,
    DestinationServiceID: string,
    LocalServiceAddress: string,
    LocalServicePort: integer,
    LocalServiceSocketPath: string,
    Mode: string,
    TransparentProxy: anything,
    MeshGateway: anything,
    Expose: anything,
    AccessLogs: anything,
    EnvoyExtensions: anything,
    Upstreams: listOf(upstream, 'structs.Upstreams'),
    Config: object,
  },
  { others: 'keep', opaque: true },
);

const connect = struct(
  'structs.ServiceConnect',
  { Native: boolean, SidecarService: anything },
  { others: 'drop', opaque: true },
);

/** What an instance has in every spelling, besides its name. */
const instanceFields = {
  Kind: stringNamed('structs.ServiceKind'),
  ID: string,
  Tags: stringList,
  Address: string,
  TaggedAddresses: mapOf(serviceAddress),
  Meta: stringMap,
  Port: integer,
  SocketPath: string,
  Weights: struct('structs.Weights', { Passing: integer, Warning: integer }),
  EnableTagOverride: boolean,
  Proxy: proxy,
  Connect: connect,
  Locality: struct('structs.Locality', { Region: string, Zone: string }),
};

/** The body of `/v1/agent/service/register`. */
export const serviceRegistrationShape = struct(
  'structs.ServiceDefinition',
  {
    Name: string,
    Token: string,
    ...instanceFields,
    Check: serviceCheckShape,
    Checks: listOf(serviceCheckShape, 'structs.CheckTypes'),
  },
  { opaque: true },
);

/** A service in a config file. */
export const configServiceShape = struct('structs.ServiceDefinition', {
  Name: string,
  Token: string,
  ...instanceFields,
  Check: configCheckShape,
  Checks: listOf(configCheckShape),
});

/** The `Service` of a catalog write. The catalog sets the indexes itself. */
export const catalogServiceShape = struct('structs.NodeService', {
  Service: string,
  ...instanceFields,
  CreateIndex: anything,
  ModifyIndex: anything,
});

export type WrittenService = ReadOf<typeof configServiceShape>;
export type WrittenInstance = Omit<WrittenService, 'Name' | 'Token' | 'Check' | 'Checks'>;
