/** Every limit of the two halves, with its unit in its name. Where Consul has the limit, the value is Consul's. */

export const metaPairsMax = 64;
export const metaKeyCharsMax = 128;
export const metaValueCharsMax = 512;

/** The part of a check's output that is kept; longer output is cut to its end. */
export const checkOutputBytesMax = 4096;
/** As much as `check_output_max_size` may ask for: what of it is written as six characters in JSON still fits into one write. */
export const checkOutputBytesMaxMax = 65_536;
export const checkIntervalMsMin = 1000;
/** `DeregisterCriticalServiceAfter` below this is raised to it, with a warning. */
export const deregisterCriticalServiceAfterMsMin = 60_000;

/** A body of `/v1/catalog/*`, `/v1/agent/*` and of one write on the sync connection. */
export const registrationBytesMax = 524_288;
/** Names and IDs of whatever has one, as text; a key has a limit of its own. */
export const nameCharsMax = 1024;
export const tagsMax = 512;

export const queryWaitMsDefault = 300_000;
export const queryWaitMsMax = 600_000;
/** Proxies between a client and the edge drop longer silences; the sidecar loops instead. */
export const edgeWaitMsMax = 55_000;
/** A wait is lengthened by a random share of itself, at most one in this many, so that waiters do not wake together. */
export const queryWaitJitterFraction = 16;

/** The text of a `?filter=`. */
export const filterCharsMax = 16_384;
/** Parentheses and `not` within each other. */
export const filterDepthMax = 100;
/** Compiled filters that are kept for each kind of row, and of how long a text; the longest unused goes first. */
export const filtersKeptMax = 32;
export const filterKeptCharsMax = 1024;
/** The program that a regular expression becomes: repetition counts multiply it. Matching takes text times program. */
export const regexpInstructionsMax = 500;
/** Go's limit, for one count and for nested counts multiplied. */
export const regexpRepeatMax = 1000;

/** How deep the arrays and objects of a JSON body may be nested. The deepest that Consul's model needs is about 10. */
export const jsonDepthMax = 128;

/** How long one run of a check may take when it does not say. Scripts and OS services are given longer. */
export const checkTimeoutMsDefault = 10_000;
export const scriptTimeoutMsDefault = 30_000;
/** Redirects that an HTTP check follows; one more fails it. */
export const httpRedirectsMax = 10;
/** How much of a body an HTTP check reads; its output is the end of that. */
export const httpBodyBytesMax = 1_048_576;
/** Of the headers of the answer that an HTTP check gets. Go's limit is ten times that. */
export const httpHeaderBytesMax = 1_048_576;
/** Steps of the regular expressions of one filter over all rows of an answer: about a second of one processor. */
export const filterStepsMax = 100_000_000;
/** Groups within each other in a regular expression. */
export const regexpDepthMax = 250;

export const kvValueBytesMax = 524_288;
export const kvKeyBytesMax = 4_096;
export const kvTtlMsMin = 1_000;
export const kvTtlMsMax = 24 * 3_600_000;

export const txnOpsMax = 64;
export const txnBytesMax = 524_288;

export const sessionTtlMsMin = 10_000;
export const sessionTtlMsMax = 24 * 3_600_000;
export const lockDelayMsDefault = 15_000;
export const sessionChecksMax = 64;

/**
 * Path and query of a request. The longest that is needed is a filter of which each character is escaped; workerd itself
 * refuses what is above 65,535.
 */
export const urlCharsMax = 60_000;

/**
 * What a sidecar passes on to the edge, but for snapshots: more than any endpoint takes, so that it is refused in the words of
 * the endpoint. Not much more, for the edge may close while it is still being sent, and its answer is lost with that.
 */
export const forwardedBytesMax = 1_048_576;
/** The file of a snapshot, which is smaller than the state in it. */
export const snapshotFileBytesMax = 256 * 1024 * 1024;

/** A DNS message in a request over HTTP. A question with every option there is takes some hundred bytes. */
export const dnsMessageBytesMax = 4_096;

/** Twice the name, the payload and the filters of an event: what of the 512 bytes of Consul's gossip is left for them. */
export const eventBytesMax = 416;
/** Above this Consul refuses an event without encoding it, in other words. */
export const eventBytesUnencodedMax = 445;
/** The events that are kept. */
export const eventsMax = 256;

if (forwardedBytesMax < 2 * Math.max(kvValueBytesMax, txnBytesMax, registrationBytesMax))
  throw new Error('what an endpoint takes, or refuses itself, must be passed on');
if (urlCharsMax < 3 * filterCharsMax + kvKeyBytesMax)
  throw new Error('the longest filter, escaped, must fit into a URL');
