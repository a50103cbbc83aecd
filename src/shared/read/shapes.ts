/**
 * Entities as answers show them: the order and the defaults of Consul's Go structs. Every member of the first
 * versions of the API is always there; a member that later versions brought is there when it says something.
 */
import type { HealthCheck, Node, NodeService, ServiceInstance } from '../model.ts';

export const showNode = (node: Node) => ({
  ID: node.ID,
  Node: node.Node,
  Address: node.Address,
  Datacenter: node.Datacenter,
  TaggedAddresses: node.TaggedAddresses,
  Meta: node.Meta,
  CreateIndex: node.CreateIndex,
  ModifyIndex: node.ModifyIndex,
});

export const showService = (service: NodeService) => ({
  ...(service.Kind ? { Kind: service.Kind } : {}),
  ID: service.ID,
  Service: service.Service,
  Tags: service.Tags,
  Address: service.Address,
  ...(isFilled(service.TaggedAddresses) ? { TaggedAddresses: service.TaggedAddresses } : {}),
  Meta: service.Meta,
  Port: service.Port,
  ...(service.SocketPath ? { SocketPath: service.SocketPath } : {}),
  Weights: service.Weights,
  EnableTagOverride: service.EnableTagOverride,
  Proxy: showProxy(service.Proxy),
  Connect: service.Connect ?? {},
  ...(isFilled(service.Locality) ? { Locality: service.Locality } : {}),
  CreateIndex: service.CreateIndex,
  ModifyIndex: service.ModifyIndex,
});

export const showCheck = (check: HealthCheck) => ({
  Node: check.Node,
  CheckID: check.CheckID,
  Name: check.Name,
  Status: check.Status,
  Notes: check.Notes,
  Output: check.Output,
  ServiceID: check.ServiceID,
  ServiceName: check.ServiceName,
  ServiceTags: check.ServiceTags,
  Type: check.Type,
  ...(check.Interval ? { Interval: check.Interval } : {}),
  ...(check.Timeout ? { Timeout: check.Timeout } : {}),
  Definition: check.Definition,
  CreateIndex: check.CreateIndex,
  ModifyIndex: check.ModifyIndex,
});

export const showInstance = ({ Node, Service, Checks }: ServiceInstance) => ({
  Node: showNode(Node),
  Service: showService(Service),
  Checks: Checks.map(showCheck),
});

/** An instance in the flat form of `/v1/catalog/service/:service`; the indexes are those of the service row. */
export const showCatalogService = ({
  Node: node,
  Service: service,
}: Pick<ServiceInstance, 'Node' | 'Service'>) => ({
  ID: node.ID,
  Node: node.Node,
  Address: node.Address,
  Datacenter: node.Datacenter,
  TaggedAddresses: node.TaggedAddresses,
  NodeMeta: node.Meta,
  ServiceKind: service.Kind ?? '',
  ServiceID: service.ID,
  ServiceName: service.Service,
  ServiceTags: service.Tags,
  ServiceAddress: service.Address,
  ...(isFilled(service.TaggedAddresses) ? { ServiceTaggedAddresses: service.TaggedAddresses } : {}),
  ServiceWeights: service.Weights,
  ServiceMeta: service.Meta ?? {},
  ServicePort: service.Port,
  ...(service.SocketPath ? { ServiceSocketPath: service.SocketPath } : {}),
  ServiceEnableTagOverride: service.EnableTagOverride,
  ServiceProxy: showProxy(service.Proxy),
  ServiceConnect: service.Connect ?? {},
  ...(isFilled(service.Locality) ? { ServiceLocality: service.Locality } : {}),
  CreateIndex: service.CreateIndex,
  ModifyIndex: service.ModifyIndex,
});

const showProxy = (proxy: NodeService['Proxy']) => (proxy ? { ...emptyProxy, ...proxy } : emptyProxy);

const emptyProxy = { MeshGateway: {}, Expose: {} };

const isFilled = (map: object | undefined) => map !== undefined && Object.keys(map).length > 0;
