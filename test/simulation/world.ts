/**
 * A datacenter with all that befalls it: what hosts declare and take back, checks that flip, an edge that is deployed, away
 * or hibernating, a network that stalls and cuts, administrators who change the catalog behind a host's back. All of it
 * from one seed. Afterwards everything is left in peace for a while and must agree.
 */
import { expect } from 'vitest';
import type { LocalCheck } from '../../sidecar/local/local-state.ts';
import type { FeedState } from '../../sidecar/sync/sync-states.ts';
import type { ServiceDefinition } from '../../src/shared/model.ts';
import { seededRandom } from '../seeded-random.ts';
import { FakeClock } from '../sidecar/fake-clock.ts';
import { aCheck, aService } from '../sidecar/local/declared.ts';
import { type loadEdgeCode, SimulatedEdge } from './edge.ts';
import { SimulatedHost } from './host.ts';
import { Network } from './network.ts';

export const deregisterAfterMs = 60_000;
/** How long an eviction may trail what a host knows: a host that does not answer is silent after this. */
const trailMsMax = 20_000;

/** Long enough for every retry, full compare and eviction that is under way. */
const quietMs = 6 * 60_000;
const watchIntervalMs = 5_000;

const hostCount = 4;
const serviceIds = ['web', 'db', 'cache'];
const statuses = ['passing', 'warning', 'critical'] as const;

export class World {
  readonly clock = new FakeClock();
  readonly random: () => number;
  readonly edge: SimulatedEdge;
  readonly network: Network;
  readonly hosts: SimulatedHost[];
  /** What happened, newest last. */
  readonly story: string[] = [];
  /** What was acknowledged, by `<host>/<service ID>`. */
  readonly #declared = new Map<string, ServiceDefinition>();
  /** Since when a host knows a check to be critical, and until when it was so for too long. */
  readonly #critical = new Map<string, { sinceMs: number | undefined; overdueUntilMs: number }>();
  /** When the edge could last hear a host. */
  readonly #heardAtMs = new Map<string, number>();
  evictions = 0;

