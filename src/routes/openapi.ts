import type { Hono } from 'hono';
import type { Env } from '../env.ts';
import { makeDocument } from '../openapi/document.ts';
import { endpoint, jsonResponse } from '../shared/http/endpoint.ts';

/** The description of all endpoints, made when it is first asked for. */
export function openApiRoutes(app: Hono<{ Bindings: Env }>): void {
  let document: ReturnType<typeof makeDocument> | undefined;
  endpoint(app, '/v1/openapi.json', {
    GET: (c) => {
      document ??= makeDocument();
      return jsonResponse(document, c.req.query('pretty') !== undefined);
    },
  });
}
