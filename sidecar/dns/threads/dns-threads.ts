/**
 * Threads that answer over UDP on one port between them, which the kernel shares out by the asker's address and port. They
 * keep answers; the main thread has the catalogs, finds what they have not, and raises what all of them see when a topic
 * changes. One that dies is replaced.
 */
import { Worker } from 'node:worker_threads';
import type { Topic } from '../../../src/shared/catalog-reader.ts';
import { isCurrent } from '../../../src/shared/dns/answer-cache.ts';
import { type AnswerSettings, freshMsMax, staleMsMax } from '../../../src/shared/dns/answer-settings.ts';
import type { AnswerSource, Found } from '../../../src/shared/dns/caching-answerer.ts';
import type { DnsCatalogs } from '../../../src/shared/dns/catalogs.ts';
import type { Basis } from '../../../src/shared/dns/question.ts';
import { decodeQuery } from '../../../src/shared/dns/wire/query.ts';
import type { Clock } from '../../system/clock.ts';
import type { Logger } from '../../system/logger.ts';
import type { ListenPlace } from '../listen-place.ts';
import type { DnsMeter } from '../measured-answerer.ts';
import { type FromThread, type SharedFound, type ThreadData, type ToThread, threadKind } from './messages.ts';
import { SharedIndexes } from './shared-indexes.ts';
// So that the bundle holds it, too.
import './dns-thread.ts';

export interface DnsThreadsDeps {
  source: AnswerSource;
  catalogs: DnsCatalogs;
  /** The own one. */
  datacenter: string;
  settings: AnswerSettings;
  recursionAvailable: boolean;
  meter: DnsMeter | undefined;
  clock: Clock;
  logger: Logger;
}

/** How soon it is seen that a copy has become stale, or is no longer. */
const staleCheckMs = 250;
const restartMs = 1_000;

export class DnsThreads {
  readonly #deps: DnsThreadsDeps;
  readonly #indexes = new SharedIndexes();
  readonly #workers = new Set<Worker>();
  /** How stale the copies were that answers were made from, as far as it decides about answers. */
  readonly #staleness = new Map<string, string>();
  #settings: AnswerSettings;
  #recursionAvailable: boolean;
  #cancelCheck = () => {};
  #isStopped = false;

  constructor(deps: DnsThreadsDeps) {
    this.#deps = deps;
    this.#settings = deps.settings;
    this.#recursionAvailable = deps.recursionAvailable;
  }

  /** @throws {Error} that names the place when one cannot be bound. */
  async start(count: number, places: ListenPlace[]): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#startThread(places)));
    this.#checkStaleness();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelCheck();
    await Promise.all([...this.#workers].map((worker) => worker.terminate()));
  }

  /** Undefined topics: the copy is another one. */
  changed(datacenter: string, topics: Iterable<Topic> | undefined): void {
    if (topics) this.#indexes.raise(datacenter, topics);
    else this.#indexes.raiseAll();
  }

  reconfigure(settings: AnswerSettings, recursionAvailable: boolean): void {
    this.#settings = settings;
    this.#recursionAvailable = recursionAvailable;
    this.#indexes.raiseSettings();
    for (const worker of this.#workers) tell(worker, { Type: 'configure', ...this.#config() });
  }

  #config() {
    const settingsIndex = this.#indexes.settings;
    return { settings: this.#settings, recursionAvailable: this.#recursionAvailable, settingsIndex };
  }

  #startThread(places: ListenPlace[]): Promise<void> {
    const workerData: ThreadData = {
      kind: threadKind,
      ...this.#config(),
      indexes: this.#indexes.buffer,
      places,
    };
    const worker = new Worker(threadFile, { workerData, name: 'dns', stdin: false });
    this.#workers.add(worker);
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromThread) => {
        if (message.Type === 'listening') resolve();
        else if (message.Type === 'refused') reject(new Error(message.message));
        else this.#receive(worker, message);
      });
      worker.on('error', (error) => {
        reject(error);
        this.#deps.logger.error('DNS thread failed', { error: error.stack ?? error.message });
      });
      worker.on('exit', (code) => {
        reject(new Error(`a DNS thread ended before it listened (code ${code})`));
        this.#replace(worker, places);
      });
    });
  }

  #replace(worker: Worker, places: ListenPlace[]): void {
    this.#workers.delete(worker);
    if (this.#isStopped) return;
    this.#deps.clock.after(restartMs, () => {
      if (!this.#isStopped)
        this.#startThread(places).catch((error: Error) =>
          this.#deps.logger.error('DNS thread cannot be replaced', { error: error.message }),
        );
    });
  }

  #receive(worker: Worker, message: FromThread): void {
    const { meter, logger } = this.#deps;
    if (message.Type === 'ask') this.#answer(worker, message);
    if (message.Type === 'warn') logger.warn(message.message, { error: message.error });
    if (message.Type === 'answered' && meter)
      for (const [i, rcode] of message.rcodes.entries()) meter(rcode, message.durationsMs[i]!);
  }

  #answer(worker: Worker, { id, packet, client }: Extract<FromThread, { Type: 'ask' }>): void {
    const query = decodeQuery(packet);
    if (!query) return;
    const settings = this.#settings;
    void Promise.resolve(this.#deps.source.find({ query, packet, transport: 'udp', client })).then((found) =>
      tell(worker, { Type: 'found', id, found: this.#share(found, settings) }),
    );
  }

  #share(found: Found, settings: AnswerSettings): SharedFound {
    if ('reply' in found) return found;
    const { encoded, basis } = found;
    if (!basis || settings !== this.#settings) return { encoded, basis: undefined };
    if (!basis.reader) return { encoded, basis: { datacenter: undefined, topics: [], indexes: [] } };
    // What was waited for may be old already.
    const isKept = isCurrent(basis, this.#deps.catalogs, settings);
    return { encoded, basis: isKept ? this.#shareBasis(basis) : undefined };
  }

  #shareBasis({ datacenter = this.#deps.datacenter, topics }: Basis) {
    if (!this.#staleness.has(datacenter)) this.#staleness.set(datacenter, this.#stalenessOf(datacenter));
    return { datacenter, topics, indexes: topics.map((topic) => this.#indexes.get(datacenter, topic)) };
  }

  #checkStaleness(): void {
    for (const [datacenter, known] of this.#staleness) {
      const now = this.#stalenessOf(datacenter);
      if (now === known) continue;
      this.#staleness.set(datacenter, now);
      this.#indexes.raiseAll();
    }
    this.#cancelCheck = this.#deps.clock.after(staleCheckMs, () => this.#checkStaleness());
  }

  #stalenessOf(datacenter: string): string {
    const staleMs = this.#deps.catalogs.staleMs(datacenter);
    if (staleMs > staleMsMax(this.#settings)) return 'too stale';
    return staleMs > freshMsMax ? 'stale' : 'fresh';
  }
}

const tell = (worker: Worker, message: ToThread) => worker.postMessage(message);

/** In the bundle all files are one, which knows what it is to do in a thread. */
const threadFile = import.meta.url.endsWith('.ts')
  ? new URL('./dns-thread.ts', import.meta.url)
  : new URL(import.meta.url);
