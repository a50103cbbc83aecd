/**
 * The node a request was asked at, percent-encoded: each sidecar says so on what it passes on. Events are given to the
 * nodes they are for, and prepared queries may want what is near to the agent that was asked.
 */
export const askingNodeHeader = 'X-Rollcall-Node';

/** On the answer of a prepared query that was executed: "true" if the order of its instances means something. */
export const sortedHeader = 'X-Rollcall-Sorted';
