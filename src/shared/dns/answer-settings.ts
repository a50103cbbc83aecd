/** What decides about answers, apart from the catalog. Durations are milliseconds, counts are counts. */
export interface AnswerSettings {
  /** The domain served, lower case without the final dot: `consul`. */
  domain: string;
  /** A second domain for the same names, or "". Answers use the domain asked. */
  altDomain: string;
  /** The local datacenter: the one of names that mention none. */
  datacenter: string;
  /** TTL of node, name server, `addr` and `virtual` answers. Longer spares questions, shorter shows changes sooner. */
  nodeTtlMs: number;
  /** TTL by service name; a key that ends in `*` is a prefix, the longest one wins, an exact name wins over all. */
  serviceTtlMs: Record<string, number>;
  /** `minTtlS` is how long resolvers remember that a name does not exist. */
  soa: { refreshS: number; retryS: number; expireS: number; minTtlS: number };
  /**
   * Sets TC where answers were left out for lack of space, upon which clients ask again over TCP. False is Consul's
   * default: cut silently, and let clients take what they get for all there is.
   */
  enableTruncate: boolean;
  /** Leaves out instances with a warning, too. */
  onlyPassing: boolean;
  /** Writes all names out. Replies get larger, so they hold fewer answers. */
  disableCompression: boolean;
  /**
   * The most answers over UDP to clients that take no more than 512 bytes; at most {@link udpAnswersMax}. More makes
   * such clients spread their load better, and 0 sends them all to TCP.
   */
  udpAnswerLimit: number;
  /** The most addresses in an answer over any transport; 0 is no limit. */
  aRecordLimit: number;
  /** Adds a node's meta as TXT records in Additional, where there is room. */
  enableAdditionalNodeMetaTxt: boolean;
  /** False refuses answers (SERVFAIL) from a copy that has lost touch with the edge for {@link freshMsMax}. */
  allowStale: boolean;
  /** Answers from a copy older than this are SERVFAIL. Longer outlasts longer outages, with older addresses. */
  maxStaleMs: number;
  /** Gives `wan` addresses of nodes and services in other datacenters. */
  translateWanAddresses: boolean;
}

/** Consul's, but for `enableTruncate`. */
export const answerSettingsDefaults: AnswerSettings = {
  domain: 'consul',
  altDomain: '',
  datacenter: 'dc1',
  nodeTtlMs: 0,
  serviceTtlMs: {},
  soa: { refreshS: 3600, retryS: 600, expireS: 86_400, minTtlS: 0 },
  // A resolver that is not told of a cut takes three instances for all there are.
  enableTruncate: true,
  onlyPassing: false,
  disableCompression: false,
  udpAnswerLimit: 3,
  aRecordLimit: 0,
  enableAdditionalNodeMetaTxt: true,
  allowStale: true,
  maxStaleMs: 87_600 * 3_600_000,
  translateWanAddresses: false,
};

/** Consul's hard limit above `udp_answer_limit`. */
export const udpAnswersMax = 8;
/** A copy that the edge has not confirmed for longer is stale: Consul counts answers from such copies. */
export const freshMsMax = 5_000;
/** TTL of stale answers, so that clients return soon after the edge does (RFC 8767, section 5). */
export const staleTtlSMax = 5;
/** Name servers in an answer. */
export const nameServersMax = 3;
/** How often a name in our domain that stands for another one is followed. */
export const aliasDepthMax = 3;
/** Records that follow a CNAME when the client has not said that it can take more (no EDNS0). */
export const aliasRecordsMax = 5;

/** The age beyond which a copy of the catalog is no longer answered from. */
export const staleMsMax = (settings: AnswerSettings): number =>
  settings.allowStale ? settings.maxStaleMs : freshMsMax;

const wholeSeconds = (ms: number) => Math.floor(ms / 1000);

export const selectNodeTtlS = (settings: AnswerSettings): number => wholeSeconds(settings.nodeTtlMs);

/** The TTL of a service's answers in seconds; 0 when nothing is set for it. */
export function selectServiceTtlS(settings: AnswerSettings, service: string): number {
  const name = service.toLowerCase();
  let bestMs = 0;
  let bestLength = -1;
  for (const [key, ttlMs] of Object.entries(settings.serviceTtlMs)) {
    const pattern = key.toLowerCase();
    if (pattern === name) return wholeSeconds(ttlMs);
    if (!pattern.endsWith('*') || pattern.length <= bestLength || !name.startsWith(pattern.slice(0, -1)))
      continue;
    bestMs = ttlMs;
    bestLength = pattern.length;
  }
  return wholeSeconds(bestMs);
}
