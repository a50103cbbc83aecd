/** What was asked for, by whom, and how long it took, in the words of Consul's log, at the level `debug`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { formatDuration } from '../../src/shared/duration.ts';
import type { Clock } from '../system/clock.ts';
import type { Logger } from '../system/logger.ts';

export type RequestLog = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

export function makeRequestLog(logger: Logger, clock: Clock): RequestLog {
  return ({ method, url = '', socket }, outgoing) => {
    if (!logger.isHeard('debug')) return;
    const { remoteAddress, remotePort } = socket;
    // As Go names whoever comes through a Unix socket.
    const from = remoteAddress === undefined ? '@' : `${remoteAddress}:${remotePort}`;
    const startedAtMs = clock.monotonicMs();
    outgoing.once('close', () => {
      const latency = formatDuration(clock.monotonicMs() - startedAtMs);
      logger.debug('Request finished', { method, url: withoutToken(url), from, latency });
    });
  };
}

/** However the name of the parameter is written. */
function withoutToken(url: string): string {
  const [path = '', ...query] = url.split('?');
  if (query.length === 0) return path;
  const parts = query.join('?').split('&');
  const hidden = parts.map((part) => (new URLSearchParams(part).has('token') ? 'token=<hidden>' : part));
  return `${path}?${hidden.join('&')}`;
}
