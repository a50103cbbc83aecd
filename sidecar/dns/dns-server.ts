/**
 * The DNS interface of a host: binds UDP and TCP, and lets the shared responder answer. Opens all its sockets or none.
 */
import { isIPv4 } from 'node:net';
import type { Topic } from '../../src/shared/catalog-reader.ts';
import type { DnsCatalogs, PreparedQuerySource } from '../../src/shared/dns/catalogs.ts';
import { DnsResponder } from '../../src/shared/dns/responder.ts';
import type { Clock } from '../system/clock.ts';
import { type Libc, loadLibc } from '../system/libc.ts';
import type { Logger } from '../system/logger.ts';
import type { Random } from '../system/random.ts';
import type { DnsConfig } from './dns-config.ts';
import type { ListenPlace } from './listen-place.ts';
import { type DnsMeter, measured } from './measured-answerer.ts';
import { RecursorPool } from './recursor-pool.ts';
import { TcpListener } from './tcp-listener.ts';
import { DnsThreads } from './threads/dns-threads.ts';
import { UdpListener } from './udp-listener.ts';

export interface DnsServerDeps {
  config: DnsConfig;
  catalogs: DnsCatalogs;
  queries?: PreparedQuerySource | undefined;
  /** Told of every answer that leaves a socket. */
  meter?: DnsMeter | undefined;
  clock: Clock;
  random: Random;
  logger: Logger;
}

export class DnsServer {
  /** Answers messages that come another way, as DNS over HTTPS does. */
  readonly responder: DnsResponder;
  readonly #deps: DnsServerDeps;
  readonly #recursors: RecursorPool;
  readonly #threads: DnsThreads | undefined;
  #listeners: (UdpListener | TcpListener)[] = [];

  constructor(deps: DnsServerDeps) {
    const { config, catalogs, queries, clock, random, logger } = deps;
    this.#deps = deps;
    this.#recursors = new RecursorPool(config, { clock, random, logger });
    this.responder = new DnsResponder({
      settings: config,
      catalogs,
      queries,
      recursor: this.#selectRecursor(config),
      nowMs: () => clock.nowMs(),
      random,
      onFailure: (error) => logger.error('question failed', { error: String(error) }),
    });
    if (config.threads > 0)
      this.#threads = new DnsThreads({
        source: this.responder,
        catalogs,
        datacenter: config.datacenter,
        settings: config,
        recursionAvailable: config.recursors.length > 0,
        meter: deps.meter,
        clock,
        logger,
      });
  }

  /** The port of the first address, once started. */
  get port(): number {
    return this.#listeners[0]!.port;
  }

  /** @throws {Error} naming address and port when one of them cannot be bound; nothing is left open then. */
  async start(): Promise<void> {
    try {
      const { addresses, threads } = this.#deps.config;
      const places: ListenPlace[] = [];
      // Threads that answer over UDP load it themselves.
      const libc = this.#threads ? undefined : await loadLibc();
      for (const address of addresses) places.push(await this.#listen(address, libc));
      await this.#threads?.start(threads, places);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    const listeners = this.#listeners;
    this.#listeners = [];
    await Promise.all([...listeners.map((listener) => listener.stop()), this.#threads?.stop()]);
  }

  /** Takes over all but addresses and port, with the next question. */
  reconfigure(config: DnsConfig): void {
    this.#recursors.reconfigure(config);
    this.responder.reconfigure(config, this.#selectRecursor(config));
    this.#threads?.reconfigure(config, config.recursors.length > 0);
  }

  /** A copy of a catalog moved; undefined topics: it is another one. */
  changed(datacenter: string, topics: Iterable<Topic> | undefined): void {
    this.#threads?.changed(datacenter, topics);
  }

  #selectRecursor(config: DnsConfig): RecursorPool | undefined {
    return config.recursors.length > 0 ? this.#recursors : undefined;
  }

  /** TCP and, unless threads do that, UDP. */
  async #listen(address: string, libc: Libc | undefined): Promise<ListenPlace> {
    const { config, clock, logger, meter } = this.#deps;
    const answerer = meter ? measured(this.responder, meter, clock) : this.responder;
    // TCP first: with port 0 UDP gets the port that TCP was given, which is more often free than the other way round.
    const tcp = new TcpListener(answerer, clock);
    // `::` stands for IPv4 as well, unless something else is bound for that.
    const ipv6Only = config.addresses.some(isIPv4);
    await tcp.start({ address, port: config.port, ipv6Only });
    this.#listeners.push(tcp);
    const place = { address, port: tcp.port, ipv6Only };
    if (!this.#threads) {
      const udp = new UdpListener(answerer, logger, { libc });
      await udp.start(place);
      this.#listeners.push(udp);
    }
    logger.info('started DNS server', { address, port: tcp.port, network: 'udp and tcp' });
    return place;
  }
}
