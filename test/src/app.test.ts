/** What all endpoints of the edge have in common. */
import { describe, expect, it, vi } from 'vitest';
import type { Env } from '../../src/env.ts';
import { answer, request } from './edge-request.ts';

describe('a path that is none', () => {
  const notAnEndpoint = '404 Invalid URL path: not a recognized HTTP API endpoint\n';
  const notUnderV1 =
    "404 Invalid URL path: if attempting to use the HTTP API, ensure the path starts with '/v1/'\n";
  it.each([
    { path: '/v1/nothing', gives: notAnEndpoint },
    { path: '/v1/catalog', gives: notAnEndpoint },
    { path: '/v2/catalog', gives: notUnderV1 },
    { path: '/ui/', gives: notUnderV1 },
  ])('$path', async ({ path, gives }) => {
    expect(await answer(request(path))).toBe(gives);
  });
});

it('the root says that there is no UI, to whoever asks', async () => {
  const text =
    '200 Consul Agent: UI disabled. To enable, set ui_config.enabled=true in the agent configuration and restart.';
  for (const method of ['GET', 'POST'])
    expect(await answer(request('/', { method }, { ROLLCALL_OPEN: '' }))).toBe(text);
});

describe('a method that an endpoint has not', () => {
  it.each([
    { method: 'GET', path: '/v1/catalog/register', allow: 'OPTIONS,PUT' },
    { method: 'POST', path: '/v1/catalog/deregister', allow: 'OPTIONS,PUT' },
    { method: 'PUT', path: '/v1/catalog/nodes', allow: 'OPTIONS,GET' },
    { method: 'DELETE', path: '/v1/catalog/datacenters', allow: 'OPTIONS,GET' },
    { method: 'PUT', path: '/v1/health/service/web', allow: 'OPTIONS,GET' },
    { method: 'PUT', path: '/v1/status/leader', allow: 'OPTIONS,GET' },
    { method: 'PUT', path: '/v1/agent/self', allow: 'OPTIONS,GET' },
    { method: 'DELETE', path: '/v1/agent/service/register', allow: 'OPTIONS,GET,PUT' },
    { method: 'PUT', path: '/v1/sync', allow: 'OPTIONS,GET' },
  ])('$method $path', async ({ method, path, allow }) => {
    const response = await request(path, { method });
    expect(response.headers.get('Allow')).toBe(allow);
    expect(await answer(response)).toBe(`405 method ${method} not allowed`);
  });

  it.each([
    { path: '/v1/catalog/register', allow: 'OPTIONS,PUT' },
    { path: '/v1/catalog/nodes', allow: 'OPTIONS,GET' },
  ])('is told by OPTIONS $path', async ({ path, allow }) => {
    const response = await request(path, { method: 'OPTIONS' });
    expect([response.status, response.headers.get('Allow')]).toEqual([200, allow]);
  });
});

describe('a path that is not clean', () => {
  it('is redirected, with its query', async () => {
    const response = await request('/v1//catalog/../catalog/nodes?stale', { redirect: 'manual' });
    expect([response.status, response.headers.get('Location')]).toEqual([301, '/v1/catalog/nodes?stale']);
  });
});

describe('a fault of ours', () => {
  it('keeps its text to itself', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const DATACENTERS = { getByName: () => ({ read: () => Promise.reject(new Error('secret')) }) } as never;
    const bindings: Partial<Env> = { DATACENTERS };
    expect(await answer(request('/v1/catalog/nodes', {}, bindings))).toBe('500 Internal error');
    expect(error).toHaveBeenCalledOnce();
  });
});

describe('a sidecar that does not upgrade', () => {
  it('is told what stands there', async () => {
    expect(await answer(request('/v1/sync'))).toBe(
      '426 this is where sidecars connect: rollcall agent -retry-join=<this host>',
    );
  });
});
