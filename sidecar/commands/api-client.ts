/** Requests of the commands to an agent or to the edge, with the flags and variables that every one of them takes. */
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { ClientConfig } from '../config/client-flags.ts';

const timeoutMs = 30_000;

export class ApiClient {
  readonly #config: ClientConfig;

  constructor(config: ClientConfig) {
    this.#config = config;
  }

  async get<Value>(path: string): Promise<Value> {
    return JSON.parse(await this.#request('GET', path)) as Value;
  }

  async put(path: string): Promise<void> {
    await this.#request('PUT', path);
  }

  /** @throws in the words of Consul's client. */
  #request(method: string, path: string): Promise<string> {
    const { address, token } = this.#config;
    const isSocket = 'socketPath' in address;
    const url = new URL((isSocket ? 'http://localhost' : address.url) + this.#withQuery(path));
    const secure = url.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const request = (secure ? https : http).request(
        url,
        {
          method,
          headers: token === '' ? {} : { 'X-Consul-Token': token },
          timeout: timeoutMs,
          ...(isSocket ? { socketPath: address.socketPath } : {}),
          ...(secure ? this.#tls() : {}),
          ...(this.#config.basicAuth === '' ? {} : { auth: this.#config.basicAuth }),
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            if (response.statusCode === 200) resolve(text);
            else reject(new Error(`Unexpected response code: ${response.statusCode} (${text.trim()})`));
          });
        },
      );
      request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
      request.on('error', (error) => reject(this.#unreachable(error)));
      request.end();
    });
  }

  #withQuery(path: string): string {
    const { datacenter, stale } = this.#config;
    const query = [datacenter && `dc=${encodeURIComponent(datacenter)}`, stale && 'stale']
      .filter(Boolean)
      .join('&');
    return query === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`;
  }

  #tls(): https.RequestOptions {
    const { caFile, certFile, keyFile, serverName, verify } = this.#config.tls;
    return {
      rejectUnauthorized: verify,
      ...(serverName === '' ? {} : { servername: serverName }),
      ...(caFile === '' ? {} : { ca: readFileSync(caFile) }),
      ...(certFile === '' ? {} : { cert: readFileSync(certFile), key: readFileSync(keyFile) }),
    };
  }

  #unreachable(error: Error): Error {
    const { address } = this.#config;
    const where = 'socketPath' in address ? address.socketPath : address.url;
    return new Error(
      `the agent at ${where} cannot be reached (${error.message || 'connection refused'}): is it running? Name another ` +
        'with -http-addr or CONSUL_HTTP_ADDR.',
    );
  }
}
