/**
 * A connection through a proxy: `CONNECT`, whatever will be spoken on it, since a WebSocket passes in no other way and what
 * a proxy is allowed to read it may also keep (RFC 9110, section 9.3.6). What the proxy answers is about the proxy: none of
 * it is ever taken for an answer of whom we wanted to reach.
 */
import http from 'node:http';
import https from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { version } from '../../src/shared/version.ts';
import type { Clock } from '../system/clock.ts';
import { describeTlsFault } from '../tls/tls-fault.ts';
import type { HttpProxy } from './proxy.ts';

export interface Target {
  /** A name, which the proxy looks up, or an address. */
  host: string;
  port: number;
}

export interface TunnelOptions {
  clock: Clock;
  /** For a proxy that is spoken to over TLS. */
  secureContext: SecureContext | undefined;
  trustedFrom: string;
  /** Gives up. */
  signal: AbortSignal;
}

/** The proxy itself connects within this, too. */
const openTimeoutMs = 10_000;
const keepAliveMs = 15_000;

/** @throws saying what is wrong with the proxy, and what to do. */
export function openTunnel(proxy: HttpProxy, target: Target, options: TunnelOptions): Promise<Socket> {
  const place = `${isIP(target.host) === 6 ? `[${target.host}]` : target.host}:${target.port}`;
  return new Promise((resolve, reject) => {
    const request = (proxy.secure ? https : http).request({
      method: 'CONNECT',
      host: proxy.hostname,
      port: proxy.port,
      path: place,
      agent: false,
      signal: options.signal,
      headers: { Host: place, 'User-Agent': `rollcall/${version}`, ...authorization(proxy) },
      ...(proxy.secure ? tlsOptions(proxy, options) : {}),
    });
    const cancelTimer = options.clock.after(openTimeoutMs, () =>
      request.destroy(new Error(`the proxy ${proxy.shown} does not answer within ${openTimeoutMs} ms`)),
    );
    request.once('connect', (response, socket, head) => {
      cancelTimer();
      if (response.statusCode !== 200) {
        socket.destroy();
        reject(new Error(refusal(proxy, place, response)));
        return;
      }
      if (head.length > 0) socket.unshift(head);
      socket.setKeepAlive(true, keepAliveMs);
      resolve(socket);
    });
    request.on('error', (error) => {
      cancelTimer();
      reject(new Error(unreachable(proxy, error, options)));
    });
    request.end();
  });
}

const tlsOptions = ({ hostname }: HttpProxy, { secureContext }: TunnelOptions): https.RequestOptions => ({
  servername: isIP(hostname) ? '' : hostname,
  rejectUnauthorized: true,
  ...(secureContext && { secureContext }),
});

function authorization({ credentials }: HttpProxy): Record<string, string> {
  if (credentials === '') return {};
  return { 'Proxy-Authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
}

function refusal(
  proxy: HttpProxy,
  place: string,
  { statusCode = 0, statusMessage, headers }: http.IncomingMessage,
) {
  const answer = `${statusCode} ${statusMessage ?? ''}`.trim();
  // Some ask as a server would, with 401.
  if (statusCode !== 407 && statusCode !== 401)
    return `the proxy ${proxy.shown} does not connect to ${place} (${answer}): it has to allow CONNECT to there`;
  const schemes = String(headers['proxy-authenticate'] ?? '');
  if (schemes !== '' && !/\bbasic\b/i.test(schemes))
    return `the proxy ${proxy.shown} asks for ${schemes.split(/[\s,]/)[0]} (${answer}): only Basic is spoken here`;
  return proxy.credentials === ''
    ? `the proxy ${proxy.shown} wants a user name and a password (${answer}): write them into its URL, http://user:password@…`
    : `the proxy ${proxy.shown} does not accept the user name and password in its URL (${answer})`;
}

function unreachable(
  { shown, hostname, port }: HttpProxy,
  error: Error,
  { trustedFrom }: TunnelOptions,
): string {
  if (error.message.startsWith(`the proxy ${shown}`)) return error.message;
  const place = `the proxy ${hostname}:${port}`;
  const tls = describeTlsFault(error, { place, name: hostname, trustedFrom, hasCertificate: false });
  if (tls !== undefined) return tls;
  const { code = '', message } = error as NodeJS.ErrnoException;
  return code.startsWith('HPE_')
    ? `the proxy ${shown} does not speak HTTP (${message})`
    : `the proxy ${shown} cannot be reached (${message || code})`;
}
