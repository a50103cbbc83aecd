/** Reads of what only the edge has an answer to: what no copy of the catalog holds, and sums over all of it. */
export type RecordQuery =
  /** "" for any name; those that reach a node, "" for all. */
  | { Kind: 'events'; Name: string; Node: string }
  | { Kind: 'queries' }
  | { Kind: 'query'; ID: string }
  | { Kind: 'coordinates' }
  | { Kind: 'coordinate'; Node: string; Segment: string }
  | { Kind: 'config-entries'; EntryKind: string }
  | { Kind: 'config-entry'; EntryKind: string; Name: string }
  | { Kind: 'usage' }
  | { Kind: 'ui-nodes' }
  | { Kind: 'ui-node'; Node: string }
  | { Kind: 'ui-services' }
  | { Kind: 'ui-overview' };
