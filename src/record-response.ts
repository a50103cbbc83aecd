/** The answer to a read of what only the edge knows (`src/requests/record-query.ts`), which may wait. */
import type { Context } from 'hono';
import { authorityResult } from './authority-result.ts';
import { blockingRead } from './blocking-read.ts';
import { datacenterOf } from './datacenters.ts';
import type { Env } from './env.ts';
import type { RecordQuery } from './requests/record-query.ts';
import { queryOptionsOf } from './shared/read/query-options.ts';
import { readFault, readHeaders, resultResponse } from './shared/read/read-routes.ts';

type EdgeContext = Context<{ Bindings: Env }>;

interface Shown {
  /** The answer where there is nothing, given the metadata of a read. */
  missing?: (meta: Record<string, string>) => Response;
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
  try {
    const datacenter = await datacenterOf(c.env, options.Datacenter);
    const answer = await blockingRead(c, datacenter, options, (wait) => datacenter.readRecords(query, wait));
    if (missing && answer.Body === 'null') return missing(readHeaders(authorityResult(answer)));
    const shown = show ? { ...answer, Body: show(answer.Body) } : answer;
    return resultResponse(authorityResult(shown, tellsConsistency ? options : undefined), options.Pretty);
  } catch (error) {
    return readFault(error);
  }
}
