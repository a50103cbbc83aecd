import type { IncomingMessage } from 'node:http';
import type { CheckDefinition } from '../../src/shared/model.ts';

/** One request of an HTTP check: the first, or one that a redirect asked for. */
export interface HttpRequest {
  method: string;
  url: URL;
  /** The URL as it was written, for messages. */
  href: string;
  /** Names in lower case. */
  headers: Record<string, string | string[]>;
  body: string;
}

const redirectCodes = [301, 302, 303, 307, 308];
/** These ask to repeat the request as it was; the others, to GET what is over there. */
const repeatingCodes = [307, 308];
/** What must not follow a redirect to another host. */
const secretHeaders = ['authorization', 'cookie', 'cookie2', 'www-authenticate'];

/** @throws {Error} if the check's URL is none. */
export function makeHttpRequest(definition: CheckDefinition): HttpRequest {
  const href = definition.HTTP!;
  const body = definition.Body ?? '';
  const headers: HttpRequest['headers'] = {
    'user-agent': 'Consul Health Check',
    accept: 'text/plain, text/*, */*',
  };
  for (const [name, values] of Object.entries(definition.Header ?? {})) {
    headers[name.toLowerCase()] = name.toLowerCase() === 'host' ? (values[0] ?? '') : values;
  }
  if (body) headers['content-length'] = String(Buffer.byteLength(body));
  const url = parseUrl(href);
  return { method: definition.Method || 'GET', url, href, headers: withHost(headers, url), body };
}

/** What to ask next, or nothing if the answer is the last: it is no redirect, or does not say where to. */
export function redirectedRequest(from: HttpRequest, response: IncomingMessage): HttpRequest | undefined {
  const { location } = response.headers;
  if (!redirectCodes.includes(response.statusCode!) || !location) return undefined;
  const url = parseUrl(location, from.url);
  const headers = { ...from.headers };
  if (url.host !== from.url.host) for (const name of ['host', ...secretHeaders]) delete headers[name];
  if (repeatingCodes.includes(response.statusCode!)) {
    return { ...from, url, href: url.href, headers: withHost(headers, url) };
  }
  delete headers['content-length'];
  const method = from.method === 'HEAD' ? 'HEAD' : 'GET';
  return { method, url, href: url.href, headers: withHost(headers, url), body: '' };
}

function withHost(headers: HttpRequest['headers'], url: URL): HttpRequest['headers'] {
  return headers.host ? headers : { ...headers, host: url.host };
}

function parseUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href) ?? undefined;
  if (!url) throw new Error(`parse "${text}": invalid URL`);
  return url;
}
