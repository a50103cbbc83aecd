/** The answer to a read of what only the edge knows (`src/requests/record-query.ts`), which may wait. */
import type { Context } from 'hono';
import { blockingRead } from './blocking-read.ts';
import { datacenterOf } from './datacenters.ts';
import type { Env } from './env.ts';
import type { RecordQuery } from './requests/record-query.ts';
import { parseQueryOptions, type QueryOptions } from './shared/read/query-options.ts';
import { type ReadResult, resultResponse } from './shared/read/read-routes.ts';

type EdgeContext = Context<{ Bindings: Env }>;

export const queryOptionsOf = (c: EdgeContext): QueryOptions =>
  parseQueryOptions(new URL(c.req.url).searchParams, c.req.raw.headers);

export const consistencyOf = ({ Consistency }: QueryOptions): NonNullable<ReadResult['Consistency']> =>
  Consistency === 'default' ? 'leader' : Consistency;

interface Shown {
  /** The answer where there is nothing. */
  missing?: () => Response;
  /** Makes the body of what was read. */
  show?: (body: string) => string;
  tellsConsistency?: boolean;
}

export async function recordResponse(
  c: EdgeContext,
  query: RecordQuery,
  { missing, show, tellsConsistency = false }: Shown = {},
): Promise<Response> {
  const options = queryOptionsOf(c);
  const datacenter = await datacenterOf(c.env, options.Datacenter);
  const { Body, Index } = await blockingRead(c, datacenter, options, (wait) =>
    datacenter.readRecords(query, wait),
  );
  if (missing && Body === 'null') return missing();
  const result = { Body: show ? show(Body) : Body, Index, KnownLeader: true, LastContactMs: 0 };
  return resultResponse(
    tellsConsistency ? { ...result, Consistency: consistencyOf(options) } : result,
    options.Pretty,
  );
}
