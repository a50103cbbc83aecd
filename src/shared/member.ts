/**
 * Hosts as `/v1/agent/members` lists them. Rollcall has no gossip: a member is alive while its sidecar is heard, and the
 * protocol numbers are those that clients expect to find.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/agent#list-members.
 */
import type { Node } from './model.ts';
import type { AgentRole } from './protocol/messages.ts';
import { version } from './version.ts';

/** Serf's numbers for the state of a member. */
export const memberStatus = { alive: 1, leaving: 2, left: 3, failed: 4 } as const;

export interface MemberJson {
  Name: string;
  Addr: string;
  Port: number;
  Tags: Record<string, string>;
  Status: number;
  ProtocolMin: number;
  ProtocolMax: number;
  ProtocolCur: number;
  DelegateMin: number;
  DelegateMax: number;
  DelegateCur: number;
}

/** The port a client of Consul expects at a member; nothing listens there. */
const serfPort = 8301;

const protocol = {
  ProtocolMin: 1,
  ProtocolMax: 5,
  ProtocolCur: 2,
  DelegateMin: 2,
  DelegateMax: 5,
  DelegateCur: 4,
};

export interface Member {
  Node: Node;
  Role: AgentRole;
  Version: string;
  Alive: boolean;
  /** On purpose: its node is not in the catalog any more. */
  Left?: true;
}

export function memberJson(member: Member, datacenter: string): MemberJson {
  const { Node: node, Role, Version } = member;
  return {
    Name: node.Node,
    Addr: node.Address,
    Port: serfPort,
    Tags: {
      ...(Role === 'server' ? { role: 'consul', port: '8300' } : { role: 'node' }),
      build: Version,
      dc: datacenter,
      id: node.ID,
      segment: '',
      vsn: '2',
    },
    Status: statusOf(member),
    ...protocol,
  };
}

function statusOf({ Alive, Left }: Member): number {
  if (Left) return memberStatus.left;
  return Alive ? memberStatus.alive : memberStatus.failed;
}

/** The edge itself, where no sidecar stands beside it. */
export function edgeMember(datacenter: string, host: string, port: number): MemberJson {
  return {
    Name: 'edge',
    Addr: host,
    Port: port,
    Tags: {
      role: 'consul',
      port: String(port),
      build: version,
      dc: datacenter,
      id: '',
      segment: '',
      vsn: '2',
    },
    Status: memberStatus.alive,
    ...protocol,
  };
}
