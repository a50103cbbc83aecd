/** What befalls a world, each as often as it stands in the list. */
import { aCheck, aService } from '../sidecar/local/declared.ts';
import { deregisterAfterMs } from './eviction-watch.ts';
import type { SimulatedHost } from './host.ts';
import { type Garbling, garbling } from './network.ts';
import { nextWrite } from './runtime.ts';
import type { World } from './world.ts';

const serviceIds = ['web', 'db', 'cache'];
const statuses = ['passing', 'warning', 'critical'] as const;
const hourMs = 3_600_000;
/** With a host that lives there is an alarm at least so often. */
const alarmInMsMax = 10_000;

type Befalls = (world: World) => void | Promise<void>;

const times = (count: number, what: Befalls): Befalls[] => Array<Befalls>(count).fill(what);

export const befalls: Befalls[] = [
  ...times(12, register),
  ...times(4, deregister),
  ...times(4, maintain),
  ...times(16, flip),
  ...times(6, save),
  ...times(4, kill),
  ...times(2, dieWriting),
  ...times(6, start),
  rename,
  jumpHost,
  loseCopy,
  ...times(2, deploy),
  ...times(4, crash),
  ...times(2, hibernate),
  ...times(2, goDown),
  ...times(4, comeUp),
  jumpEdge,
  loseStorage,
  ...times(2, reap),
  ...times(2, dropOne),
  ...times(2, stall),
  ...times(2, cutOff),
  ...times(4, garble),
  ...times(4, reconnect),
  ...times(2, meddle),
  ...times(2, denyLife),
  ...times(3, overrideTags),
  ...times(3, sayExternal),
];

const runningHost = (world: World): SimulatedHost | undefined =>
  world.pick(world.hosts.filter(({ running }) => running));

const upEdge = (world: World) => world.pick(world.edges.filter(({ up }) => up));

function makeService(world: World) {
  const id = world.pick(serviceIds);
  const evicts = () => (world.oneIn(3) ? { DeregisterCriticalServiceAfterMs: deregisterAfterMs } : {});
  const checks = ['a', 'b'].filter(() => world.oneIn(2)).map((name) => aCheck(`${id}-${name}`, evicts()));
  return aService(id, checks, {
    Port: world.between(1, 3),
    Tags: world.oneIn(2) ? ['t'] : [],
    EnableTagOverride: world.oneIn(2),
  });
}

async function register(world: World): Promise<void> {
  const host = runningHost(world);
  if (!host) return;
  const service = makeService(world);
  const { ID } = service.Service;
  world.tell(`${host.name} registers ${ID} with ${service.Checks.map(({ CheckID }) => CheckID)}`);
  await host.running!.declarations.registerService(service, world.oneIn(2));
  world.declared.set(`${host.name}/${ID}`, service);
}

/** The host is killed while it writes what it is told: before that is on disk, or after, and answers neither way. */
function dieWriting(world: World): void {
  const host = runningHost(world);
  if (!host) return;
  const dies = world.pick(['before', 'after'] as const);
  const service = makeService(world);
  const key = `${host.name}/${service.Service.ID}`;
  const { local, declarations } = host.running!;
  const gone = world.oneIn(2) && local.services.has(service.Service.ID);
  world.tell(`${host.name} dies ${dies} it writes that ${service.Service.ID} is ${gone ? 'gone' : 'there'}`);
  nextWrite.dies = dies;
  if (gone) void declarations.deregisterService(service.Service.ID);
  else void declarations.registerService(service, true);
  host.kill();
  world.trouble([host]);
  if (dies === 'before') return;
  if (gone) world.declared.delete(key);
  else world.declared.set(key, service);
}

async function deregister(world: World): Promise<void> {
  const host = runningHost(world);
  const id = world.pick(serviceIds);
  if (!host?.running?.local.services.has(id)) return;
  world.tell(`${host.name} deregisters ${id}`);
  await host.running.declarations.deregisterService(id);
  world.declared.delete(`${host.name}/${id}`);
}

function maintain(world: World): void | Promise<void> {
  const host = runningHost(world);
  if (!host) return;
  const { local, declarations } = host.running!;
  const id = world.pick(['', ...local.services.keys()]);
  const enable = world.oneIn(2);
  world.tell(`${host.name} maintenance of ${id || 'the node'}: ${enable}`);
  return declarations.setMaintenance(id, enable, '');
}

