/**
 * The sync protocol between a sidecar and its datacenter. One WebSocket, text frames of JSON; a peer of another version
 * is refused with a message that says which side to upgrade. A change of any message shape raises the version and adds a
 * line here (a test holds the fingerprint of `messages.ts`).
 *
 * - 1: hello, write, next, leave up; welcome, page, delta, ack, refused down; `ping`/`pong` as heartbeat.
 */
export const protocolVersion = 1;

/** The path of the WebSocket at the edge. */
export const syncPath = '/v1/sync';

/**
 * The heartbeat: one fixed text each way. The runtime answers it without waking the object, so it costs nothing and
 * writes nothing; the object reads when it last came.
 */
export const heartbeatRequest = 'ping';
export const heartbeatResponse = 'pong';
