/**
 * Which selectors each endpoint knows. Source: the Go types that Consul filters (`agent/structs`), probed on 1.8.7,
 * and the fields that newer versions add.
 */
import { bool, type Fields, int, map, string, strings, struct, structs } from './field.ts';

const meshGateway = struct({ Mode: string });
const taggedServiceAddresses = map(struct({ Address: string, Port: int }));
const weights = struct({ Passing: int, Warning: int });
const connect = struct({ Native: bool });

const proxy = struct({
  DestinationServiceName: string,
  DestinationServiceID: string,
  LocalServiceAddress: string,
  LocalServicePort: int,
  LocalServiceSocketPath: string,
  Mode: string,
  Upstreams: structs({
    DestinationType: string,
    DestinationNamespace: string,
    DestinationPartition: string,
    DestinationPeer: string,
    DestinationName: string,
    Datacenter: string,
    LocalBindAddress: string,
    LocalBindPort: int,
    LocalBindSocketPath: string,
    LocalBindSocketMode: string,
    MeshGateway: meshGateway,
  }),
  MeshGateway: meshGateway,
  Expose: struct({
    Checks: bool,
    Paths: structs({
      ListenerPort: int,
      Path: string,
      LocalPathPort: int,
      Protocol: string,
      ParsedFromCheck: bool,
    }),
  }),
  TransparentProxy: struct({ OutboundListenerPort: int, DialedDirectly: bool }),
});

/** `/v1/agent/members` */
export const memberFields: Fields = {
  Name: string,
  Addr: string,
  Port: int,
  Tags: map(string),
  Status: int,
  ProtocolMin: int,
  ProtocolMax: int,
  ProtocolCur: int,
  DelegateMin: int,
  DelegateMax: int,
  DelegateCur: int,
};

/** `/v1/catalog/nodes` */
export const nodeFields: Fields = {
  ID: string,
  Node: string,
  Address: string,
  Datacenter: string,
  PeerName: string,
  TaggedAddresses: map(string),
  Meta: map(string),
};

/** `/v1/agent/services`, `/v1/catalog/node/:node`, `/v1/catalog/node-services/:node` */
export const serviceFields: Fields = {
  Kind: string,
  ID: string,
  Service: string,
  Tags: strings,
  Address: string,
  TaggedAddresses: taggedServiceAddresses,
  Meta: map(string),
  Port: int,
  SocketPath: string,
  Weights: weights,
  EnableTagOverride: bool,
  Proxy: proxy,
  Connect: connect,
  PeerName: string,
};

/** `/v1/agent/checks`, `/v1/health/node/:node`, `/v1/health/checks/:service`, `/v1/health/state/:state` */
export const checkFields: Fields = {
  Node: string,
  CheckID: string,
  Name: string,
  Status: string,
  Notes: string,
  Output: string,
  ServiceID: string,
  ServiceName: string,
  ServiceTags: strings,
  Type: string,
  Interval: string,
  Timeout: string,
  ExposedPort: int,
  PeerName: string,
};

/** `/v1/catalog/service/:service`, `/v1/catalog/connect/:service` */
export const catalogServiceFields: Fields = {
  ID: string,
  Node: string,
  Address: string,
  Datacenter: string,
  TaggedAddresses: map(string),
  NodeMeta: map(string),
  ServiceKind: string,
  ServiceID: string,
  ServiceName: string,
  ServiceTags: strings,
  ServiceAddress: string,
  ServiceTaggedAddresses: taggedServiceAddresses,
  ServiceWeights: weights,
  ServiceMeta: map(string),
  ServicePort: int,
  ServiceSocketPath: string,
  ServiceEnableTagOverride: bool,
  ServiceProxy: proxy,
  ServiceConnect: connect,
  PeerName: string,
};

/** `/v1/health/service/:service`, `/v1/health/connect/:service`, `/v1/health/ingress/:service` */
export const instanceFields: Fields = {
  Node: struct(nodeFields),
  Service: struct(serviceFields),
  Checks: structs(checkFields),
};
