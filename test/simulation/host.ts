/**
 * A host: what it declares is real, on a disk in memory; so are the sync with the edge, the copy of the catalog and that of
 * another datacenter's. It can be killed at any moment and come back with what was on its disk, and under another name.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CatalogCache } from '../../sidecar/cache/catalog-cache.ts';
import { Declarations } from '../../sidecar/local/declarations.ts';
import { LocalState } from '../../sidecar/local/local-state.ts';
import { SavedState } from '../../sidecar/local/saved-state.ts';
import { Outbound } from '../../sidecar/outbound/outbound.ts';
import { Feed } from '../../sidecar/sync/feed.ts';
import { HostSync } from '../../sidecar/sync/host-sync.ts';
import type { Clock } from '../../sidecar/system/clock.ts';
import { type Logger, makeLogger } from '../../sidecar/system/logger.ts';
import type { AgentNode, Change } from '../../src/shared/protocol/messages.ts';
import type { FakeClock } from '../sidecar/fake-clock.ts';

interface SavedCopy {
  catalogId: string;
  index: number;
  changes: Change[];
  savedAtMs: number;
}

interface Running {
  local: LocalState;
  declarations: Declarations;
  sync: HostSync;
  /** Of the datacenter that it follows, if it does. */
  followed: Feed | undefined;
}

export interface HostOptions {
  clock: FakeClock;
  random: () => number;
  datacenter?: string;
  /** Another datacenter, whose copy it has as well. */
  follows?: string;
  log: (line: string) => void;
  /** What it declares, or a check's status, is another. */
  changed?: () => void;
  /** Its connection is live. */
  live?: () => void;
  /** The edge evicted a service of this host, which is about to go from here, too. */
  evicted: (service: string) => void;
}

export class SimulatedHost {
  readonly name: string;
  readonly datacenter: string;
  /** All that its node was ever called. */
  readonly names: Set<string>;
  /** How far its clock is before that of the world. */
  aheadMs = 0;
  readonly #options: HostOptions;
  readonly #clock: Clock;
  #node: string;
  readonly #dir = mkdtempSync(join(tmpdir(), 'rollcall-simulation-'));
  #running: Running | undefined;
  #copy: SavedCopy | undefined;

  constructor(name: string, options: HostOptions) {
    this.name = name;
    this.names = new Set([name]);
    this.#node = name;
    this.datacenter = options.datacenter ?? 'dc1';
    this.#options = options;
    const { clock } = options;
    this.#clock = {
      nowMs: () => clock.nowMs() + this.aheadMs,
      monotonicMs: () => clock.monotonicMs(),
      after: (delayMs, action) => clock.after(delayMs, action),
    };
  }

  get running(): Running | undefined {
    return this.#running;
  }

  /** What its node is called; the host is the same under any name. */
  get node(): string {
    return this.#node;
  }

  /** From the next start on. */
  rename(node: string): void {
    this.#node = node;
    this.names.add(node);
  }

  start(): void {
    if (this.#running) return;
    const { random, follows } = this.#options;
    const clock = this.#clock;
    const logger = this.#logger();
    const saved = new SavedState(this.#dir, logger);
    const runner = { start: () => undefined, stop: () => undefined };
    const local = new LocalState(runner, () => this.#changed(), saved.loadResults(clock.nowMs()));
    const { Services, Checks } = saved.definitions.load();
    for (const service of Services) local.addService(service, 'api');
    local.restoreChecks(Checks);
    const declarations = new Declarations(local, saved.definitions);
    const feed = {
      edges: [new URL(`http://${this.name}`)],
      token: () => '',
      outbound: new Outbound(clock),
      clock,
      random,
      logger,
    };
    const { node } = this;
    const sync = new HostSync(
      {
        ...feed,
        datacenter: this.datacenter,
        node: () => aNode(this.name, node),
        local,
        evicted: (service) => {
          this.#options.evicted(service);
          return declarations.dropService(service);
        },
        checkUpdateIntervalMs: 10_000,
      },
      { live: () => this.#options.live?.() },
      this.#loadCopy(),
      this.#copy?.savedAtMs,
    );
    const followed = follows === undefined ? undefined : new Feed({ ...feed, datacenter: follows }, {});
    this.#running = { local, declarations, sync, followed };
    this.#options.changed?.();
    sync.start();
    followed?.start();
  }

  /** Ends without a word. The results of checks are on disk only if they were saved before. */
  kill(): void {
    this.#running?.sync.stop();
    this.#running?.followed?.stop();
    this.#running = undefined;
  }

  /** Writes the copy of the catalog and the results of the checks to disk. */
  save(): void {
    if (!this.#running) return;
    const { local, sync } = this.#running;
    const { copy } = sync.feed;
    if (sync.feed.filled)
      this.#copy = {
        catalogId: copy.catalogId,
        index: copy.lastIndex,
        changes: [...copy.changes()],
        savedAtMs: this.#clock.nowMs(),
      };
    new SavedState(this.#dir, this.#logger()).saveResults(local, () => undefined, this.#clock.nowMs());
  }

  /** Its disk is lost, but for what the API declared. */
  loseCopy(): void {
    this.#copy = undefined;
  }

  stop(): void {
    this.kill();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #changed(): void {
    this.#options.changed?.();
    this.#running?.sync.trigger();
  }

  #logger(): Logger {
    const { log } = this.#options;
    const write = (line: string) => log(line.slice(25));
    return makeLogger(this.name, { level: 'warn', json: false, write }, this.#clock);
  }

  #loadCopy(): CatalogCache | undefined {
    if (!this.#copy) return undefined;
    const cache = new CatalogCache(this.datacenter);
    cache.apply(this.#copy.index, structuredClone(this.#copy.changes));
    cache.catalogId = this.#copy.catalogId;
    return cache;
  }
}

function aNode(name: string, Node: string): AgentNode {
  const number = name.slice(1).padStart(12, '0');
  return {
    Node,
    ID: `00000000-0000-0000-0000-${number}`,
    Address: `10.0.0.${Number(number)}`,
    TaggedAddresses: null,
    NodeMeta: { zone: 'z1' },
    Role: 'client',
    ServerPort: 0,
    Version: '0.1.0',
  };
}