function flip(world: World): void {
  const host = runningHost(world);
  const checks = [...(host?.running?.local.checks.keys() ?? [])].filter((id) => !id.startsWith('_'));
  if (!host || checks.length === 0) return;
  const id = world.pick(checks);
  const report = () => {
    const status = world.pick(statuses);
    world.tell(`${host.name} ${id} is ${status}`);
    host.running?.local.report({ CheckID: id, Status: status, Output: `output ${world.between(1, 3)}` });
  };
  report();
  // What was said of it first may still be under way.
  if (world.oneIn(3)) world.clock.after(world.between(50, 500), report);
}

function save(world: World): void {
  const host = world.pick(world.hosts);
  world.tell(`${host.name} saves its copy`);
  host.save();
}

function kill(world: World): void {
  const host = runningHost(world);
  if (!host) return;
  world.tell(`${host.name} is killed`);
  host.kill();
  world.trouble([host]);
}

function start(world: World): void {
  const host = world.pick(world.hosts);
  if (host.running) return;
  world.tell(`${host.name} starts`);
  host.start();
}

/** It starts again under another name, which may differ in case alone. */
function rename(world: World): void {
  const host = world.pick(world.hosts);
  const names = [host.name, `${host.name}-new`, host.name.toUpperCase()];
  const name = world.pick(names.filter((one) => one !== host.node));
  world.tell(`${host.node} is ${name} from now on`);
  host.kill();
  host.rename(name);
  host.start();
  world.trouble([host]);
}

function jumpHost(world: World): void {
  const host = world.pick(world.hosts);
  const ms = world.between(-hourMs, hourMs);
  world.tell(`${host.name} has its clock set by ${ms} ms`);
  host.aheadMs += ms;
}

function loseCopy(world: World): void {
  world.pick(world.hosts).loseCopy();
}

function deploy(world: World): void {
  const edge = upEdge(world);
  if (!edge) return;
  world.tell(`the edge ${edge.datacenter} is deployed`);
  edge.deploy();
  world.trouble(world.hosts);
}

/** The next that the edge does ends between two statements of it. */
function crash(world: World): void {
  const edge = upEdge(world);
  if (!edge) return;
  const statement = world.between(1, 40);
  world.tell(`the edge ${edge.datacenter} will die at its statement ${statement}, if it has so many at once`);
  edge.crashAt(statement);
}

function hibernate(world: World): void {
  upEdge(world)?.hibernate();
}

function goDown(world: World): void {
  const edge = upEdge(world);
  if (!edge) return;
  world.tell(`the edge ${edge.datacenter} goes down`);
  edge.goDown();
  world.trouble(world.hosts);
}

function comeUp(world: World): void {
  const edge = world.pick(world.edges);
  if (edge.up) return;
  world.tell(`the edge ${edge.datacenter} comes up`);
  edge.comeUp();
  world.trouble(world.hosts);
}

/** The edge knows of it by an alarm that is late; what it knows is short by as long as that alarm was to come. */
function jumpEdge(world: World): void {
  const edge = upEdge(world);
  if (!edge || edge.alarmInMs > alarmInMsMax) return;
  const ms = world.between(hourMs / 60, hourMs);
  world.tell(`the edge ${edge.datacenter} has its clock set forward by ${ms} ms`);
  edge.jump(ms);
}

/** What hosts declare they say again; of all else nobody can know. */
function loseStorage(world: World): void {
  const edge = upEdge(world);
  if (!edge) return;
  world.tell(`the edge ${edge.datacenter} loses all that it stored`);
  edge.loseStorage();
  world.trouble(world.hosts);
  if (edge === world.edges[0]) for (const node of world.externals.keys()) world.externals.set(node, 'unsure');
}

function reap(world: World): void {
  upEdge(world)?.call((object) => object.reap());
}

function dropOne(world: World): void {
  const host = world.pick(world.hosts);
  world.tell(`${host.name} loses its connections`);
  for (const wire of world.network.of(host.name)) wire.cut();
  world.trouble([host]);
}

function stall(world: World): void {
  const host = world.pick(world.hosts);
  const ms = world.between(100, 8000);
  world.tell(`${host.name} stalls for ${ms} ms`);
  for (const wire of world.network.of(host.name)) wire.stall(ms);
  world.trouble([host], ms);
}

