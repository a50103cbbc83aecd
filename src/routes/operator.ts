/**
 * /v1/operator: a cluster of one server, the edge, that is always healthy when it answers. It has no gossip to encrypt, so
 * there are no keys.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/operator.
 */
import type { Context, Hono } from 'hono';
import { datacenterNames, datacenterOf } from '../datacenters.ts';
import type { Env } from '../env.ts';
import { recordResponse } from '../record-response.ts';
import { autopilotDefaults, autopilotKind, decodeAutopilot } from '../requests/autopilot.ts';
import { parseCas } from '../requests/cas.ts';
import { type Server, serverOf } from '../servers.ts';
import { ApiError } from '../shared/api-error.ts';
import { bodyText } from '../shared/http/body-text.ts';
import { endpoint, jsonResponse } from '../shared/http/endpoint.ts';
import { queryOptionsOf } from '../shared/read/query-options.ts';
import { consulVersion } from '../shared/version.ts';

type EdgeContext = Context<{ Bindings: Env }>;

export function operatorRoutes(app: Hono<{ Bindings: Env }>): void {
  raftRoutes(app);
  autopilotRoutes(app);
  const keyring = (c: EdgeContext) => refuseKeyring(c);
  endpoint(app, '/v1/operator/keyring', { GET: keyring, POST: keyring, PUT: keyring, DELETE: keyring });
  endpoint(app, '/v1/operator/usage', {
    GET: async (c) => {
      const { Datacenter = c.env.DATACENTER, Pretty } = queryOptionsOf(c);
      if (c.req.query('global') !== undefined)
        return jsonResponse({ Usage: await usageEverywhere(c.env) }, Pretty);
      const show = (body: string) => `{"Usage":{${JSON.stringify(Datacenter)}:${body}}}`;
      return recordResponse(c, { Kind: 'usage' }, { show });
    },
  });
}

async function usageEverywhere(env: Env): Promise<Record<string, unknown>> {
  const usageOf = async (name: string) => {
    const { Body } = await (await datacenterOf(env, name)).readRecords({ Kind: 'usage' });
    return [name, JSON.parse(Body)];
  };
  return Object.fromEntries(await Promise.all((await datacenterNames(env)).map(usageOf)));
}

function raftRoutes(app: Hono<{ Bindings: Env }>): void {
  endpoint(app, '/v1/operator/raft/configuration', {
    GET: async (c) => {
      const { ID, Name, Address } = await serverFor(c);
      const server = { ID, Node: Name, Address, Leader: true, ProtocolVersion: '3', Voter: true };
      return jsonResponse({ Servers: [server], Index: 0 }, queryOptionsOf(c).Pretty);
    },
  });
  endpoint(app, '/v1/operator/raft/peer', {
    DELETE: async (c) => {
      const server = await serverFor(c);
      throw peerFault(server, c.req.query('id') ?? '', c.req.query('address') ?? '');
    },
  });
  endpoint(app, '/v1/operator/raft/transfer-leader', {
    POST: () => {
      throw new ApiError(500, 'cannot find peer');
    },
  });
}

/** The only server there is cannot be taken away. */
function peerFault(server: Server, id: string, address: string): ApiError {
  if (id === '' && address === '')
    return new ApiError(
      400,
      "Must specify either ?id with the server's ID or ?address with IP:port of peer to remove",
    );
  if (id !== '' && address !== '') return new ApiError(400, 'Must specify only one of ?id or ?address');
  if (id === server.ID || address === server.Address)
    return new ApiError(500, 'need at least one voter in configuration: {[]}');
  const peer = id === '' ? `address ${JSON.stringify(address)}` : `id ${JSON.stringify(id)}`;
  return new ApiError(500, `${peer} was not found in the Raft configuration`);
}

function autopilotRoutes(app: Hono<{ Bindings: Env }>): void {
  endpoint(app, '/v1/operator/autopilot/configuration', {
    GET: async (c) => {
      const { Datacenter, Pretty } = queryOptionsOf(c);
      const datacenter = await datacenterOf(c.env, Datacenter);
      const query = { Kind: 'config-entry', EntryKind: autopilotKind, Name: '' } as const;
      const stored = JSON.parse((await datacenter.readRecords(query)).Body);
      const { Kind, Name, ...config } = stored ?? autopilotDefaults;
      return jsonResponse(config, Pretty);
    },
    PUT: async (c) => {
      const { Datacenter, Pretty } = queryOptionsOf(c);
      const config = decodeAutopilot(await bodyText(c));
      const params = new URL(c.req.url).searchParams;
      const cas = parseCas(params, (why) => new ApiError(400, `Error parsing cas value: ${why}`));
      const datacenter = await datacenterOf(c.env, Datacenter);
      return jsonResponse(await datacenter.setConfigEntry(config, cas), Pretty);
    },
  });
  endpoint(app, '/v1/operator/autopilot/health', {
    GET: async (c) => {
      const health = { Healthy: true, FailureTolerance: 0, Servers: [healthOf(await serverFor(c))] };
      return jsonResponse(health, queryOptionsOf(c).Pretty);
    },
  });
  endpoint(app, '/v1/operator/autopilot/state', {
    GET: async (c) => {
      const server = await serverFor(c);
      const { Healthy, StableSince, ...state } = healthOf(server);
      const shown = {
        ...state,
        NodeStatus: 'alive',
        Status: 'leader',
        Meta: {},
        NodeType: 'voter',
        Healthy,
        StableSince,
      };
      return jsonResponse(
        {
          Healthy: true,
          FailureTolerance: 0,
          OptimisticFailureTolerance: 0,
          Servers: { [server.ID]: shown },
          Leader: server.ID,
          Voters: [server.ID],
        },
        queryOptionsOf(c).Pretty,
      );
    },
  });
}

const serverFor = (c: EdgeContext): Promise<Server> =>
  serverOf(c.env, c.req.url, queryOptionsOf(c).Datacenter);

/** Whether the edge is healthy is not in question when it answers, nor is since when. */
const healthOf = ({ ID, Name, Address }: Server) => ({
  ID,
  Name,
  Address,
  SerfStatus: 'alive',
  Version: consulVersion,
  Leader: true,
  LastContact: '0s',
  LastTerm: 1,
  LastIndex: 1,
  Healthy: true,
  Voter: true,
  StableSince: '1970-01-01T00:00:00Z',
});

const relayFactorMax = 5;

function refuseKeyring(c: EdgeContext): never {
  const factor = c.req.query('relay-factor') ?? '';
  if (!/^[+-]?\d*$/.test(factor))
    throw new ApiError(
      400,
      `Error parsing relay factor: strconv.Atoi: parsing ${JSON.stringify(factor)}: invalid syntax`,
    );
  if (Number(factor) < 0 || Number(factor) > relayFactorMax)
    throw new ApiError(400, `Invalid relay-factor: Relay factor must be in range: [0, ${relayFactorMax}]`);
  throw new ApiError(500, 'Keyring is empty (encryption not enabled)');
}
