/** /v1/config. Source: https://developer.hashicorp.com/consul/api-docs/config. */
import type { Context, Hono } from 'hono';
import { datacenterOf } from '../datacenters.ts';
import type { Env } from '../env.ts';
import { recordResponse } from '../record-response.ts';
import { parseCas } from '../requests/cas.ts';
import { checkConfigKind, decodeConfigEntry } from '../requests/config-entry.ts';
import { ApiError } from '../shared/api-error.ts';
import { bodyText } from '../shared/http/body-text.ts';
import { endpoint, jsonResponse, pathRest, textResponse } from '../shared/http/endpoint.ts';
import type { Index } from '../shared/model.ts';
import { queryOptionsOf } from '../shared/read/query-options.ts';

type EdgeContext = Context<{ Bindings: Env }>;

const prefix = '/v1/config/';

export function configRoutes(app: Hono<{ Bindings: Env }>): void {
  endpoint(app, '/v1/config', {
    PUT: async (c) => {
      const { Datacenter, Pretty } = queryOptionsOf(c);
      const entry = decodeConfigEntry(await bodyText(c));
      const cas = casOf(c);
      const datacenter = await datacenterOf(c.env, Datacenter);
      return jsonResponse(await datacenter.setConfigEntry(entry, cas), Pretty);
    },
  });
  endpoint(app, `${prefix}*`, {
    GET: (c) => {
      const [kind, name] = kindAndName(c);
      if (name === undefined) return recordResponse(c, { Kind: 'config-entries', EntryKind: kind });
      const text = `Config entry not found for ${JSON.stringify(kind)} / ${JSON.stringify(name)}`;
      const missing = (meta: Record<string, string>) => textResponse(404, text, meta);
      return recordResponse(c, { Kind: 'config-entry', EntryKind: kind, Name: name }, { missing });
    },
    DELETE: async (c) => {
      const { Datacenter, Pretty } = queryOptionsOf(c);
      const [kind, name] = kindAndName(c);
      if (name === undefined) throw new ApiError(404, 'Must provide both a kind and name to delete');
      const cas = casOf(c);
      const datacenter = await datacenterOf(c.env, Datacenter);
      const deleted = await datacenter.deleteConfigEntry(kind, name, cas);
      return jsonResponse(cas === undefined ? {} : deleted, Pretty);
    },
  });
}

const casOf = (c: EdgeContext): Index | undefined =>
  parseCas(new URL(c.req.url).searchParams, (why) => new ApiError(500, why));

/** Without a kind there is nothing to list. @throws {ApiError} 400 for a kind that is none. */
function kindAndName(c: EdgeContext): [string, string | undefined] {
  const rest = pathRest(c, prefix);
  const slash = rest.indexOf('/');
  const kind = slash < 0 ? rest : rest.slice(0, slash);
  if (kind !== '') checkConfigKind(kind);
  return [kind, slash < 0 ? undefined : rest.slice(slash + 1)];
}
