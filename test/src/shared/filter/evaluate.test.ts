import { expect, test } from 'vitest';
import { compileFilter } from '../../../../src/shared/filter/compile.ts';
import {
  catalogServiceFields,
  instanceFields,
  nodeFields,
  serviceFields,
} from '../../../../src/shared/filter/field-tables.ts';
import { showCatalogService } from '../../../../src/shared/read/shapes.ts';
import { exampleCatalog } from '../example-catalog.ts';

const reader = exampleCatalog();
const instances = reader.serviceInstances('web');

type Row = [filter: string, found: string];

/** Names of the nodes found; all rows were measured on Consul 1.8.7. */
const ofNodes: Row[] = [
  ['Node == "a\\x41b"', ''],
  ['Node == -1.5', ''],
  ['(Node == n1) and (Node == n1)', 'n1'],
  ['(Node == n1) or Node == n2', 'n1 n2'],
  ['not Node == n1 or Node == n1', 'n1 n2 n3 n4 n5'],
  ['Meta["env"] == dev', 'n3'],
  ['Meta[`env`] == dev', 'n3'],
  ['Meta.env matches "^d"', 'n1 n3 n4 n5'],
  ['Meta.env not matches "^d"', 'n1 n2 n4 n5'],
  ['Meta.env contains d', 'n2 n3'],
  ['Meta.env not contains d', 'n1 n4 n5'],
  ['env in Meta', 'n2 n3'],
  ['env not in Meta', 'n1 n4 n5'],
  ['Meta is empty', 'n1 n4 n5'],
  ['Meta is not empty', 'n2 n3'],
  ['TaggedAddresses.lan == "10.1.0.2"', 'n2'],
  ['Node=="n1"', 'n1'],
  ['Node !=n1', 'n2 n3 n4 n5'],
  ['  Node == n1  ', 'n1'],
  ['n1 in Node', 'n1'],
  ['"n1" in Node and 5 in Node', ''],
  ['Node == a["b"].c', ''],
  ['Node == not', ''],
  ['not in Node', ''],
  ['((Node == n1))', 'n1'],
];

test.each(ofNodes)('nodes: %s', (filter, found) => {
  const nodes = reader.nodes().filter(compileFilter(nodeFields, filter));
  expect(nodes.map((node) => node.Node).join(' ')).toBe(found);
});

/** IDs of the instances of "web" that are found. A key that a map does not have satisfies every `matches`. */
const ofServices: Row[] = [
  ['ServicePort == "0x1f90"', 'web1'],
  ['ServicePort == "8_080"', 'web1'],
  ['ServiceEnableTagOverride == t', 'web1'],
  ['ServiceEnableTagOverride == TRUE', 'web1'],
  ['v1 not in ServiceTags', 'web web4'],
  ['ServiceTags contains v1', 'web1'],
  ['ServiceTags is empty', 'web4'],
  ['ServiceMeta.ver == 1', 'web1'],
  ['ServiceMeta.nope matches x', 'web1 web web4'],
  ['ServiceMeta.nope not matches x', 'web1 web web4'],
  ['x in ServiceMeta.nope', ''],
  ['x not in ServiceMeta.nope', 'web1 web web4'],
  ['ServiceTaggedAddresses.wan.Port == 80', 'web1'],
  ['ServiceTaggedAddresses.wan.Address matches "^198"', 'web1 web web4'],
  ['ServiceTaggedAddresses.lan.Port != 80', 'web1 web web4'],
  ['wan in ServiceTaggedAddresses', 'web1'],
  ['ServiceWeights.Passing == 10', 'web1'],
  ['ServiceProxy.DestinationServiceName == web', ''],
  ['ServiceProxy.Upstreams is empty', 'web1 web web4'],
  ['ServiceProxy.Upstreams.LocalBindPort == 1', ''],
  ['ServiceProxy.Upstreams.LocalBindPort != 1', ''],
  ['ServiceProxy.MeshGateway.Mode == ""', 'web1 web web4'],
  ['ServiceProxy.Expose.Checks == false', 'web1 web web4'],
  ['ServiceProxy.Expose.Paths is empty', 'web1 web web4'],
  ['ServiceProxy.Expose.Paths.Path == x', ''],
  ['ServiceProxy.Expose.Paths.ListenerPort != 1', ''],
  ['ServiceProxy.Expose.Paths.ParsedFromCheck != 1', ''],
  ['ServiceProxy.Expose.Paths.LocalPathPort != 1', ''],
  ['ServiceProxy.Expose.Paths.Protocol != 1', ''],
  ['ServiceProxy.Upstreams.DestinationName != 1', ''],
  ['ServiceProxy.Upstreams.DestinationType != 1', ''],
  ['ServiceProxy.Upstreams.DestinationNamespace != 1', ''],
  ['ServiceProxy.Upstreams.Datacenter != 1', ''],
  ['ServiceProxy.Upstreams.LocalBindAddress != 1', ''],
  ['ServiceProxy.Upstreams.MeshGateway.Mode != 1', ''],
  ['ServiceConnect.Native == false', 'web1 web web4'],
  ['ServiceKind == ""', 'web1 web web4'],
  ['NodeMeta.env == dev', 'web'],
  ['TaggedAddresses.lan == "10.1.0.2"', 'web1'],
  ['ServiceID == web and ServiceID == web or ServiceID == web4', 'web web4'],
  ['not ServiceID == web and ServiceID == web or ServiceID == web4', 'web4'],
];

