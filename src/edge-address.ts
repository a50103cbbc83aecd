import type { Env } from './env.ts';

/** Where the edge is, as `/v1/status/*` and the member list name a server. */
export function edgeAddress(
  env: Pick<Env, 'ROLLCALL_ADVERTISE'>,
  requestUrl: string,
): { host: string; port: number } {
  const url = new URL(env.ROLLCALL_ADVERTISE ? `http://${env.ROLLCALL_ADVERTISE}` : requestUrl);
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  return { host: url.hostname, port };
}