function cutOff(world: World): void {
  const host = world.pick(world.hosts);
  world.tell(`${host.name} is cut off, and nobody is told`);
  world.network.unreachable.add(host.name);
  for (const wire of world.network.of(host.name)) wire.silence();
  world.trouble([host]);
}

function garble(world: World): void {
  const host = world.pick(world.hosts);
  const how = world.pick(Object.keys(garbling) as Garbling[]);
  world.tell(`${host.name} has a line that ${how} frames`);
  for (const wire of world.network.of(host.name)) wire.garble(how);
  world.trouble([host]);
}

function reconnect(world: World): void {
  world.network.unreachable.clear();
  world.trouble(world.hosts);
}

/** Somebody changes the catalog behind the host's back. */
function meddle(world: World): void {
  const host = world.pick(world.hosts);
  const edge = world.edgeOf(host);
  if (!edge.up) return;
  const { node } = host;
  const ServiceID = world.oneIn(2) ? world.pick(serviceIds) : '';
  world.tell(`somebody meddles with ${node}/${ServiceID}`);
  if (world.oneIn(2))
    edge.call((object) => object.deregister({ Datacenter: '', Node: node, ServiceID, CheckID: '' }));
  // A node that is not there would be one of its own, which no host takes back under another name.
  else if (edge.catalog().node(node)?.ID)
    edge.call((object) => object.register({ ...registration(node), Service: rowOf('alien'), Checks: [] }));
  if (ServiceID === '') world.trouble([host]);
}

/** Somebody says that a host is gone, or that nothing is known of that. */
function denyLife(world: World): void {
  const host = world.pick(world.hosts);
  const edge = world.edgeOf(host);
  if (!edge.up || !edge.catalog().node(host.node)) return;
  const where = { Datacenter: '', Node: host.node };
  const gone = world.oneIn(2);
  world.tell(`somebody says of ${host.node} that serfHealth is ${gone ? 'no check' : 'critical'}`);
  world.trouble([host]);
  edge.call((object) => {
    if (gone) object.deregister({ ...where, ServiceID: '', CheckID: 'serfHealth' });
    else
      object.register({
        ...registration(host.node),
        SkipNodeUpdate: true,
        Checks: [{ ...externalCheck, CheckID: 'serfHealth', ServiceID: '', Status: 'critical' }],
      });
  });
}

/** Somebody says the tags of a service, as its host may allow. */
function overrideTags(world: World): void {
  const host = world.pick(world.hosts);
  const edge = world.edgeOf(host);
  if (!edge.up) return;
  const row = world.pick(edge.catalog().nodeServices(host.node));
  if (!row) return;
  const Tags = [`theirs-${world.between(1, 3)}`];
  world.tell(`somebody says that the tags of ${host.node}/${row.ID} are ${Tags}`);
  edge.call((object) =>
    object.register({
      ...registration(host.node),
      Service: { ...row, Tags },
      Checks: [],
      SkipNodeUpdate: true,
    }),
  );
}

/** A node without a sidecar, with a service and a check, is registered at the edge, or goes. */
function sayExternal(world: World): void {
  const [edge] = world.edges;
  if (!edge?.up) return;
  const node = `ext-${world.between(1, 3)}`;
  const service = aService('ext', [], { Port: world.between(1, 9) });
  const { CreateIndex, ModifyIndex, ...Service } = service.Service;
  const gone = world.oneIn(3);
  const answered = edge.call((object) => {
    if (gone) object.deregister({ Datacenter: '', Node: node, ServiceID: '', CheckID: '' });
    else object.register({ ...registration(node), Service, Checks: [externalCheck] });
  });
  world.tell(
    `${node} is ${gone ? 'gone' : Service.Port}: ${answered ? 'acknowledged' : 'the edge died of it'}`,
  );
  world.externals.set(node, answered ? (gone ? 'gone' : service) : 'unsure');
}

const registration = (Node: string) => ({
  Datacenter: '',
  Node,
  ID: '',
  Address: '10.9.9.9',
  TaggedAddresses: null,
  NodeMeta: null,
  SkipNodeUpdate: false,
});

const externalCheck = {
  Node: '',
  CheckID: 'ext',
  Name: 'ext',
  Status: 'passing' as const,
  Notes: '',
  Output: '',
  ServiceID: 'ext',
  ServiceName: '',
  ServiceTags: [],
  Type: '',
  Definition: {},
};

function rowOf(id: string) {
  const { CreateIndex, ModifyIndex, ...row } = aService(id).Service;
  return row;
}
