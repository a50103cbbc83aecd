/** Reads of an agent's watches: requests to its own HTTP API that need no socket, so they work where port 8500 is off. */
import type { Hono } from 'hono';
import type { WatchDefinition } from '../config/watch-definition.ts';
import type { WatchRead } from '../watches/watch.ts';

/** How long a read blocks. Any will do: it is asked again. */
const waitS = 300;

/** `agentToken` is for watches that name none. */
export const makeWatchReads =
  (app: Hono, agentToken: () => string) =>
  ({ datacenter, token, stale }: WatchDefinition): WatchRead =>
  async (path, index, signal) => {
    const url = new URL(path, 'http://localhost');
    if (datacenter) url.searchParams.set('dc', datacenter);
    if (stale) url.searchParams.set('stale', '');
    if (index) {
      url.searchParams.set('index', index);
      url.searchParams.set('wait', `${waitS}s`);
    }
    const headers = { 'X-Consul-Token': token || agentToken() };
    const response = await app.fetch(new Request(url, { headers, signal }));
    return {
      status: response.status,
      index: response.headers.get('X-Consul-Index') ?? '',
      body: await response.text(),
    };
  };
