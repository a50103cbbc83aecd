import type { Hono } from 'hono';
import { decodeJsonBody } from '../../src/shared/definition/json-body.ts';
import { bodyText } from '../../src/shared/http/body-text.ts';
import { endpoint } from '../../src/shared/http/endpoint.ts';
import { isObject } from '../../src/shared/is-object.ts';
import type { AgentApi } from './agent-api.ts';
import { forward } from './forward.ts';

/** A session belongs to a node; one that names none belongs to this host's. The edge does the rest. */
export function sessionRoutes(app: Hono, agent: AgentApi): void {
  endpoint(app, '/v1/session/create', {
    PUT: async (c) => {
      const text = await bodyText(c);
      const body: unknown = text === '' ? {} : (decodeJsonBody(text) ?? {});
      return forward(c, agent, Buffer.from(JSON.stringify(withNode(body, agent.node().Node))));
    },
  });
}

function withNode(body: unknown, node: string): unknown {
  if (!isObject(body)) return body;
  const named = Object.entries(body).some(([key, value]) => key.toLowerCase() === 'node' && value !== null);
  return named ? body : { ...body, Node: node };
}