  constructor(seed: number, code: Awaited<ReturnType<typeof loadEdgeCode>>) {
    this.random = seededRandom(seed);
    this.network = new Network(this.clock, this.random, (network) => new SimulatedEdge(network, code));
    this.edge = this.network.edge as SimulatedEdge;
    this.hosts = Array.from({ length: hostCount }, (_, i) => this.#makeHost(`h${i + 1}`));
  }

  async live(steps: number): Promise<void> {
    for (const host of this.hosts) host.start();
    for (let step = 0; step < steps; step++) {
      await this.clock.advanceAsync(this.#between(1, this.#oneIn(10) ? 20_000 : 2000));
      this.#pick(this.#events)();
      this.#watchChecks();
      if (this.edge.up) this.edge.assertIndexRises();
    }
  }

  /** Heals everything and waits until nothing is left to do. */
  async quiet(): Promise<void> {
    this.network.unreachable.clear();
    this.edge.comeUp();
    for (const host of this.hosts) host.start();
    this.story.push(`${this.#time()} quiet`);
    for (let atMs = 0; atMs < quietMs; atMs += watchIntervalMs) {
      this.#watchChecks();
      await this.clock.advanceAsync(watchIntervalMs);
    }
  }

  /** The invariants of the whole system. */
  assertAgreement(): void {
    const catalog = this.edge.catalog();
    for (const host of this.hosts) {
      const { local, sync } = host.running!;
      expect(sync.feed.state, `the connection of ${host.name}`).toBe('live');
      expect(this.#declaredOn(host.name), `what ${host.name} declared`).toEqual(
        [...local.services.keys()].sort(),
      );
      const services = catalog.nodeServices(host.name);
      const wanted = [...local.services.values()].map(({ definition }) => definition.Service);
      expect(services.map(withoutIndexes), `services of ${host.name}`).toEqual(
        wanted.map(withoutIndexes).sort(byId),
      );
      const checks = catalog.nodeChecks(host.name).map(({ CheckID, Status }) => `${CheckID} ${Status}`);
      const shown = [...local.checks].map(([id, { Status }]) => `${id} ${Status}`);
      expect(checks, `checks of ${host.name}`).toEqual(['serfHealth passing', ...shown].sort());
      const outputs = catalog.nodeChecks(host.name).filter(({ CheckID }) => CheckID !== 'serfHealth');
      expect(Object.fromEntries(outputs.map(({ CheckID, Output }) => [CheckID, Output]))).toEqual(
        Object.fromEntries([...local.checks].map(([id, { Output }]) => [id, Output])),
      );
      expect(rowsOf(sync.feed.copy), `the copy of ${host.name}`).toEqual(rowsOf(catalog));
      expect(sync.feed.copy.lastIndex).toBe(catalog.lastIndex);
    }
  }

  stop(): void {
    for (const host of this.hosts) host.stop();
    this.edge.stop();
  }

  readonly #events = [
    ...Array<() => void>(6).fill(() => this.#register()),
    ...Array<() => void>(2).fill(() => this.#deregister()),
    ...Array<() => void>(8).fill(() => this.#flip()),
    ...Array<() => void>(3).fill(() => this.#save()),
    ...Array<() => void>(2).fill(() => this.#kill()),
    ...Array<() => void>(3).fill(() => this.#start()),
    () => this.#deploy(),
    () => this.#hibernate(),
    () => this.#goDown(),
    ...Array<() => void>(2).fill(() => this.#comeUp()),
    () => this.#dropOne(),
    () => this.#stall(),
    () => this.#cutOff(),
    ...Array<() => void>(2).fill(() => this.#reconnect()),
    () => this.#meddle(),
    () => this.#loseCopy(),
    () => this.#reap(),
  ];

  #register(): void {
    const host = this.#pick(this.hosts);
    if (!host.running) return;
    const id = this.#pick(serviceIds);
    const checks = ['a', 'b'].filter(() => this.#oneIn(2)).map((name) => this.#aCheck(`${id}-${name}`));
    const service = aService(id, checks, { Port: this.#between(1, 3), Tags: this.#oneIn(2) ? ['t'] : [] });
    const replace = this.#oneIn(2);
    this.#tell(host, `registers ${id} with ${checks.map(({ CheckID }) => CheckID)}`);
    host.running.declarations.registerService(service, replace);
    this.#declared.set(`${host.name}/${id}`, service);
  }

  #aCheck(id: string) {
    return aCheck(id, this.#oneIn(3) ? { DeregisterCriticalServiceAfterMs: deregisterAfterMs } : {});
  }

  #deregister(): void {
    const host = this.#pick(this.hosts);
    const id = this.#pick(serviceIds);
    if (!host.running?.local.services.has(id)) return;
    this.#tell(host, `deregisters ${id}`);
    host.running.declarations.deregisterService(id);
    this.#declared.delete(`${host.name}/${id}`);
  }

  #flip(): void {
    const host = this.#pick(this.hosts);
    const checks = [...(host.running?.local.checks.keys() ?? [])];
    if (checks.length === 0) return;
    const id = this.#pick(checks);
    const status = this.#pick(statuses);
    this.#tell(host, `${id} is ${status}`);
    host.running!.local.report({ CheckID: id, Status: status, Output: `output ${this.#between(1, 3)}` });
  }

  #save(): void {
    const host = this.#pick(this.hosts);
    this.#tell(host, 'saves its copy');
    host.save();
  }

  #kill(): void {
    const host = this.#pick(this.hosts);
    if (!host.running) return;
    this.#tell(host, 'is killed');
    host.kill();
  }

  #start(): void {
    const host = this.#pick(this.hosts);
    if (host.running) return;
    this.#tell(host, 'starts');
    host.start();
  }

  #loseCopy(): void {
    this.#pick(this.hosts).loseCopy();
  }

  #deploy(): void {
    if (!this.edge.up) return;
    this.story.push(`${this.#time()} the edge is deployed`);
    this.edge.deploy();
  }

  #hibernate(): void {
    if (this.edge.up) this.edge.hibernate();
  }

  #goDown(): void {
    if (!this.edge.up) return;
    this.story.push(`${this.#time()} the edge goes down`);
    this.edge.goDown();
  }

  #comeUp(): void {
    if (this.edge.up) return;
    this.story.push(`${this.#time()} the edge comes up`);
    this.edge.comeUp();
  }

  #dropOne(): void {
    const host = this.#pick(this.hosts);
    this.#tell(host, 'loses its connection');
    for (const wire of this.network.of(host.name)) wire.cut();
  }

