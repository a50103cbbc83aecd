/**
 * Everything the HTTP API listens on: `ports.http` and `ports.https`, each on its addresses. A reload takes new certificates
 * and limits for new connections; where it listens stays as it is.
 */
import type { Hono } from 'hono';
import type { AgentConfig } from '../config/agent-config.ts';
import { readAuthorities } from '../tls/authorities.ts';
import { readKeyPair } from '../tls/pem-files.ts';
import { HttpServer, type ServerTls } from './http-server.ts';
import type { RepeatedReads } from './repeated-reads.ts';
import type { RequestLog } from './request-log.ts';

type ListenersConfig = Pick<AgentConfig, 'addresses' | 'ports' | 'http' | 'limits' | 'tls' | 'unixSockets'>;

export class HttpListeners {
  readonly #app: Hono;
  readonly #repeated: RepeatedReads | undefined;
  readonly #log: RequestLog | undefined;
  #config: ListenersConfig;
  #plain: HttpServer | undefined;
  #secure: HttpServer | undefined;

  constructor(app: Hono, config: ListenersConfig, repeated?: RepeatedReads, log?: RequestLog) {
    this.#app = app;
    this.#repeated = repeated;
    this.#log = log;
    this.#config = config;
  }

  /** Opens all of them or none. @throws naming address and port, or the file, and what to do. */
  async start(): Promise<void> {
    const { addresses, ports } = this.#config;
    try {
      if (ports.http > 0) {
        this.#plain = this.#make(undefined);
        await this.#plain.start(addresses.http, ports.http);
      }
      if (ports.https > 0) {
        this.#secure = this.#make(readServerTls(this.#config));
        await this.#secure.start(addresses.https, ports.https);
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.#plain?.stop(), this.#secure?.stop()]);
  }

  /** What {@link use} is to be called with, its files read. @throws naming what cannot be; then nothing has changed. */
  prepare(config: ListenersConfig): () => void {
    const { https } = this.#config.tls;
    if (this.#secure && config.tls.https.verifyIncoming !== https.verifyIncoming)
      throw new Error('verify_incoming of ports.https cannot be changed by a reload: start the agent again');
    const tls = this.#secure && readServerTls(config);
    return () => {
      this.#config = config;
      if (tls) this.#secure?.useTls(tls);
    };
  }

  #make(tls: ServerTls | undefined): HttpServer {
    const options = {
      headerBytesMax: this.#config.http.headerBytesMax,
      connsPerClientMax: () => this.#config.limits.httpConnsPerClientMax,
      permissions: this.#config.unixSockets,
      tls,
    };
    return new HttpServer(this.#app, options, this.#repeated, this.#log);
  }
}

function readServerTls({ tls: { https }, limits }: ListenersConfig): ServerTls {
  const { verifyIncoming, minVersion, ciphers } = https;
  // The configuration names authorities where clients are verified: those of the system are not meant.
  const authorities = verifyIncoming ? readAuthorities(https, {}).certificates : [];
  return {
    ...readKeyPair(https)!,
    ca: [...authorities],
    requestCert: verifyIncoming,
    rejectUnauthorized: verifyIncoming,
    minVersion,
    ...(ciphers !== '' && { ciphers }),
    handshakeTimeout: limits.httpsHandshakeTimeoutMs,
  };
}
