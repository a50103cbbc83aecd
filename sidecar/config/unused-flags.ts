/**
 * Flags that a Consul agent has and that mean nothing here, so that the scripts and unit files people have keep working.
 * The agent says once, in one line, which of them it passed over.
 */
import type { Flag } from './flags.ts';

const noGossip = 'Accepted for scripts written for Consul, without effect: there is no gossip.';
const noRaft = 'Accepted for scripts written for Consul, without effect: there is no Raft.';
const noWan =
  'Accepted for scripts written for Consul, without effect: datacenters need not be joined to each other.';
const noGrpc = 'Accepted for scripts written for Consul, without effect: there is no gRPC API.';
const noBootstrap =
  'Accepted for scripts written for Consul, without effect: a datacenter needs no bootstrapping.';

export const unusedFlags = [
  { name: 'bootstrap', type: 'bool', help: noBootstrap },
  { name: 'bootstrap-expect', type: 'int', help: noBootstrap },
  { name: 'disable-keyring-file', type: 'bool', help: noGossip },
  { name: 'encrypt', help: noGossip },
  { name: 'grpc-port', type: 'int', help: noGrpc },
  { name: 'grpc-tls-port', type: 'int', help: noGrpc },
  { name: 'join-wan', type: 'list', help: noWan },
  { name: 'non-voting-server', type: 'bool', help: noRaft },
  { name: 'primary-gateway', type: 'list', help: noWan },
  { name: 'protocol', type: 'int', help: noGossip },
  { name: 'raft-protocol', type: 'int', help: noRaft },
  { name: 'read-replica', type: 'bool', help: noRaft },
  {
    name: 'rejoin',
    type: 'bool',
    help: 'Accepted for scripts written for Consul, without effect: an agent always joins again.',
  },
  { name: 'retry-interval-wan', type: 'duration', help: noWan },
  { name: 'retry-join-wan', type: 'list', help: noWan },
  { name: 'retry-max-wan', type: 'int', help: noWan },
  { name: 'segment', help: noGossip },
  { name: 'serf-lan-allowed-cidrs', type: 'list', help: noGossip },
  { name: 'serf-lan-bind', help: noGossip },
  { name: 'serf-lan-port', type: 'int', help: noGossip },
  { name: 'serf-wan-allowed-cidrs', type: 'list', help: noGossip },
  { name: 'serf-wan-bind', help: noGossip },
  { name: 'serf-wan-port', type: 'int', help: noGossip },
  {
    name: 'syslog',
    type: 'bool',
    help: 'Accepted for scripts written for Consul, without effect: a service manager logs standard error.',
  },
] as const satisfies readonly Flag[];

/** Which of the given flags have no effect, as people write them, in the order of the table. */
export const passedOverFlags = (values: object): string[] =>
  unusedFlags.filter(({ name }) => name in values).map(({ name }) => `-${name}`);
