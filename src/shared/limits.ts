/** Every limit of the two halves, with its unit in its name. Where Consul has the limit, the value is Consul's. */

export const metaPairsMax = 64;
export const metaKeyCharsMax = 128;
export const metaValueCharsMax = 512;

/** The part of a check's output that is kept; longer output is cut to its end. */
export const checkOutputBytesMax = 4096;
export const checkIntervalMsMin = 1000;
/** `DeregisterCriticalServiceAfter` below this is raised to it, with a warning. */
export const deregisterCriticalServiceAfterMsMin = 60_000;

/** A body of `/v1/catalog/*`, `/v1/agent/*` and of one write on the sync connection. */
export const registrationBytesMax = 524_288;
export const nameCharsMax = 1024;
export const tagsMax = 512;

export const queryWaitMsDefault = 300_000;
export const queryWaitMsMax = 600_000;
/** Proxies between a client and the edge drop longer silences; the sidecar loops instead. */
export const edgeWaitMsMax = 55_000;
/** A wait is lengthened by a random share of itself, at most one in this many, so that waiters do not wake together. */
export const queryWaitJitterFraction = 16;
