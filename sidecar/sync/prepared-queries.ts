/**
 * Prepared queries for DNS: the edge executes them. An answer is used again for a moment, so that a burst of questions is
 * one request, and for as long as the edge cannot be reached, bounded as every answer of DNS is.
 */
import { noPathToDatacenter } from '../../src/shared/api-error.ts';
import { askingNodeHeader, sortedHeader } from '../../src/shared/asking-node.ts';
import type {
  PreparedQueryOptions,
  PreparedQueryResult,
  PreparedQuerySource,
} from '../../src/shared/dns/catalogs.ts';
import { DurationError, parseDuration } from '../../src/shared/duration.ts';
import type { ServiceInstance } from '../../src/shared/model.ts';
import type { Clock } from '../system/clock.ts';
import type { EdgeClient } from './edge-client.ts';

export interface PreparedQueriesOptions {
  edge: Pick<EdgeClient, 'request'>;
  datacenter: string;
  node(): string;
  /** The token of DNS, which brings none of its own. */
  token(): string;
  clock: Clock;
}

interface Kept {
  answer: Promise<PreparedQueryResult | undefined>;
  askedAtMs: number;
  /** When the edge gave it, which is earlier than when it was asked if it could not be asked again. */
  givenAtMs: number;
}

const freshMsMax = 1_000;
const keptMax = 1_000;
const timeoutMs = 3_000;
const notFound = 404;

export class PreparedQueries implements PreparedQuerySource {
  readonly #options: PreparedQueriesOptions;
  readonly #kept = new Map<string, Kept>();

  constructor(options: PreparedQueriesOptions) {
    this.#options = options;
  }

  /** Rejects when the edge cannot be asked and nothing is known. */
  execute(name: string, options: PreparedQueryOptions): Promise<PreparedQueryResult | undefined> {
    const nowMs = this.#options.clock.monotonicMs();
    const key = JSON.stringify([name.toLowerCase(), options.datacenter, options.source]);
    const known = this.#kept.get(key);
    if (known && nowMs - known.askedAtMs < freshMsMax) return known.answer;
    const asked: Kept = { answer: this.#ask(name, options), askedAtMs: nowMs, givenAtMs: nowMs };
    asked.answer = asked.answer.catch((error) => {
      if (known) {
        asked.givenAtMs = known.givenAtMs;
        return asStale(known.answer, nowMs - known.givenAtMs);
      }
      if (this.#kept.get(key) === asked) this.#kept.delete(key);
      throw error;
    });
    this.#keep(key, asked);
    return asked.answer;
  }

  #keep(key: string, kept: Kept): void {
    this.#kept.delete(key);
    if (this.#kept.size >= keptMax) this.#kept.delete(this.#kept.keys().next().value!);
    this.#kept.set(key, kept);
  }

  async #ask(
    name: string,
    { datacenter, source }: PreparedQueryOptions,
  ): Promise<PreparedQueryResult | undefined> {
    const { edge, node, token } = this.#options;
    const dc = encodeURIComponent(datacenter ?? this.#options.datacenter);
    const { status, headers, body } = await edge.request({
      method: 'GET',
      path: `/v1/query/${encodeURIComponent(name)}/execute?dc=${dc}`,
      headers: {
        'X-Consul-Token': token(),
        [askingNodeHeader]: encodeURIComponent(node()),
        ...(source === undefined ? {} : { 'X-Forwarded-For': source }),
      },
      timeoutMs,
    });
    if (status === notFound || body.toString() === noPathToDatacenter().message) return undefined;
    if (status !== 200) throw new Error(`the edge executes no query ${name}: ${status} ${body.toString()}`);
    return decodeExecution(body.toString(), headers[sortedHeader.toLowerCase()] === 'true');
  }
}

const asStale = async (answer: Kept['answer'], staleMs: number): Kept['answer'] => {
  const result = await answer;
  return result && { ...result, staleMs };
};

interface Execution {
  Service: string;
  Nodes: ServiceInstance[];
  DNS: { TTL: string };
  Datacenter: string;
}

function decodeExecution(text: string, isSorted: boolean): PreparedQueryResult {
  const { Service, Nodes, DNS, Datacenter } = JSON.parse(text) as Execution;
  return {
    datacenter: Datacenter,
    instances: Nodes,
    isSorted,
    staleMs: 0,
    service: Service,
    ttlMs: DNS.TTL === '' ? undefined : ttlMsOf(DNS.TTL),
  };
}

function ttlMsOf(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch (error) {
    if (error instanceof DurationError) return undefined;
    throw error;
  }
}
