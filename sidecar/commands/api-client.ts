/** Requests of the commands to an agent or to the edge, with the flags and variables that every one of them takes. */
import http from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { ClientConfig } from '../config/client-flags.ts';
import { type Outbound, userAgent } from '../outbound/outbound.ts';

const timeoutMsDefault = 30_000;

interface ApiRequest {
  body?: string | Uint8Array | Readable;
  /** For how long nothing may come. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

export interface ApiAnswer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

export class ApiClient {
  readonly #config: ClientConfig;
  readonly #outbound: Outbound;

  constructor(config: ClientConfig, outbound: Outbound) {
    this.#config = config;
    this.#outbound = outbound;
  }

  async get<Value>(path: string): Promise<Value> {
    return JSON.parse(okBody(await this.request('GET', path))) as Value;
  }

  async put(path: string, body: string | Uint8Array = ''): Promise<string> {
    return okBody(await this.request('PUT', path, { body }));
  }

  /** A body of any length, which is not held. @throws as {@link put}. */
  async send(method: string, path: string, body: Readable, options: ApiRequest = {}): Promise<string> {
    const response = await this.open(method, path, { ...options, body });
    return okBody({
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: await textOf(response),
    });
  }

  /** Whatever the status is. @throws when there is no answer. */
  async request(method: string, path: string, options: ApiRequest = {}): Promise<ApiAnswer> {
    const response = await this.open(method, path, options);
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of response) chunks.push(chunk as Buffer);
    } catch (error) {
      throw this.#unreachable((error as Error).message);
    }
    const { statusCode = 0, headers } = response;
    return { status: statusCode, headers, body: Buffer.concat(chunks).toString() };
  }

  /** An answer that is still on its way. @throws when none begins. */
  open(method: string, path: string, options: ApiRequest = {}): Promise<http.IncomingMessage> {
    const { body = '', timeoutMs = timeoutMsDefault, signal } = options;
    const { address, token } = this.#config;
    const isSocket = 'socketPath' in address;
    const url = new URL((isSocket ? 'http://localhost' : address.url) + this.#withQuery(path));
    const secure = url.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const request = (secure ? https : http).request(
        url,
        {
          method,
          headers: {
            'User-Agent': userAgent,
            ...this.#outbound.headersFor(url),
            ...(token === '' ? {} : { 'X-Consul-Token': token }),
          },
          timeout: timeoutMs,
          ...(signal ? { signal } : {}),
          ...(isSocket
            ? { socketPath: address.socketPath }
            : { agent: this.#outbound.agents({})[secure ? 'https' : 'http'] }),
          ...(this.#config.basicAuth === '' ? {} : { auth: this.#config.basicAuth }),
        },
        (response) => {
          const { statusCode: status = 0, headers } = response;
          const refusal = this.#outbound.describeRefusal({ status, headers });
          if (refusal === undefined) resolve(response);
          else request.destroy(new Error(refusal));
        },
      );
      request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
      request.on('error', (error) => reject(this.#unreachable(this.#outbound.describe(error, url))));
      if (body instanceof Readable) pipeline(body, request).catch(reject);
      else request.end(body);
    });
  }

  #withQuery(path: string): string {
    const { datacenter, stale } = this.#config;
    const query = [datacenter && `dc=${encodeURIComponent(datacenter)}`, stale && 'stale']
      .filter(Boolean)
      .join('&');
    return query === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`;
  }

  #unreachable(why: string): Error {
    const { address } = this.#config;
    const where = 'socketPath' in address ? address.socketPath : address.url;
    return new Error(
      `the agent at ${where} cannot be reached (${why || 'connection refused'}): is it running? Name another ` +
        'with -http-addr or CONSUL_HTTP_ADDR.',
    );
  }
}

/** @throws in the words of Consul's client unless all is well. */
export function okBody({ status, body }: ApiAnswer): string {
  if (status === 200) return body;
  throw new Error(`Unexpected response code: ${status} (${body.trim()})`);
}
