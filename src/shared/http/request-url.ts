/** The URL of a request, taken apart once for all who ask while it is being routed: parsing costs more than most answers. */
import type { Context } from 'hono';

/** As of `URL`. Not to be changed by anyone. */
export type RequestUrl = Readonly<Pick<URL, 'hostname' | 'pathname' | 'search'>>;

let last: { request: Request; url: RequestUrl } | undefined;

export function urlOf(c: Context): RequestUrl {
  const request = c.req.raw;
  if (last?.request !== request) last = { request, url: parseRequestUrl(request.url) };
  return last.url;
}

/** What `new URL(text)` says. A URL that it would leave as it is, as most are, is cut without it. */
export function parseRequestUrl(text: string): RequestUrl {
  const parts = plain.exec(text);
  if (!parts) return new URL(text);
  return { hostname: parts[1]!, pathname: parts[2]!, search: parts[3] === '?' ? '' : (parts[3] ?? '') };
}

const label = '[a-z][a-z\\d-]*';
const byte = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const host = `(?:${label}\\.)*${label}|${byte}(?:\\.${byte}){3}`;
/** No dot segments, which are resolved. */
const segment = "(?!\\.)[\\w.~:@!$&'()*+,;=-]*";
const query = '[\\w.~:@!$&()*+,;=/?%-]*';
/** Host, path and query of nothing but what stands for itself. */
const plain = new RegExp(`^https?://(${host})(?::\\d+)?((?:/${segment})+)(\\?${query})?$`);