test.each(ofServices)('services: %s', (filter, found) => {
  const services = instances.map(showCatalogService).filter(compileFilter(catalogServiceFields, filter));
  expect(services.map((service) => service.ServiceID).join(' ')).toBe(found);
});

/** Of a list of structs any element satisfies: also `!=`, and none of an empty list does. */
const ofInstances: Row[] = [
  ['Checks is empty', ''],
  ['Checks.Status != "critical"', 'web1 web web4'],
  ['Checks.ServiceTags contains v1', 'web1'],
  ['v1 in Checks.ServiceTags', 'web1'],
  ['Checks.ServiceTags is empty', 'web web4'],
  ['Checks.Type == ""', 'web1 web web4'],
  ['Node.ID == ""', 'web web4'],
  ['Service.Kind == ""', 'web1 web web4'],
];

test.each(ofInstances)('instances: %s', (filter, found) => {
  const passing = instances.filter(compileFilter(instanceFields, filter));
  expect(passing.map(({ Service }) => Service.ID).join(' ')).toBe(found);
});

/** A service without the members that are optional: absent is the zero value of its type. */
test.each([
  ['Kind == ""', true],
  ['Kind matches "^$"', true],
  ['Proxy.LocalServicePort == 0', true],
  ['Proxy.Expose.Checks == false', true],
  ['Proxy.Upstreams is empty', true],
  ['Proxy.Upstreams.LocalBindPort != 1', false],
  ['Connect.Native != true', true],
  ['x in TaggedAddresses', false],
  ['TaggedAddresses is empty', true],
  ['toString in Meta', false],
  ['Meta.toString == x', false],
  ['SocketPath == ""', true],
])('an absent member: %s is %s', (filter, passes) =>
  expect(compileFilter(serviceFields, filter)({ ID: 'a', Meta: {} })).toBe(passes),
);

test('no filter lets everything pass', () => {
  expect(compileFilter(nodeFields, '')({})).toBe(true);
  expect(compileFilter(nodeFields, undefined)({})).toBe(true);
});

test('a filter whose steps are spent refuses the next row; the next answer has steps of its own', () => {
  const evil = `Node matches "${'(.*)*'.repeat(60)}x"`;
  const longNames = Array.from({ length: 1000 }, () => ({ Node: 'a'.repeat(4096) }));
  expect(() => longNames.filter(compileFilter(nodeFields, evil))).toThrow('Filter refused');
  expect(compileFilter(nodeFields, evil)({ Node: 'x' })).toBe(true);
});
