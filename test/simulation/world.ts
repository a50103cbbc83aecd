/**
 * Two datacenters with all that befalls them ({@link befalls}), from one seed. What may never be seen is looked for all the
 * while; afterwards everything is left in peace for a while and must agree.
 */
import { expect } from 'vitest';
import type { ServiceDefinition, Status } from '../../src/shared/model.ts';
import type { Change } from '../../src/shared/protocol/messages.ts';
import { seededRandom } from '../seeded-random.ts';
import { FakeClock } from '../sidecar/fake-clock.ts';
import { assertCopy, assertExternal, assertHostAgrees } from './agreement.ts';
import { befalls } from './befalls.ts';
import { type loadEdgeCode, SimulatedEdge } from './edge.ts';
import { EvictionWatch } from './eviction-watch.ts';
import { SimulatedHost } from './host.ts';
import { Network, type Wire } from './network.ts';
import { StatusWatch } from './status-watch.ts';

/** Long enough for every retry, full compare and eviction that is under way. */
const quietMs = 6 * 60_000;
const watchIntervalMs = 5_000;
/** A host that was live on a sound connection for so long is not silent. */
const soundMsMin = 15_000;

export class World {
  readonly clock = new FakeClock();
  readonly random: () => number;
  readonly network: Network;
  readonly edges: SimulatedEdge[];
  readonly hosts: SimulatedHost[];
  /** What happened, newest last. */
  readonly story: string[] = [];
  /** What was acknowledged, by `<host>/<service ID>`. */
  readonly declared = new Map<string, ServiceDefinition>();
  /** What was said to the first edge about nodes without a sidecar; `unsure` where it died of it. */
  readonly externals = new Map<string, ServiceDefinition | 'gone' | 'unsure'>();
  readonly #statuses = new StatusWatch();
  readonly #evictions = new EvictionWatch();
  /** When something last befell the connection of a host. */
  readonly #troubledAtMs = new Map<string, number>();

  constructor(seed: number, code: Awaited<ReturnType<typeof loadEdgeCode>>) {
    this.random = seededRandom(seed);
    this.network = new Network(this.clock, this.random);
    this.edges = ['dc1', 'dc2'].map((datacenter) => {
      const edge = new SimulatedEdge(this.network, code, datacenter);
      edge.committed = (changes) => this.#watchCatalog(edge, changes);
      edge.died = () => {
        this.tell(`the edge ${datacenter} died`);
        this.trouble(this.hosts);
      };
      return this.network.add(datacenter, edge);
    });
    this.hosts = [
      this.#makeHost('h1', 'dc1', 'dc2'),
      this.#makeHost('h2', 'dc1'),
      this.#makeHost('h3', 'dc1'),
      this.#makeHost('h4', 'dc2', 'dc1'),
      this.#makeHost('h5', 'dc2'),
    ];
  }

  async live(steps: number): Promise<void> {
    for (const host of this.hosts) host.start();
    for (let step = 0; step < steps; step++) {
      await this.clock.advanceAsync(this.#stepMs());
      await this.pick(befalls)(this);
      this.#watchHosts();
    }
  }

  /** Heals everything and waits until nothing is left to do. */
  async quiet(): Promise<void> {
    this.network.unreachable.clear();
    for (const wire of [...this.network.wires]) if (wire.garbles) wire.cut();
    for (const edge of this.edges) edge.comeUp();
    for (const host of this.hosts) host.start();
    this.tell('quiet');
    for (let atMs = 0; atMs < quietMs; atMs += watchIntervalMs) {
      this.#watchHosts();
      await this.clock.advanceAsync(watchIntervalMs);
    }
  }

  /** The invariants of the whole system. */
  assertAgreement(): void {
    for (const host of this.hosts) {
      assertHostAgrees(host, this.#declaredOn(host.name), this.edgeOf(host).catalog());
      const { followed } = host.running!;
      if (!followed) continue;
      const other = this.edges.find(({ datacenter }) => datacenter === followed.copy.datacenter)!;
      assertCopy(followed.copy, other.catalog(), `the copy of ${other.datacenter} on ${host.name}`);
    }
    for (const [node, wanted] of this.externals) assertExternal(node, wanted, this.edges[0]!.catalog());
    for (const edge of this.edges) {
      const names = edge
        .catalog()
        .nodes()
        .map(({ Node }) => Node);
      const own = this.hosts.filter((host) => this.edgeOf(host) === edge).map(({ node }) => node);
      const ghosts = names.filter((name) => !own.includes(name) && !this.externals.has(name));
      expect(ghosts, `nodes of nobody in ${edge.datacenter}`).toEqual([]);
    }
  }

  stop(): void {
    for (const host of this.hosts) host.stop();
    for (const edge of this.edges) edge.stop();
  }

  edgeOf({ datacenter }: SimulatedHost): SimulatedEdge {
    return this.edges.find((edge) => edge.datacenter === datacenter)!;
  }

  /** Something befalls the connections of these hosts, and does so for that long. */
  trouble(hosts: SimulatedHost[], forMs = 0): void {
    for (const { name } of hosts) this.#troubledAtMs.set(name, this.clock.monotonicMs() + forMs);
  }

  tell(what: string): void {
    this.story.push(`${(this.clock.monotonicMs() / 1000).toFixed(3)}s ${what}`);
  }

  between(min: number, max: number): number {
    return min + Math.floor(this.random() * (max - min + 1));
  }

  oneIn(count: number): boolean {
    return this.random() * count < 1;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.random() * items.length)]!;
  }

