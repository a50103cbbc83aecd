import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { Env } from '../../src/env.ts';
import worker from '../../src/index.ts';

/** A request to the Worker as it is deployed, but for these bindings. `path` may be a whole URL. */
export async function request(
  path: string,
  init: RequestInit = {},
  bindings: Partial<Env> = {},
): Promise<Response> {
  const url = new URL(path, 'http://127.0.0.1:8300');
  return await worker.fetch(new Request(url, init), { ...env, ...bindings }, createExecutionContext());
}

export const put = (path: string, body: unknown, bindings: Partial<Env> = {}): Promise<Response> =>
  request(path, { method: 'PUT', body: typeof body === 'string' ? body : JSON.stringify(body) }, bindings);

/** What a request is answered with, in one line: the status and the text. */
export async function answer(response: Response | Promise<Response>): Promise<string> {
  const { status } = await response;
  return `${status} ${await (await response).text()}`;
}
