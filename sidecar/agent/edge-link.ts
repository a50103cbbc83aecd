/**
 * The edges of an agent and the way to them: one that runs here, or those it joins, past which proxies and believed by
 * which certificates.
 */
import type { AgentConfig } from '../config/agent-config.ts';
import type { EdgePlan } from '../edge/edge-plan.ts';
import { HostedEdge } from '../edge/hosted-edge.ts';
import { Outbound, type OutboundSettings, plainSettings } from '../outbound/outbound.ts';
import type { Clock } from '../system/clock.ts';
import type { Logger } from '../system/logger.ts';
import { wayToEdge } from './edge-way.ts';
import { readHostedTls, wayToHosted } from './hosted-tls.ts';

export class EdgeLink {
  readonly outbound: Outbound;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #edges: URL[] = [];
  #hosted: HostedEdge | undefined;
  /** @throws naming what of the configuration cannot be read. */
  #readWay: (config: AgentConfig) => OutboundSettings = () => plainSettings;

  constructor(clock: Clock, logger: Logger) {
    this.outbound = new Outbound(clock);
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Where an edge may be found. */
  get edges(): URL[] {
    return this.#edges;
  }

  /** The one that runs here, if one does. */
  get hosted(): HostedEdge | undefined {
    return this.#hosted;
  }

  /** @throws with what to do. */
  async start(config: AgentConfig, { run, edges }: EdgePlan): Promise<void> {
    if (run) return this.#startHosted(config);
    this.#edges = edges;
    this.#readWay = (next) => wayToEdge(next, edges, process.env);
    this.outbound.use(this.#readWay(config));
  }

  async #startHosted(config: AgentConfig): Promise<void> {
    const tls = readHostedTls(config);
    const agent = tls && this.outbound.agents({}).https;
    const hosted = new HostedEdge(config, this.#clock, this.#logger.named('edge'), { tls, agent });
    this.#hosted = hosted;
    this.#edges = [hosted.url];
    this.#readWay = (next) => wayToHosted(next, hosted.url, process.env);
    this.outbound.use(this.#readWay(config));
    await hosted.start();
  }

  /** Takes another way when it is called. @throws for what cannot be read, and what cannot change. */
  prepare(config: AgentConfig): () => void {
    const useHostedTls = this.#hosted?.prepareTls(readHostedTls(config));
    const way = this.#readWay(config);
    return () => {
      this.outbound.use(way);
      useHostedTls?.();
    };
  }

  async stop(): Promise<void> {
    this.outbound.close();
    await this.#hosted?.stop();
  }
}
