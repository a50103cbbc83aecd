import type { IncomingMessage } from 'node:http';
import type { CheckDefinition } from '../../src/shared/model.ts';

/** One request of an HTTP check: the first, or one that a redirect asked for. */
export interface HttpRequest {
  method: string;
  url: URL;
  /** The check's own Host; "": the one of the URL. */
  host: string;
  /** The check's other headers, names in canonical case ("User-Agent"). */
  headers: Record<string, string[]>;
  body: string;
  /** Whose redirect this follows; "" if none's, or if nobody may know. */
  referer: string;
  /** The URL as messages show it. */
  written: string;
  /** Where the redirects began: messages name its method, and what it was told in confidence is for its host. */
  first: { method: string; hostname: string };
}

const redirectCodes = [301, 302, 303, 307, 308];
/** These ask to repeat the request as it was; the others, to GET what is over there. */
const repeatingCodes = [307, 308];
/** What must not follow a redirect to another host. */
const secretHeaders = [
  'Authorization',
  'Cookie',
  'Cookie2',
  'Proxy-Authenticate',
  'Proxy-Authorization',
  'Www-Authenticate',
];
/** What a request without a body does not say. */
const bodyHeaders = ['Content-Encoding', 'Content-Language', 'Content-Location', 'Content-Type'];
/** How a request is framed is for whoever sends it to say. */
const framingHeaders = ['Content-Length', 'Host', 'Trailer', 'Transfer-Encoding'];

/** @throws {Error} if the check's URL is none. */
export function makeHttpRequest({
  HTTP: written = '',
  Method,
  Body: body = '',
  Header,
}: CheckDefinition): HttpRequest {
  const url = parseUrl(written);
  const headers = Object.fromEntries(
    Object.entries(Header ?? {}).map(([name, values]) => [canonical(name), values] as const),
  );
  const [host = ''] = headers.Host ?? [];
  const method = Method || 'GET';
  const first = { method, hostname: url.hostname };
  return { method, url, host, headers: without(headers, framingHeaders), body, referer: '', written, first };
}

/** All headers that a request is sent with. */
export function headersOf({ url, host, headers, body, referer }: HttpRequest) {
  return {
    Host: host || url.host,
    'User-Agent': 'Consul Health Check',
    Accept: 'text/plain, text/*, */*',
    ...((url.username || url.password) && { Authorization: basicAuthorization(url) }),
    ...(referer && { Referer: referer }),
    ...(body && { 'Content-Length': String(Buffer.byteLength(body)) }),
    ...headers,
  };
}

/**
 * What to ask next, or nothing if the answer is the last: it is no redirect, or does not say where to. What of the request
 * goes along is Go's choice.
 *
 * @throws {Error} if it is sent to what is no URL.
 */
export function redirectedRequest(from: HttpRequest, response: IncomingMessage): HttpRequest | undefined {
  const { location } = response.headers;
  const code = response.statusCode!;
  if (!redirectCodes.includes(code) || !location) return undefined;
  const url = redirectedUrl(location, from);
  const next = {
    ...from,
    url,
    // For whoever writes down a whole URL, its host is part of what is meant.
    host: isRelative(location) && url.host === from.url.host ? from.host : '',
    headers: isWithin(url.hostname, from.first.hostname)
      ? from.headers
      : without(from.headers, secretHeaders),
    referer: refererOf(from, url),
    written: url.href,
  };
  if (repeatingCodes.includes(code)) return next;
  const method = from.method === 'HEAD' ? 'HEAD' : 'GET';
  return { ...next, method, body: '', headers: without(next.headers, bodyHeaders) };
}

function redirectedUrl(location: string, from: HttpRequest): URL {
  try {
    return parseUrl(location, from.url);
  } catch (error) {
    const why = `failed to parse Location header "${location}": ${(error as Error).message}`;
    throw new Error(`${describeRequest(from)}: ${why}`);
  }
}

/** Never from where it was asked in secret to where all can read along. */
function refererOf({ url: { protocol, origin, pathname, search } }: HttpRequest, to: URL): string {
  return protocol === 'https:' && to.protocol === 'http:' ? '' : `${origin}${pathname}${search}`;
}

const isRelative = (location: string) => !/^[a-z][a-z\d+.-]*:/i.test(location);

/** Whether it is the host itself or one below it, on whatever port. */
const isWithin = (hostname: string, parent: string) => hostname === parent || hostname.endsWith(`.${parent}`);

const without = (headers: HttpRequest['headers'], names: string[]) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));

/** As Go says it: with the first verb in title case, and without the password. */
export function describeRequest({ first: { method }, written, url }: HttpRequest): string {
  const verb = method.slice(0, 1).toUpperCase() + method.slice(1).toLowerCase();
  return `${verb} "${url.password ? written.replace(/:[^:@/]*@/, ':***@') : written}"`;
}

function parseUrl(text: string, base?: URL): URL {
  // WHATWG's parser would take the path for the host.
  if (/^https?:\/\/\//i.test(text)) throw new Error(`Get "${text}": http: no Host in request URL`);
  if (URL.canParse(text, base?.href)) return new URL(text, base);
  if (isRelative(text)) throw new Error(`Get "${text}": unsupported protocol scheme ""`);
  throw new Error(`parse "${text}": invalid URL`);
}

function basicAuthorization({ username, password }: URL): string {
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(user).toString('base64')}`;
}

const canonical = (name: string) => name.toLowerCase().replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
