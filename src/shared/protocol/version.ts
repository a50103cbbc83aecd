/**
 * The sync protocol between a sidecar and its datacenter. One WebSocket, text frames of JSON; a sidecar whose
 * version is not spoken is refused with a message that says which side to upgrade. A change of any message shape raises the version and adds a
 * line here (a test holds the fingerprint of `messages.ts`).
 *
 * - 1: hello, write, next, leave up; welcome, page, delta, ack, refused down; `ping`/`pong` as heartbeat.
 * - 2: a delta names the one before it (`After`).
 */
export const protocolVersion = 2;

/** What an edge of this version speaks: it is upgraded first, then its sidecars one by one. */
export const spokenProtocols: readonly unknown[] = [1, protocolVersion];

/** The path of the WebSocket at the edge. */
export const syncPath = '/v1/sync';

/**
 * The heartbeat: one fixed text each way. The runtime answers it without waking the object, so it costs nothing and
 * writes nothing; the object reads when it last came.
 */
export const heartbeatRequest = 'ping';
export const heartbeatResponse = 'pong';

/** Why the edge closes a connection whose node another one speaks for since. */
export const replacedReason = 'another agent speaks for this node: is its data directory used twice?';
