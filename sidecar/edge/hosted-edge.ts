/**
 * The edge on this host: whether it needs a token, where it keeps its data, and the process itself, which is started
 * again should it die.
 */
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AgentConfig } from '../config/agent-config.ts';
import { makeBindError } from '../system/bind-error.ts';
import type { Clock } from '../system/clock.ts';
import type { Logger } from '../system/logger.ts';
import { watchClock } from './clock-watch.ts';
import { compatibilityDate, compatibilityFlags } from './compatibility.ts';
import { makeDevStorage } from './dev-storage.ts';
import { EdgeProcess, type EdgeProcessOptions, type EdgeTls } from './edge-process.ts';
import { edgeToken } from './edge-token.ts';

const restartDelayMsMin = 500;
const restartDelayMsMax = 30_000;

/** Both undefined where it speaks HTTP in the clear. */
export type HostedTls = Pick<EdgeProcessOptions, 'tls' | 'agent'>;

export class HostedEdge {
  readonly url: URL;
  /** "" when it is open, on loopback. */
  readonly token: string;
  #options: EdgeProcessOptions;
  readonly #removeStorage: () => void;
  #process: EdgeProcess;
  #restartDelayMs = restartDelayMsMin;
  #stopped = false;
  #unwatchClock = () => {};

  constructor(config: AgentConfig, clock: Clock, logger: Logger, { tls, agent }: HostedTls) {
    const storage = openStorage(config.dataDir);
    const open = isLoopback(config.bindAddr) && config.tokens.agent === '';
    this.token = open ? '' : edgeToken(storage.dir, config.tokens.agent);
    this.#removeStorage = storage.remove;
    this.#options = {
      dir: storage.dir,
      bundlePath: bundlePath(),
      host: config.bindAddr,
      port: config.ports.server,
      datacenter: config.datacenter,
      advertise: `${inUrl(config.advertiseAddr)}:${config.ports.server}`,
      compatibilityDate,
      compatibilityFlags,
      open,
      token: this.token,
      tls,
      agent,
      clock,
      logger,
      died: (reason) => this.#died(reason),
    };
    this.#process = new EdgeProcess(this.#options);
    this.url = this.#process.url;
  }

  /** @throws when the port is taken or workerd does not come up. */
  async start(): Promise<void> {
    await assertFree(this.#options.host, this.#options.port);
    await this.#process.start();
    this.#unwatchClock = watchClock(this.#options.clock, (byMs) => void this.#clockWasSetBack(byMs));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unwatchClock();
    await this.#process.stop();
    this.#removeStorage();
  }

  /** Takes other certificates when it is called, which workerd reads at its start alone. @throws for what cannot change. */
  prepareTls(tls: EdgeTls | undefined): () => void {
    const before = this.#options.tls;
    if ((tls === undefined) !== (before === undefined))
      throw new Error('whether the edge speaks TLS cannot be changed by a reload: start the agent again');
    if (JSON.stringify(tls) === JSON.stringify(before)) return () => undefined;
    return () => {
      this.#options = { ...this.#options, tls };
      this.#options.logger.info('the edge (workerd) is started again with other certificates');
      void this.#process.stop().then(() => this.#restart());
    };
  }

  async #clockWasSetBack(byMs: number): Promise<void> {
    const { logger } = this.#options;
    logger.warn('the clock of this host was set back: the edge (workerd) is started again', {
      by_ms: Math.round(byMs),
    });
    await this.#process.stop();
    await this.#restart();
  }

  #died(reason: string): void {
    const { logger, clock } = this.#options;
    logger.error('the edge (workerd) died and is started again', { reason });
    this.#restartDelayMs = restartDelayMsMin;
    clock.after(this.#restartDelayMs, () => void this.#restart());
  }

  async #restart(): Promise<void> {
    if (this.#stopped) return;
    const { logger, clock } = this.#options;
    this.#process = new EdgeProcess(this.#options);
    try {
      await this.#process.start();
    } catch (error) {
      this.#restartDelayMs = Math.min(restartDelayMsMax, this.#restartDelayMs * 2);
      logger.error('the edge does not start', {
        reason: (error as Error).message,
        retry_ms: this.#restartDelayMs,
      });
      clock.after(this.#restartDelayMs, () => void this.#restart());
    }
  }
}

function openStorage(dataDir: string): { dir: string; remove: () => void } {
  if (dataDir === '') return makeDevStorage();
  const dir = join(dataDir, 'edge');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return { dir, remove: () => undefined };
}

const isLoopback = (address: string) => /^127\./.test(address) || address === '::1';

const inUrl = (address: string) => (address.includes(':') ? `[${address}]` : address);

/** Built beside the sidecar's own file. */
const bundlePath = () => join(dirname(fileURLToPath(import.meta.url)), 'edge.js');

/** workerd's own message about a port in use helps nobody. */
function assertFree(address: string, port: number): Promise<void> {
  const settings = { portSetting: 'ports.server, -server-port', addressSetting: 'bind_addr, -bind' };
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) =>
      reject(makeBindError({ name: 'the edge', address, port, ...settings }, error)),
    );
    probe.listen({ host: address, port }, () => probe.close(() => resolve()));
  });
}
