/**
 * A thread that answers DNS over UDP from answers it has kept, and asks the main thread for those it has not. Loaded by
 * the main thread too, where it does nothing.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import {
  type Answerer,
  type AnswerSource,
  type Asked,
  CachingAnswerer,
  type Found,
} from '../../../src/shared/dns/caching-answerer.ts';
import type { Transport } from '../../../src/shared/dns/truncate.ts';
import { systemClock } from '../../system/clock.ts';
import { loadLibc } from '../../system/libc.ts';
import { systemRandom } from '../../system/random.ts';
import { measured } from '../measured-answerer.ts';
import { UdpListener } from '../udp-listener.ts';
import { AnswerLog } from './answer-log.ts';
import {
  type FromThread,
  type SharedFound,
  type ThreadConfig,
  type ThreadData,
  type ToThread,
  threadKind,
} from './messages.ts';
import { SharedCatalogs } from './shared-catalogs.ts';
import { SharedIndexes } from './shared-indexes.ts';

class DnsThread implements Answerer, AnswerSource {
  readonly #port: MessagePort;
  readonly #indexes: SharedIndexes;
  readonly #catalogs: SharedCatalogs;
  readonly #answerer: CachingAnswerer;
  readonly #asked = new Map<number, (found: SharedFound) => void>();
  #lastId = 0;
  #settingsIndex: number;
  #whenConfigured: (() => void)[] = [];

  constructor(port: MessagePort, data: ThreadData) {
    this.#port = port;
    this.#settingsIndex = data.settingsIndex;
    this.#indexes = new SharedIndexes(data.indexes);
    this.#catalogs = new SharedCatalogs(this.#indexes);
    const { settings, recursionAvailable } = data;
    this.#answerer = new CachingAnswerer({
      settings,
      recursionAvailable,
      catalogs: this.#catalogs,
      source: this,
      random: systemRandom,
    });
    port.on('message', (message: ToThread) => this.#receive(message));
  }

  /** Under settings that are in force now, though word of them may still be on its way. */
  answerQuestion(packet: Uint8Array, transport: Transport, client?: string) {
    if (this.#indexes.settings === this.#settingsIndex)
      return this.#answerer.answerQuestion(packet, transport, client);
    const kept = packet.slice();
    return new Promise<void>((resolve) => this.#whenConfigured.push(resolve)).then(() =>
      this.#answerer.answerQuestion(kept, transport, client),
    );
  }

  find({ packet, client }: Asked): Promise<Found> {
    this.#lastId += 1;
    const id = this.#lastId;
    this.#say({ Type: 'ask', id, packet, client });
    return new Promise<SharedFound>((resolve) => this.#asked.set(id, resolve)).then((found) =>
      'reply' in found ? found : { encoded: found.encoded, basis: this.#catalogs.basisOf(found.basis) },
    );
  }

  async listen({ places }: ThreadData): Promise<void> {
    const log = new AnswerLog(systemClock, (answered) => this.#say({ Type: 'answered', ...answered }));
    const answerer = measured(this, log.meter, systemClock);
    const logger = {
      warn: (message: string, { error }: { error: string }) => this.#say({ Type: 'warn', message, error }),
    };
    try {
      const libc = await loadLibc();
      for (const place of places)
        await new UdpListener(answerer, logger, { isShared: true, libc }).start(place);
      this.#say({ Type: 'listening' });
    } catch (error) {
      this.#say({ Type: 'refused', message: (error as Error).message });
    }
  }

  #receive(message: ToThread): void {
    if (message.Type === 'configure') this.#configure(message);
    else this.#found(message.id, message.found);
  }

  #found(id: number, found: SharedFound): void {
    const resolve = this.#asked.get(id);
    this.#asked.delete(id);
    resolve?.(found);
  }

  #configure({ settings, recursionAvailable, settingsIndex }: ThreadConfig): void {
    this.#answerer.reconfigure(settings, recursionAvailable);
    this.#settingsIndex = settingsIndex;
    const waiting = this.#whenConfigured;
    this.#whenConfigured = [];
    for (const resolve of waiting) resolve();
  }

  #say(message: FromThread): void {
    this.#port.postMessage(message);
  }
}

const data = workerData as Partial<ThreadData> | null;
if (parentPort && data?.kind === threadKind) {
  const thread = new DnsThread(parentPort, data as ThreadData);
  await thread.listen(data as ThreadData);
}
