/** Endpoints of features that the edge has not: they answer as a Consul does where the feature is off. */
import type { Endpoint, Method, Operation } from './endpoint-table.ts';
import type { ParameterName } from './parameters.ts';

const absent = (path: string, methods: Method[], ...own: ParameterName[]): Endpoint => {
  const feature = path.split('/')[2];
  const operation: Operation = {
    summary: `As where ${feature} is off`,
    parameters: [...own, 'dc', 'pretty'],
    answer: 'json',
  };
  return {
    path,
    servedBy: 'edge',
    operations: Object.fromEntries(methods.map((method) => [method, operation])),
  };
};

export const absentEndpoints: Endpoint[] = [
  absent('/v1/acl/token/self', ['GET']),
  absent('/v1/acl/bootstrap', ['PUT']),
  absent('/v1/acl/login', ['POST']),
  absent('/v1/acl/logout', ['POST']),
  absent('/v1/acl/{rest}', ['GET', 'PUT', 'DELETE']),
  absent('/v1/connect/ca/roots', ['GET']),
  absent('/v1/connect/ca/configuration', ['GET', 'PUT']),
  absent('/v1/connect/intentions', ['GET', 'POST']),
  absent('/v1/connect/intentions/match', ['GET'], 'by', 'name'),
  absent('/v1/connect/intentions/check', ['GET'], 'source', 'destination'),
  absent('/v1/connect/intentions/exact', ['GET', 'PUT', 'DELETE'], 'source', 'destination'),
  absent('/v1/connect/intentions/{intention}', ['GET', 'PUT', 'DELETE']),
  absent('/v1/discovery-chain/{service}', ['GET', 'POST'], 'compile-dc'),
  absent('/v1/exported-services', ['GET']),
  absent('/v1/peerings', ['GET']),
  absent('/v1/peering/token', ['POST']),
  absent('/v1/peering/establish', ['POST']),
  absent('/v1/peering/{peering}', ['GET', 'DELETE']),
  absent('/v1/operator/keyring', ['GET', 'POST', 'PUT', 'DELETE'], 'relay-factor'),
  absent('/v1/operator/raft/peer', ['DELETE'], 'id', 'address'),
  absent('/v1/operator/raft/transfer-leader', ['POST'], 'id'),
  absent('/v1/internal/ui/exported-services', ['GET']),
  absent('/v1/internal/ui/gateway-services-nodes/{gateway}', ['GET']),
  absent('/v1/internal/federation-states', ['GET']),
];