  #stall(): void {
    const host = this.#pick(this.hosts);
    const ms = this.#between(100, 8000);
    this.#tell(host, `stalls for ${ms} ms`);
    for (const wire of this.network.of(host.name)) wire.stall(ms);
  }

  #cutOff(): void {
    const host = this.#pick(this.hosts);
    this.#tell(host, 'is cut off, and nobody is told');
    this.network.unreachable.add(host.name);
    for (const wire of this.network.of(host.name)) wire.silence();
  }

  #reconnect(): void {
    this.network.unreachable.clear();
  }

  /** Somebody changes the catalog behind the host's back. */
  #meddle(): void {
    if (!this.edge.up) return;
    const { name } = this.#pick(this.hosts);
    const id = this.#pick(serviceIds);
    this.story.push(`${this.#time()} somebody meddles with ${name}/${id}`);
    const where = { Datacenter: '', Node: name };
    const node = { ID: '', Address: '10.9.9.9', TaggedAddresses: null, NodeMeta: null };
    const { CreateIndex, ModifyIndex, ...alien } = aService('alien').Service;
    if (this.#oneIn(3)) this.edge.object.deregister({ ...where, ServiceID: '', CheckID: '' });
    else if (this.#oneIn(2)) this.edge.object.deregister({ ...where, ServiceID: id, CheckID: '' });
    else
      this.edge.object.register({
        ...where,
        ...node,
        Service: alien,
        Checks: [],
        SkipNodeUpdate: this.#oneIn(2),
      });
  }

  #reap(): void {
    if (this.edge.up) this.edge.object.reap();
  }

  #makeHost(name: string): SimulatedHost {
    return new SimulatedHost(name, {
      clock: this.clock,
      random: this.random,
      log: (line) => this.story.push(`${this.#time()} ${line}`),
      evicted: (service) => this.#evicted(name, service),
    });
  }

  #evicted(host: string, service: string): void {
    this.evictions += 1;
    this.story.push(`${this.#time()} ${host}/${service} is evicted`);
    // A host that was away hears of it late.
    const heardAtMs = this.#heardAtMs.get(host) ?? this.clock.nowMs();
    const overdue = [...this.#critical].some(
      ([key, { overdueUntilMs }]) =>
        key.startsWith(`${host}/${service}-`) && heardAtMs - overdueUntilMs <= trailMsMax,
    );
    if (overdue) this.#declared.delete(`${host}/${service}`);
  }

  #watchChecks(): void {
    for (const { name, running } of this.hosts) {
      const heard = running !== undefined && this.#isHeard(name, running.sync.feed.state);
      if (heard) this.#heardAtMs.set(name, this.clock.nowMs());
      for (const [id, check] of running?.local.checks ?? []) this.#watchCheck(`${name}/${id}`, check, heard);
    }
  }

  /** A recovery that the edge did not hear of does not count, unless it lasts. */
  #watchCheck(key: string, { definition, Status }: LocalCheck, heard: boolean): void {
    const nowMs = this.clock.nowMs();
    const known = this.#critical.get(key);
    const recovered = Status !== 'critical' && heard;
    const sinceMs = recovered ? undefined : (known?.sinceMs ?? (Status === 'critical' ? nowMs : undefined));
    const canEvict = Status === 'critical' && definition.DeregisterCriticalServiceAfterMs !== undefined;
    const overdue = canEvict && nowMs - sinceMs! >= deregisterAfterMs - trailMsMax;
    const overdueUntilMs = overdue ? nowMs : (known?.overdueUntilMs ?? Number.NEGATIVE_INFINITY);
    this.#critical.set(key, { sinceMs, overdueUntilMs });
  }

  #isHeard(host: string, state: FeedState): boolean {
    return state === 'live' && this.network.of(host).some((wire) => wire.carries);
  }

  #declaredOn(host: string): string[] {
    return [...this.#declared.keys()]
      .filter((key) => key.startsWith(`${host}/`))
      .map((key) => key.slice(host.length + 1))
      .sort();
  }

  #tell(host: SimulatedHost, what: string): void {
    this.story.push(`${this.#time()} ${host.name} ${what}`);
  }

  #time(): string {
    return `${(this.clock.monotonicMs() / 1000).toFixed(3)}s`;
  }

  #between(min: number, max: number): number {
    return min + Math.floor(this.random() * (max - min + 1));
  }

  #oneIn(count: number): boolean {
    return this.random() * count < 1;
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.random() * items.length)]!;
  }
}

interface Catalog {
  nodes(): { Node: string }[];
  nodeServices(node: string): object[];
  nodeChecks(node: string): object[];
}

/** Every row with its indexes, members in one order. */
function rowsOf(catalog: Catalog): object {
  const host = (node: { Node: string }) => [
    node,
    catalog.nodeServices(node.Node),
    catalog.nodeChecks(node.Node),
  ];
  return structuredClone(catalog.nodes().map(host));
}

function withoutIndexes<Row extends { CreateIndex: number; ModifyIndex: number }>(row: Row) {
  const { CreateIndex, ModifyIndex, ...rest } = row;
  return rest;
}

const byId = (a: { ID: string }, b: { ID: string }) => (a.ID < b.ID ? -1 : 1);
