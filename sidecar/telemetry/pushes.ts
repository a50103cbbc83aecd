/**
 * Metrics that are sent instead of fetched: `telemetry.statsd_address` and `dogstatsd_addr` over UDP, `statsite_address`
 * over TCP. Once a second what was counted, every ten what the gauges show.
 */
import type { AgentConfig } from '../config/agent-config.ts';
import type { Clock } from '../system/clock.ts';
import type { Logger } from '../system/logger.ts';
import { intervalMs, type Metrics } from './metrics.ts';
import { PushLines } from './push-lines.ts';
import { makeTcpSocket, makeUdpSocket, type PushSocket } from './push-socket.ts';

export interface Push {
  /** The setting that asks for it. */
  setting: string;
  lines: PushLines;
  socket: PushSocket;
  /** Gauges carry the host's name, where that is not disabled. */
  namesHost: boolean;
}

const sendIntervalMs = 1_000;

export function makePushes({ statsdAddress, statsiteAddress, dogstatsd }: AgentConfig['telemetry']): Push[] {
  const statsd = () => new PushLines({ kind: 'statsd' });
  const pushes: Push[] = [];
  if (statsdAddress)
    pushes.push({
      setting: 'telemetry.statsd_address',
      lines: statsd(),
      socket: makeUdpSocket(statsdAddress),
      namesHost: true,
    });
  if (statsiteAddress)
    pushes.push({
      setting: 'telemetry.statsite_address',
      lines: statsd(),
      socket: makeTcpSocket(statsiteAddress),
      namesHost: true,
    });
  if (dogstatsd)
    pushes.push({
      setting: 'telemetry.dogstatsd_addr',
      lines: new PushLines({ kind: 'dogstatsd', tags: dogstatsd.tags }),
      socket: makeUdpSocket(dogstatsd.address),
      // As Consul does: Datadog knows the host by itself.
      namesHost: false,
    });
  return pushes;
}

export interface PushLoopOptions {
  pushes: Push[];
  metrics: Metrics;
  clock: Clock;
  logger: Logger;
}

export class PushLoop {
  readonly #options: PushLoopOptions;
  /** Those of which it was said that they fail. */
  readonly #failing = new Set<Push>();
  #gaugesAtMs = Number.NEGATIVE_INFINITY;
  #cancel: () => void = () => undefined;

  constructor(options: PushLoopOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#options.pushes.length === 0) return;
    this.#cancel = this.#options.clock.after(sendIntervalMs, () => {
      this.#send();
      this.start();
    });
  }

  stop(): void {
    this.#cancel();
    for (const { socket } of this.#options.pushes) socket.close();
  }

  #send(): void {
    const { pushes, metrics, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    const withGauges = nowMs - this.#gaugesAtMs >= intervalMs;
    if (withGauges) this.#gaugesAtMs = nowMs;
    for (const push of pushes) {
      const lines = push.lines.take(withGauges ? metrics.gauges(push.namesHost) : []);
      if (lines.length > 0) push.socket.send(lines, (reason) => this.#failed(push, reason));
    }
  }

  /** Said once: metrics are sent again, whether they arrive or not. */
  #failed(push: Push, reason: string): void {
    if (!this.#failing.has(push))
      this.#options.logger.warn('metrics do not arrive', { setting: push.setting, reason });
    this.#failing.add(push);
  }
}
