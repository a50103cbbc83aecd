/**
 * /v1/acl. There are no access rules: an open edge answers as a Consul without them, and one with a token knows that
 * token alone, which may do everything.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/acl.
 */
import type { Context, Hono } from 'hono';
import type { Env } from '../env.ts';
import { ApiError } from '../shared/api-error.ts';
import { endpoint, jsonResponse, notFound } from '../shared/http/endpoint.ts';
import { queryOptionsOf } from '../shared/read/query-options.ts';

/** Consul's built-in policy that allows everything. */
const globalManagement = { ID: '00000000-0000-0000-0000-000000000001', Name: 'global-management' };

export function aclRoutes(app: Hono<{ Bindings: Env }>): void {
  endpoint(app, '/v1/acl/token/self', {
    GET: (c) => {
      if (!c.env.ROLLCALL_TOKEN) return aclDisabled();
      const { Token, Pretty } = queryOptionsOf(c);
      const token = {
        AccessorID: globalManagement.ID,
        SecretID: Token,
        Description: 'The token of the edge',
        Policies: [globalManagement],
        Local: false,
        CreateTime: '0001-01-01T00:00:00Z',
        CreateIndex: 1,
        ModifyIndex: 1,
      };
      return jsonResponse(token, Pretty);
    },
  });
  endpoint(app, '/v1/acl/bootstrap', { PUT: aclDisabled });
  endpoint(app, '/v1/acl/login', { POST: aclDisabled });
  endpoint(app, '/v1/acl/logout', { POST: aclDisabled });
  const others = (c: Context) => {
    if (!known.test(c.req.path)) return notFound(c.req.path);
    return aclDisabled();
  };
  endpoint(app, '/v1/acl/*', { GET: others, PUT: others, DELETE: others });
}

const known =
  /^\/v1\/acl\/(auth-method|binding-rule|role|templated-policy|token|policies|policy|replication|templated-policies|rules|create|update|destroy|info|clone|list)s?(\/|$)/;

function aclDisabled(): never {
  throw new ApiError(401, 'ACL support disabled');
}
