/** Executes a prepared query in its datacenter and, where that has no instance, in those that the query names. */
import { datacenterNames, datacenterOf } from './datacenters.ts';
import type { Env } from './env.ts';
import type { PreparedQuery, QueryOptions } from './requests/prepared-query.ts';
import type { QueryExecution } from './requests/query-execution.ts';

export interface FailedOver {
  Execution: QueryExecution;
  Datacenter: string;
  /** How many other datacenters were tried. */
  Failovers: number;
}

export async function executeWithFailover(
  env: Env,
  home: string,
  query: PreparedQuery,
  options: QueryOptions,
): Promise<FailedOver> {
  const executeIn = async (datacenter: string) =>
    (await datacenterOf(env, datacenter)).executeQuery(query, options) as Promise<QueryExecution>;
  let result: FailedOver = { Execution: await executeIn(home), Datacenter: home, Failovers: 0 };
  if (result.Execution.Count > 0) return result;
  for (const datacenter of await candidates(env, home, query)) {
    result = { ...result, Failovers: result.Failovers + 1 };
    const Execution = await executeIn(datacenter).catch(logFailure);
    if (Execution) result = { ...result, Execution, Datacenter: datacenter };
    if (result.Execution.Count > 0) break;
  }
  return result;
}

/** A datacenter that fails is passed over. */
function logFailure(error: unknown): undefined {
  // biome-ignore lint/suspicious/noConsole: the platform's log is where a fault of ours belongs
  console.error(error);
}

/**
 * The other datacenters in order: the nearest, then those that are named. No distances between datacenters are known, so
 * the nearest are the first by name. Unknown ones are skipped, as Consul does.
 */
async function candidates(env: Env, home: string, { Service }: PreparedQuery): Promise<string[]> {
  const { NearestN, Datacenters, Targets } = Service.Failover;
  const named = [...(Datacenters ?? []), ...(Targets ?? []).map((target) => target.Datacenter ?? '')];
  if (NearestN === 0 && named.length === 0) return [];
  const others = (await datacenterNames(env)).filter((name) => name !== home);
  return [...new Set([...others.slice(0, NearestN), ...named.filter((name) => others.includes(name))])];
}
