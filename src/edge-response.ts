/**
 * Responses that differ in their bodies alone are made from one another: workerd takes over the headers of a response far
 * sooner than eight pairs of strings, which were a tenth of what a read costs.
 */
import { gzipHeader, wantsGzip } from './compress.ts';
import type { Env } from './env.ts';
import { defaultPolicy, policyHeader } from './middleware/default-policy.ts';
import { markComplete } from './shared/http/complete-response.ts';
import type { Respond } from './shared/read/read-routes.ts';

/** An index is in the headers, so that most of what is kept is soon of no use. */
const templatesMax = 1_000;
const templates = new Map<string, Response>();

/** With all headers that every answer has. */
export const respondWith =
  (env: Env, request: Request): Respond =>
  (body, headers) =>
    markComplete(
      new Response(
        body,
        templateOf({
          ...headers,
          Vary: 'Accept-Encoding',
          [policyHeader]: defaultPolicy(env),
          ...(wantsGzip(request, body.length) ? gzipHeader : {}),
        }),
      ),
    );

function templateOf(headers: Record<string, string>): Response {
  const key = Object.values(headers).join();
  let template = templates.get(key);
  if (!template) {
    if (templates.size >= templatesMax) templates.clear();
    template = new Response(null, { headers });
    templates.set(key, template);
  }
  return template;
}