  /** Often so short that what was sent is still under way. */
  #stepMs(): number {
    if (this.oneIn(10)) return this.between(1, 20_000);
    return this.oneIn(3) ? this.between(0, 10) : this.between(1, 2_000);
  }

  #makeHost(name: string, datacenter: string, follows?: string): SimulatedHost {
    const host: SimulatedHost = new SimulatedHost(name, {
      clock: this.clock,
      random: this.random,
      datacenter,
      ...(follows ? { follows } : {}),
      log: (line) => this.tell(line),
      changed: () => this.#watchHost(host),
      live: () => this.trouble([host]),
      evicted: (service) => this.#evicted(name, service),
    });
    return host;
  }

  #watchHost(host: SimulatedHost): void {
    const { name, running } = host;
    const nowMs = this.clock.nowMs();
    const heard = running?.sync.feed.state === 'live' && this.#wires(host).some(({ carries }) => carries);
    if (heard) this.#evictions.hears(name, nowMs);
    for (const [id, check] of running?.local.checks ?? []) {
      this.#statuses.has(`${name}/${id}`, check.Status);
      this.#evictions.watch(`${name}/${id}`, check, () => this.#isCriticalInCatalog(host, id), nowMs);
    }
  }

  #watchCatalog(edge: SimulatedEdge, changes: Change[]): void {
    for (const change of changes) {
      if (!('Set' in change) || change.Set !== 'check') continue;
      const { Node, CheckID } = change.Row;
      const Status = change.Row.Status as Status;
      const host = this.hosts.find((one) => this.edgeOf(one) === edge && one.names.has(Node));
      if (!host) continue;
      if (CheckID !== 'serfHealth') this.#statuses.shows(`${host.name}/${CheckID}`, Status);
      else if (Status === 'critical') this.#assertSilent(host);
    }
  }

  /** Nobody who can be heard is taken for dead. */
  #assertSilent(host: SimulatedHost): void {
    const { name, running } = host;
    const soundMs = this.clock.monotonicMs() - (this.#troubledAtMs.get(name) ?? 0);
    const isLive = running?.sync.feed.state === 'live' && this.#wires(host).some((wire) => wire.isSound);
    if (isLive && soundMs >= soundMsMin)
      throw new Error(`${name} is critical, and nothing befell it for ${soundMs} ms`);
  }

  /** Those on which it speaks for its node. */
  #wires(host: SimulatedHost): Wire[] {
    return this.network.of(host.name).filter(({ edge }) => edge === this.edgeOf(host));
  }

  #evicted(host: string, service: string): void {
    this.tell(`${host}/${service} is evicted`);
    this.#watchHosts();
    if (this.#evictions.mayEvict(host, service, this.clock.nowMs()))
      this.declared.delete(`${host}/${service}`);
  }

  #watchHosts(): void {
    for (const host of this.hosts) this.#watchHost(host);
  }

  /** Under any of its names: of the last one the edge may not have heard. */
  #isCriticalInCatalog(host: SimulatedHost, checkId: string): boolean {
    const checks = this.edgeOf(host).catalog().checksInState('critical');
    return checks.some(({ Node, CheckID }) => CheckID === checkId && host.names.has(Node));
  }

  #declaredOn(host: string): string[] {
    return [...this.declared.keys()]
      .filter((key) => key.startsWith(`${host}/`))
      .map((key) => key.slice(host.length + 1))
      .sort();
  }
}
