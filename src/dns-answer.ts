/**
 * DNS at the edge: a question goes to the object of the datacenter that its name is about. What a prepared query finds
 * may be in another datacenter, so such names are answered here.
 */
import { systemClock } from './datacenter/clock.ts';
import { type DatacenterStub, datacenterOf } from './datacenters.ts';
import type { Env } from './env.ts';
import { executeWithFailover } from './query-failover.ts';
import { isApiError } from './shared/api-error.ts';
import { answerSettingsDefaults } from './shared/dns/answer-settings.ts';
import type { PreparedQueryOptions, PreparedQueryResult } from './shared/dns/catalogs.ts';
import { parseName, type Target } from './shared/dns/names.ts';
import { rcodes } from './shared/dns/record.ts';
import { DnsResponder } from './shared/dns/responder.ts';
import { decodeQuery, decodeQuestionLabels } from './shared/dns/wire/query.ts';
import { parseDuration } from './shared/duration.ts';
import { random01 } from './shared/random01.ts';

/** The reply to a DNS message; undefined for what gets none. @param client its IP address, or "". */
export async function answerDns(
  env: Env,
  message: Uint8Array,
  client: string,
): Promise<Uint8Array | undefined> {
  const target = targetOf(message);
  if (target?.kind === 'query') return queryResponder(env).answerQuestion(message, 'tcp', client);
  const asked = target && 'datacenter' in target ? target.datacenter : undefined;
  // Of one that does not exist, the default datacenter's object says so.
  const datacenter = (await findDatacenter(env, asked)) ?? (await datacenterOf(env));
  return await datacenter.answerDns(message);
}

/** Undefined for a datacenter that nobody has joined. */
async function findDatacenter(env: Env, name?: string): Promise<DatacenterStub | undefined> {
  try {
    return await datacenterOf(env, name);
  } catch (error) {
    if (isApiError(error)) return undefined;
    throw error;
  }
}

function targetOf(message: Uint8Array): Target | undefined {
  const query = decodeQuery(message);
  if (query?.fault !== rcodes.NOERROR) return undefined;
  return parseName(decodeQuestionLabels(message), query.qtype, answerSettingsDefaults).target;
}

/** For names under `query` alone: it has no catalog. */
const queryResponder = (env: Env): DnsResponder =>
  new DnsResponder({
    settings: { ...answerSettingsDefaults, datacenter: env.DATACENTER },
    catalogs: { reader: () => undefined, staleMs: () => 0 },
    queries: { execute: (name, options) => executeQuery(env, name, options) },
    nowMs: () => systemClock.nowMs(),
    random: random01,
    onFailure: (error) => {
      // biome-ignore lint/suspicious/noConsole: the platform's log is where a fault of ours belongs
      console.error(error);
    },
  });

async function executeQuery(
  env: Env,
  name: string,
  { datacenter, source = '' }: PreparedQueryOptions,
): Promise<PreparedQueryResult | undefined> {
  const home = datacenter ?? env.DATACENTER;
  const query = await (await findDatacenter(env, home))?.resolveQuery(name);
  if (!query) return undefined;
  const options = { Near: '', Limit: 0, Connect: false, Agent: '', ClientAddress: source };
  const { Execution, Datacenter } = await executeWithFailover(env, home, query, options);
  const { Service, DNS } = Execution.Query;
  return {
    datacenter: Datacenter,
    instances: JSON.parse(Execution.Nodes),
    isSorted: Execution.Sorted,
    staleMs: 0,
    service: Service.Service,
    ttlMs: DNS.TTL === '' ? undefined : parseDuration(DNS.TTL),
  };
}
