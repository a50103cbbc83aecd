/** What is done to a registry, and when the one who does it is told that it is done. */
import { Agent, request } from 'node:http';
import type { Host } from './clusters.ts';

const connections = new Agent({ keepAlive: true, maxSockets: 1 });

/** @returns the instant of the acknowledgement, by `performance.now()`. @throws unless it is one. */
export function put({ httpUrl }: Host, path: string, body: unknown = ''): Promise<number> {
  const text = body === '' ? '' : JSON.stringify(body);
  const headers = { 'Content-Length': Buffer.byteLength(text) };
  return new Promise((resolve, reject) => {
    const sent = request(httpUrl + path, { method: 'PUT', agent: connections, headers }, (response) => {
      const atMs = performance.now();
      response.resume();
      if (response.statusCode === 200) resolve(atMs);
      else reject(new Error(`PUT ${path}: ${response.statusCode}`));
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

/** A service with a check that only its owner tells about, and passes. */
export const register = (host: Host, name: string) =>
  put(host, '/v1/agent/service/register', {
    Name: name,
    Port: 80,
    Check: { TTL: '1h', Status: 'passing' },
  });

export const fail = (host: Host, name: string) => put(host, `/v1/agent/check/fail/service:${name}`);

export const deregister = (host: Host, name: string) => put(host, `/v1/agent/service/deregister/${name}`);

/** The index of the last change of a service, by the copy of the host that made it. */
export async function indexOf({ httpUrl }: Host, name: string): Promise<number> {
  const response = await fetch(`${httpUrl}/v1/health/service/${name}?stale`);
  await response.arrayBuffer();
  return Number(response.headers.get('X-Consul-Index'));
}
