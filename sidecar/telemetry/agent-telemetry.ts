import type { AgentConfig } from '../config/agent-config.ts';
import type { DnsMeter } from '../dns/measured-answerer.ts';
import type { Clock } from '../system/clock.ts';
import type { Logger } from '../system/logger.ts';
import { dnsMeter } from './agent-metrics.ts';
import { makeMetrics, metricsFilter } from './make-metrics.ts';
import type { Metrics } from './metrics.ts';
import { metricsDump } from './metrics-dump.ts';
import { makePushes, PushLoop } from './pushes.ts';

/** What an agent measures of itself, and those it is sent to. */
export class AgentTelemetry {
  readonly metrics: Metrics;
  readonly dnsMeter: DnsMeter;
  readonly #loop: PushLoop;

  constructor(config: AgentConfig, clock: Clock, logger: Logger) {
    const pushes = makePushes(config.telemetry);
    this.metrics = makeMetrics(config, pushes, clock);
    this.dnsMeter = dnsMeter(this.metrics, config.nodeName);
    this.#loop = new PushLoop({ pushes, metrics: this.metrics, clock, logger: logger.named('telemetry') });
  }

  reload({ telemetry }: AgentConfig): void {
    this.metrics.keep(metricsFilter(telemetry));
  }

  /** What was measured, for a human. */
  dump(): string {
    return metricsDump(this.metrics);
  }

  start(): void {
    this.#loop.start();
  }

  stop(): void {
    this.#loop.stop();
  }
}
