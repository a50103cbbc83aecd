/** The URL of a request, parsed once for all who ask while it is being routed: parsing costs more than most answers. */
import type { Context } from 'hono';

let last: { request: Request; url: URL } | undefined;

/** Not to be changed by anyone. */
export function urlOf(c: Context): URL {
  const request = c.req.raw;
  if (last?.request !== request) last = { request, url: new URL(request.url) };
  return last.url;
}
