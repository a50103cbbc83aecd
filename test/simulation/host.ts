/**
 * A host: what it declares is real, on a disk in memory; so are the sync with the edge and the copy of the catalog. It can
 * be killed at any moment and come back with what was on its disk.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CatalogCache } from '../../sidecar/cache/catalog-cache.ts';
import { Declarations } from '../../sidecar/local/declarations.ts';
import { LocalState } from '../../sidecar/local/local-state.ts';
import { SavedState } from '../../sidecar/local/saved-state.ts';
import { type Logger, makeLogger } from '../../sidecar/logger.ts';
import { Outbound } from '../../sidecar/outbound/outbound.ts';
import { HostSync } from '../../sidecar/sync/host-sync.ts';
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
}

export interface HostOptions {
  clock: FakeClock;
  random: () => number;
  log: (line: string) => void;
  /** The edge evicted a service of this host. */
  evicted: (service: string) => void;
}

export class SimulatedHost {
  readonly name: string;
  readonly #options: HostOptions;
  readonly #dir = mkdtempSync(join(tmpdir(), 'rollcall-simulation-'));
  #running: Running | undefined;
  #copy: SavedCopy | undefined;

  constructor(name: string, options: HostOptions) {
    this.name = name;
    this.#options = options;
  }

  get running(): Running | undefined {
    return this.#running;
  }

  start(): void {
    if (this.#running) return;
    const { clock, random } = this.#options;
    const logger = this.#logger();
    const saved = new SavedState(this.#dir, logger);
    const runner = { start: () => undefined, stop: () => undefined };
    const local = new LocalState(runner, () => this.#changed(), saved.loadResults(clock.nowMs()));
    const { Services, Checks } = saved.loadDefinitions();
    for (const service of Services) local.addService(service, 'api');
    local.restoreChecks(Checks);
    const declarations = new Declarations(local, saved);
    const sync = new HostSync(
      {
        edges: [new URL(`http://${this.name}`)],
        datacenter: 'dc1',
        token: () => '',
        outbound: new Outbound(clock),
        clock,
        random,
        logger,
        node: () => aNode(this.name),
        local,
        evicted: (service) => {
          declarations.dropService(service);
          this.#options.evicted(service);
        },
        checkUpdateIntervalMs: 10_000,
      },
      {},
      this.#loadCopy(),
      this.#copy?.savedAtMs,
    );
    this.#running = { local, declarations, sync };
    sync.start();
  }

  /** Ends without a word. The results of checks are on disk only if they were saved before. */
  kill(): void {
    this.#running?.sync.stop();
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
        savedAtMs: this.#options.clock.nowMs(),
      };
    new SavedState(this.#dir, this.#logger()).saveResults(
      local,
      () => undefined,
      this.#options.clock.nowMs(),
    );
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
    this.#running?.sync.trigger();
  }

  #logger(): Logger {
    const { clock, log } = this.#options;
    return makeLogger(this.name, { level: 'warn', json: false, write: (line) => log(line.slice(25)) }, clock);
  }

  #loadCopy(): CatalogCache | undefined {
    if (!this.#copy) return undefined;
    const cache = new CatalogCache('dc1');
    cache.apply(this.#copy.index, structuredClone(this.#copy.changes));
    cache.catalogId = this.#copy.catalogId;
    return cache;
  }
}

function aNode(name: string): AgentNode {
  const number = name.slice(1).padStart(12, '0');
  return {
    Node: name,
    ID: `00000000-0000-0000-0000-${number}`,
    Address: `10.0.0.${Number(number)}`,
    TaggedAddresses: null,
    NodeMeta: { zone: 'z1' },
    Role: 'client',
    ServerPort: 0,
    Version: '0.1.0',
  };
}
