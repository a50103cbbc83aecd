/**
 * Hands an update to a URL. A redirect is not followed: it is a failure that says where to.
 *
 * Source: https://developer.hashicorp.com/consul/docs/automate/watch#http-endpoint.
 */
import http from 'node:http';
import https from 'node:https';
import type { WatchHandler } from '../config/watch-definition.ts';
import { handlerInput } from './handler-program.ts';
import type { WatchUpdate } from './watch.ts';

export type HttpHandler = WatchHandler & { type: 'http' };

/** Of the answer, what is kept for the log. */
const answerBytesMax = 4096;

/** What came back. @throws when nothing did within the time, or something else than 2xx. */
export function postUpdate(handler: HttpHandler, update: WatchUpdate, signal: AbortSignal): Promise<string> {
  const { url, method, header, timeoutMs, tlsSkipVerify } = handler;
  const body = Buffer.from(handlerInput(update));
  const tooLate = AbortSignal.timeout(timeoutMs);
  const send = url.startsWith('https:') ? https.request : http.request;
  return new Promise((resolve, reject) => {
    const fail = (error: Error) =>
      reject(tooLate.aborted ? new Error(`no answer from ${url} within ${timeoutMs} ms`) : error);
    const request = send(
      url,
      {
        method,
        headers: {
          'Content-Type': 'application/json',
          'X-Consul-Index': update.index,
          'Content-Length': body.byteLength,
          ...header,
        },
        rejectUnauthorized: !tlsSkipVerify,
        agent: false,
        signal: AbortSignal.any([signal, tooLate]),
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => {
          text = (text + piece).slice(0, answerBytesMax);
        });
        response.on('error', fail);
        response.on('end', () => {
          const { statusCode = 0, headers } = response;
          if (statusCode >= 200 && statusCode <= 299) resolve(text);
          else reject(new Error(`${url} answered ${statusCode}: ${headers.location ?? text.trim()}`));
        });
      },
    );
    request.on('error', fail);
    request.end(body);
  });
}
