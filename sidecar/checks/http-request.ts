import type { IncomingMessage } from 'node:http';
import type { CheckDefinition } from '../../src/shared/model.ts';

/** One request of an HTTP check: the first, or one that a redirect asked for. */
export interface HttpRequest {
  method: string;
  url: URL;
  /** Names in canonical case ("User-Agent"). */
  headers: Record<string, string | string[]>;
  body: string;
  /** The URL as it was written, for messages. */
  written: string;
}

const redirectCodes = [301, 302, 303, 307, 308];
/** These ask to repeat the request as it was; the others, to GET what is over there. */
const repeatingCodes = [307, 308];
/** What must not follow a redirect to another host. */
const hostHeaders = ['Host', 'Authorization', 'Cookie', 'Cookie2', 'Www-Authenticate'];

/** @throws {Error} if the check's URL is none. */
export function makeHttpRequest(definition: CheckDefinition): HttpRequest {
  const { HTTP: written = '', Method, Body: body = '' } = definition;
  const url = parseUrl(written);
  const headers: HttpRequest['headers'] = {
    Host: url.host,
    'User-Agent': 'Consul Health Check',
    Accept: 'text/plain, text/*, */*',
  };
  const { username, password } = url;
  if (username || password) headers.Authorization = `Basic ${Buffer.from(userInfo(url)).toString('base64')}`;
  if (body) headers['Content-Length'] = String(Buffer.byteLength(body));
  for (const [name, values] of Object.entries(definition.Header ?? {})) {
    headers[canonical(name)] = canonical(name) === 'Host' ? (values[0] ?? url.host) : values;
  }
  return { method: Method || 'GET', url, headers, body, written };
}

/** What to ask next, or nothing if the answer is the last: it is no redirect, or does not say where to. */
export function redirectedRequest(from: HttpRequest, response: IncomingMessage): HttpRequest | undefined {
  const { location } = response.headers;
  const code = response.statusCode!;
  if (!redirectCodes.includes(code) || !location) return undefined;
  const url = parseUrl(location, from.url);
  const next = { ...from, url, headers: redirectedHeaders(from, url), written: location };
  if (repeatingCodes.includes(code)) return next;
  delete next.headers['Content-Length'];
  return { ...next, method: from.method === 'HEAD' ? 'HEAD' : 'GET', body: '' };
}

function redirectedHeaders({ url: from, headers }: HttpRequest, to: URL): HttpRequest['headers'] {
  const kept = { ...headers };
  if (to.host !== from.host) {
    for (const name of hostHeaders) delete kept[name];
    kept.Host = to.host;
  }
  const revealsSecret = from.protocol === 'https:' && to.protocol === 'http:';
  return revealsSecret ? kept : { ...kept, Referer: `${from.origin}${from.pathname}${from.search}` };
}

/** As Go says it: with the verb in title case, and without the password. */
export function describeRequest({ method, written, url }: HttpRequest): string {
  const verb = method.slice(0, 1).toUpperCase() + method.slice(1).toLowerCase();
  return `${verb} "${url.password ? written.replace(/:[^:@/]*@/, ':***@') : written}"`;
}

function parseUrl(text: string, base?: URL): URL {
  // WHATWG's parser would take the path for the host.
  if (/^https?:\/\/\//i.test(text)) throw new Error(`Get "${text}": http: no Host in request URL`);
  if (URL.canParse(text, base?.href)) return new URL(text, base);
  if (!/^[a-z][a-z\d+.-]*:/i.test(text)) throw new Error(`Get "${text}": unsupported protocol scheme ""`);
  throw new Error(`parse "${text}": invalid URL`);
}

const userInfo = ({ username, password }: URL) =>
  `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;

const canonical = (name: string) => name.toLowerCase().replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
