/** The parameters of query strings, each described once. */
import type { Schema } from './schema.ts';

interface Parameter {
  description: string;
  schema: Schema;
}

const text: Schema = { type: 'string' };
const texts: Schema = { type: 'array', items: text };
const count: Schema = { type: 'integer', minimum: 0 };
const duration: Schema = { type: 'string', examples: ['30s'] };
/** Its presence counts, whatever its value. */
const flag: Schema = { type: 'string', maxLength: 0 };

export const parameters = {
  dc: { description: 'The datacenter; by default that of whoever answers.', schema: text },
  dns: { description: 'A DNS message in base64url, without padding.', schema: text },
  pretty: { description: 'Indents the JSON.', schema: flag },
  index: { description: 'Waits until the index of the answer is higher.', schema: count },
  wait: { description: 'How long to wait at most, up to ten minutes.', schema: duration },
  peer: {
    description: 'The cluster that is meant; of another than this one nothing is known.',
    schema: text,
  },
  'merge-central-config': {
    description: 'With what config entries say of services, which is nothing here.',
    schema: flag,
  },
  leader: {
    description: 'Asks the authority, also where agents are set to be content with less.',
    schema: flag,
  },
  stale: { description: 'A copy of the catalog will do.', schema: flag },
  consistent: { description: 'Asks the authority, or fails.', schema: flag },
  cached: { description: "An answer from the agent's cache will do.", schema: flag },
  max_stale: { description: 'How old a stale answer may be.', schema: duration },
  near: {
    description: 'Sorts by the round-trip time from this node; `_agent` for the agent asked.',
    schema: text,
  },
  'node-meta': { description: 'Only nodes with this `key:value`; may be repeated.', schema: texts },
  tag: { description: 'Only instances with this tag; may be repeated.', schema: texts },
  filter: { description: 'A filter expression.', schema: text },
  passing: { description: 'Only instances whose checks all pass.', schema: { type: ['boolean', 'string'] } },
  recurse: { description: 'All keys that begin with the path.', schema: flag },
  keys: { description: 'Names of keys, without what they hold.', schema: flag },
  separator: { description: 'Cuts each listed key behind this text.', schema: text },
  raw: { description: 'The value itself.', schema: flag },
  flags: { description: 'A number of 64 bits that is kept with the key.', schema: count },
  cas: { description: 'Only if the key has this ModifyIndex; 0: only if there is none.', schema: count },
  acquire: { description: 'Takes the key as a lock for this session.', schema: text },
  release: { description: 'Gives the lock of this session back.', schema: text },
  ttl: {
    description: 'The key goes this long after its last write, from a second to a day.',
    schema: duration,
  },
  node: { description: 'The node of a check whose time the edge keeps.', schema: text },
  service: { description: 'Only nodes with this service.', schema: text },
  name: { description: 'Only what has this name.', schema: text },
  limit: { description: 'How many instances at most.', schema: count },
  connect: { description: 'Only mesh-capable instances.', schema: { type: 'boolean' } },
  global: { description: 'Of all datacenters.', schema: flag },
  wan: { description: 'Of the servers of all datacenters.', schema: flag },
  prune: { description: 'Also takes the host off the list of members.', schema: flag },
  id: { description: 'The ID of a server.', schema: text },
  address: { description: 'The address of a server.', schema: text },
  'relay-factor': { description: 'How many nodes pass the request on.', schema: count },
  'compile-dc': { description: 'The datacenter that the chain is for.', schema: text },
  source: { description: 'The service that connects.', schema: text },
  destination: { description: 'The service that is connected to.', schema: text },
  by: { description: 'On which side the name is.', schema: { enum: ['source', 'destination'] } },
  segment: { description: 'The network segment.', schema: text },
  note: { description: 'The output of the check.', schema: text },
  enable: { description: 'Maintenance on or off.', schema: { type: 'boolean' } },
  reason: { description: 'Why there is maintenance.', schema: text },
  format: {
    description: '`text`: a word instead of JSON. `prometheus`: metrics in its text format.',
    schema: { enum: ['text', 'prometheus'] },
  },
  hash: { description: 'Waits while the content has this hash.', schema: text },
  loglevel: { description: 'The least level that is heard.', schema: text },
  seconds: { description: 'For how long.', schema: { type: 'number', exclusiveMinimum: 0, maximum: 3600 } },
  logjson: { description: 'Lines of JSON.', schema: flag },
  'replace-existing-checks': {
    description: 'Checks of the service that are not in the body go.',
    schema: { type: ['boolean', 'string'] },
  },
  follow: { description: 'Receives the catalog without joining it.', schema: flag },
} satisfies Record<string, Parameter>;

export type ParameterName = keyof typeof parameters;

/** What every read of the authority's state takes. */
export const readParameters: ParameterName[] = [
  'dc',
  'pretty',
  'index',
  'wait',
  'leader',
  'stale',
  'consistent',
  'cached',
  'max_stale',
];
