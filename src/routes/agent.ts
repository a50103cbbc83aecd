import type { Context, Hono } from 'hono';
import { datacenterOf } from '../datacenters.ts';
import { edgeAddress } from '../edge-address.ts';
import type { Env } from '../env.ts';
import type { CheckWord } from '../requests/check-word.ts';
import { ApiError } from '../shared/api-error.ts';
import { decodeCheckUpdate } from '../shared/definition/check-definition.ts';
import { decodeJsonBody } from '../shared/definition/json-body.ts';
import { bodyText } from '../shared/http/body-text.ts';
import { endpoint, jsonResponse, pathRest } from '../shared/http/endpoint.ts';
import { paramsOf } from '../shared/http/query-params.ts';
import { edgeMember, type MemberJson, memberJson, memberStatus } from '../shared/member.ts';
import type { Status } from '../shared/model.ts';
import { queryOptionsOf } from '../shared/read/query-options.ts';
import { selectMembers } from '../shared/select-members.ts';
import { version } from '../shared/version.ts';

const noAgent =
  'this is the edge, which has no host of its own: register through the sidecar of the host (port 8500 there), or with ' +
  'PUT /v1/catalog/register here';

/** /v1/agent as far as the edge has an answer: about itself and about who has joined. */
export function agentRoutes(app: Hono<{ Bindings: Env }>): void {
  endpoint(app, '/v1/agent/self', {
    GET: async (c) => {
      const { Datacenter, Pretty } = queryOptionsOf(c);
      const datacenter = await datacenterOf(c.env, Datacenter);
      const { host, port } = edgeAddress(c.env, c.req.url);
      const member = edgeMember(Datacenter ?? c.env.DATACENTER, host, port);
      const self = {
        Config: {
          Datacenter: Datacenter ?? c.env.DATACENTER,
          PrimaryDatacenter: c.env.DATACENTER,
          NodeName: member.Name,
          NodeID: member.Tags.id,
          Revision: '',
          Server: true,
          Version: version,
        },
        Stats: { agent: {}, rollcall: await datacenter.stats() },
        Member: member,
        Meta: {},
      };
      return jsonResponse(self, Pretty);
    },
  });
  endpoint(app, '/v1/agent/members', {
    GET: async (c) => {
      const { Datacenter, Pretty } = queryOptionsOf(c);
      const name = Datacenter ?? c.env.DATACENTER;
      const members = (await (await datacenterOf(c.env, name)).members()).map((member) =>
        memberJson(member, name),
      );
      const { host, port } = edgeAddress(c.env, c.req.url);
      // A self-hosted edge has a sidecar beside it that stands for both; elsewhere the edge stands for itself.
      const isServer = ({ Tags, Status }: MemberJson) =>
        Tags.role === 'consul' && Status !== memberStatus.left;
      const server = members.some(isServer) ? [] : [edgeMember(name, host, port)];
      return jsonResponse(selectMembers([...server, ...members], paramsOf(c)), Pretty);
    },
  });
  endpoint(app, '/v1/agent/force-leave/*', {
    PUT: async (c) => {
      const datacenter = await datacenterOf(c.env, queryOptionsOf(c).Datacenter);
      await datacenter.forceLeave(pathRest(c, '/v1/agent/force-leave/'), c.req.query('prune') !== undefined);
      return new Response(null);
    },
  });
  checkWords(app);
  endpoint(app, '/v1/agent/*', {
    GET: () => refuse(),
    PUT: () => refuse(),
  });
}

/**
 * Words about checks whose time the edge keeps, beyond Consul: an agent knows its node, here `?node=` names it. Without
 * it the request was meant for an agent.
 */
function checkWords(app: Hono<{ Bindings: Env }>): void {
  const word = (path: string, parse: (c: Context<{ Bindings: Env }>) => Said | Promise<Said>) =>
    endpoint(app, `${path}*`, {
      PUT: async (c) => {
        const Node = c.req.query('node') || refuse();
        const { Datacenter } = queryOptionsOf(c);
        const datacenter = await datacenterOf(c.env, Datacenter);
        await datacenter.setTtlCheck({ Node, CheckID: pathRest(c, path), ...(await parse(c)) });
        return new Response(null);
      },
    });
  const said = (Status: Status) => (c: Context) => ({ Status, Output: c.req.query('note') ?? '' });
  word('/v1/agent/check/pass/', said('passing'));
  word('/v1/agent/check/warn/', said('warning'));
  word('/v1/agent/check/fail/', said('critical'));
  word('/v1/agent/check/update/', async (c) => decodeCheckUpdate(decodeJsonBody(await bodyText(c))));
}

type Said = Pick<CheckWord, 'Status' | 'Output'>;

function refuse(): never {
  throw new ApiError(400, noAgent);
}
