/**
 * Passing on 2xx, warning on 429, critical on all else. Redirects are followed as Go's client does. A body that ends
 * too late or never does not fail the check: the status line has told what there is to know.
 *
 * Source: https://developer.hashicorp.com/consul/docs/services/usage/checks#http-checks.
 */
import { type IncomingMessage, request, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { httpBodyBytesMax, httpHeaderBytesMax, httpRedirectsMax } from '../../src/shared/limits.ts';
import type { CheckDefinition } from '../../src/shared/model.ts';
import { dial } from './dial.ts';
import { describeConnectionError } from './go-error.ts';
import {
  describeRequest,
  type HttpRequest,
  headersOf,
  makeHttpRequest,
  redirectedRequest,
} from './http-request.ts';
import { onAbort } from './on-abort.ts';
import { TailBuffer } from './output.ts';
import { critical, type Probe, type ProbeContext, type ProbeResult, passing, warning } from './probe.ts';
import { encrypt } from './tls.ts';

const timeoutText = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';

export const probeHttp: Probe = async (definition, context) => {
  let current = makeHttpRequest(definition);
  for (let redirects = 0; ; redirects++) {
    const socket = await connectTo(current, definition, context).catch((error) => fail(current, error));
    try {
      const response = await send(current, socket, context.signal).catch((error) => fail(current, error));
      const next = definition.DisableRedirects ? undefined : redirectedRequest(current, response);
      if (!next) return await judge(definition, response, context);
      if (redirects === httpRedirectsMax)
        fail(
          { ...next, written: response.headers.location! },
          new Error(`stopped after ${httpRedirectsMax} redirects`),
        );
      current = next;
    } finally {
      socket.destroy();
    }
  }
};

async function connectTo(
  { url }: HttpRequest,
  definition: CheckDefinition,
  context: ProbeContext,
): Promise<Socket> {
  const isSecure = url.protocol === 'https:';
  if (!isSecure && url.protocol !== 'http:') {
    throw new Error(`unsupported protocol scheme "${url.protocol.slice(0, -1)}"`);
  }
  const socket = await dial(`${url.hostname}:${url.port || (isSecure ? 443 : 80)}`, context);
  if (!isSecure) return socket;
  try {
    return await encrypt(socket, url.hostname.replace(/^\[|\]$/g, ''), definition, context);
  } catch (error) {
    socket.destroy();
    throw context.signal.aborted ? new Error(timeoutText) : error;
  }
}

/** The answer, whose body an abort ends too. */
function send(from: HttpRequest, socket: Socket, signal: AbortSignal): Promise<IncomingMessage> {
  const { url, method, body } = from;
  return new Promise((resolve, reject) => {
    const path = `${url.pathname}${url.search}`;
    const headers = headersOf(from);
    const maxHeaderSize = httpHeaderBytesMax;
    const sent = request({ method, path, headers, maxHeaderSize, createConnection: () => socket });
    sent.once('response', resolve);
    // An answer 101, which has no body to wait for.
    sent.once('upgrade', (response) => resolve(response.destroy()));
    sent.on('error', (error) => reject(new Error(describeAnswerError(error))));
    onAbort(signal, () => {
      reject(new Error(timeoutText));
      sent.destroy();
    });
    sent.end(body);
  });
}

async function judge(
  definition: CheckDefinition,
  response: IncomingMessage,
  context: ProbeContext,
): Promise<ProbeResult> {
  const body = await readTail(response, context.outputBytesMax);
  const code = response.statusCode!;
  const reason = response.statusMessage || STATUS_CODES[code] || '';
  const output = `HTTP ${definition.Method || 'GET'} ${definition.HTTP}: ${code} ${reason} Output: ${body}`;
  if (code >= 200 && code <= 299) return passing(output);
  return code === 429 ? warning(output) : critical(output);
}

/** The end of the body, as far as it came before it ended, broke, went on for too long or the time was up. */
function readTail(response: IncomingMessage, outputBytesMax: number): Promise<string> {
  const tail = new TailBuffer(outputBytesMax);
  if (response.destroyed) return Promise.resolve('');
  return new Promise((resolve) => {
    response.on('data', (chunk: Buffer) => {
      tail.write(chunk.subarray(0, httpBodyBytesMax - tail.written));
      if (tail.written === httpBodyBytesMax) response.destroy();
    });
    response.on('error', () => {});
    response.once('close', () => resolve(String(tail)));
  });
}

function describeAnswerError(error: NodeJS.ErrnoException): string {
  if (error.code !== 'HPE_HEADER_OVERFLOW') return describeConnectionError(error);
  return `net/http: HTTP/1.x transport connection broken: net/http: server response headers exceeded ${httpHeaderBytesMax} bytes; aborted`;
}

function fail(from: HttpRequest, error: Error): never {
  throw new Error(`${describeRequest(from)}: ${error.message}`);
}
