/**
 * How connections to an edge, or to an agent elsewhere, are made: through which proxy, with whose trust, and with what to
 * show. New settings are for new connections: those that idle under the old ones are not used again.
 */
import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { checkServerIdentity, type SecureContext } from 'node:tls';
import { version } from '../../src/shared/version.ts';
import type { Clock } from '../system/clock.ts';
import { describeTlsFault } from '../tls/tls-fault.ts';
import {
  accessHeaders,
  describeAccessRefusal,
  noServiceToken,
  type Refusal,
  type ServiceToken,
} from './access.ts';
import type { HttpProxy } from './proxy.ts';
import { openTunnel } from './tunnel.ts';

/** Some firewalls refuse a program that does not say what it is. */
export const userAgent = `rollcall/${version}`;

export interface OutboundSettings {
  /** Undefined: a direct connection. @throws for a proxy that cannot be used. */
  proxyFor(url: URL): HttpProxy | undefined;
  tls: {
    /** Undefined: that of Node.js. */
    context: SecureContext | undefined;
    /** The name that a certificate has to have; "": that of the URL. */
    serverName: string;
    /** False only where a human said so, and never for an edge. */
    verify: boolean;
    trustedFrom: string;
    hasCertificate: boolean;
  };
  /** For proxies that are spoken to over TLS, if there are any: certificates of this host are not shown to them. */
  proxyContext: SecureContext | undefined;
  serviceToken: ServiceToken;
}

/** Nothing stands between, and Node.js knows whom to believe. */
export const plainSettings: OutboundSettings = {
  proxyFor: () => undefined,
  tls: {
    context: undefined,
    serverName: '',
    verify: true,
    trustedFrom: 'those that come with Node.js',
    hasCertificate: false,
  },
  proxyContext: undefined,
  serviceToken: noServiceToken,
};

export interface Agents {
  http: http.Agent;
  https: https.Agent;
}

export class Outbound {
  readonly #clock: Clock;
  #settings: OutboundSettings;
  #generation = 0;
  readonly #over = new AbortController();

  constructor(clock: Clock, settings: OutboundSettings = plainSettings) {
    this.#clock = clock;
    this.#settings = settings;
  }

  use(settings: OutboundSettings): void {
    this.#settings = settings;
    this.#generation += 1;
  }

  /** Nothing more is opened. What is open belongs to the agents. */
  close(): void {
    this.#over.abort();
  }

  /** Part of a connection's name: one made under other settings has another. */
  get generation(): number {
    return this.#generation;
  }

  agents(options: http.AgentOptions): Agents {
    return { http: new PlainAgent(this, options), https: new SecureAgent(this, options) };
  }

  /** The proxy on the way, without its credentials. @throws as {@link OutboundSettings.proxyFor}. */
  proxyOf(url: URL): string | undefined {
    return this.#settings.proxyFor(url)?.shown;
  }

  headersFor(url: URL): Record<string, string> {
    return accessHeaders(this.#settings.serviceToken, url);
  }

  tlsOptions(): https.RequestOptions {
    const { context, serverName, verify } = this.#settings.tls;
    return {
      rejectUnauthorized: verify,
      ...(context && { secureContext: context }),
      ...(serverName === '' ? {} : expecting(serverName)),
    };
  }

  /** Undefined: the way is free of proxies. @throws saying what is wrong with the proxy. */
  async tunnelTo(url: URL): Promise<Duplex | undefined> {
    const proxy = this.#settings.proxyFor(url);
    if (!proxy) return undefined;
    const { proxyContext: secureContext, tls } = this.#settings;
    const target = {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
    };
    const { signal } = this.#over;
    return openTunnel(proxy, target, {
      clock: this.#clock,
      secureContext,
      trustedFrom: tls.trustedFrom,
      signal,
    });
  }

  /** Why there is no connection, for a human. An `AggregateError` of several addresses has no message of its own. */
  describe(error: Error, url: URL): string {
    const { errors } = error as AggregateError;
    const first = Array.isArray(errors) && errors.length > 0 ? (errors[0] as Error) : error;
    const { serverName, trustedFrom, hasCertificate } = this.#settings.tls;
    const peer = { place: url.host, name: serverName || url.hostname, trustedFrom, hasCertificate };
    return describeTlsFault(first, peer) ?? first.message;
  }

  /** Undefined when it is whom we wanted to reach who answers. */
  describeRefusal(refusal: Refusal): string | undefined {
    return describeAccessRefusal(refusal, this.#settings.serviceToken);
  }
}

type Connected = (error: Error | null, socket: Duplex) => void;

const urlOf = (scheme: string, { host, port }: http.ClientRequestArgs): URL =>
  new URL(`${scheme}://${String(host).includes(':') ? `[${host}]` : host}:${port}`);

/** The name of a certificate may be an address, which is not for SNI (RFC 6066). */
const expecting = (name: string): https.RequestOptions =>
  isIP(name) === 0
    ? { servername: name }
    : { servername: '', checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate) };

const handOver = (socket: Promise<Duplex>, connected: Connected): void =>
  void socket.then(
    (made) => connected(null, made),
    (error: Error) => connected(error, undefined as never),
  );

class PlainAgent extends http.Agent {
  readonly #outbound: Outbound;

  constructor(outbound: Outbound, options: http.AgentOptions) {
    super(options);
    this.#outbound = outbound;
  }

  override getName(options?: http.ClientRequestArgs): string {
    return `${super.getName(options)}#${this.#outbound.generation}`;
  }

  override createConnection(options: http.ClientRequestArgs, connected?: Connected): undefined {
    const socket = this.#outbound
      .tunnelTo(urlOf('http', options))
      .then((tunnel) => tunnel ?? super.createConnection(options)!);
    handOver(socket, connected!);
  }
}

class SecureAgent extends https.Agent {
  readonly #outbound: Outbound;

  constructor(outbound: Outbound, options: http.AgentOptions) {
    super(options);
    this.#outbound = outbound;
  }

  override getName(options?: https.RequestOptions): string {
    return `${super.getName(options)}#${this.#outbound.generation}`;
  }

  override createConnection(options: https.RequestOptions, connected?: Connected): undefined {
    const secured = { ...options, ...this.#outbound.tlsOptions() };
    const socket = this.#outbound
      .tunnelTo(urlOf('https', options))
      .then((tunnel) => super.createConnection({ ...secured, ...(tunnel && { socket: tunnel }) })!);
    handOver(socket, connected!);
  }
}
