/** The servers of a datacenter as Consul's operators see them: the edge, and nobody else. */
import { datacenterOf } from './datacenters.ts';
import { edgeAddress } from './edge-address.ts';
import type { Env } from './env.ts';
import { edgeMember } from './shared/member.ts';

export interface Server {
  /** Of the node beside the edge, or of the catalog. */
  ID: string;
  Name: string;
  /** `host:port`. */
  Address: string;
}

/** A self-hosted edge has a sidecar beside it that stands for both; elsewhere the edge stands for itself. */
export async function serverOf(env: Env, url: string, asked?: string): Promise<Server> {
  const { host, port } = edgeAddress(env, url);
  const datacenter = await datacenterOf(env, asked);
  const [members, stats] = await Promise.all([datacenter.members(), datacenter.stats()]);
  const node = members.find(({ Role, Left }) => Role === 'server' && !Left)?.Node;
  const { Name } = edgeMember(asked ?? env.DATACENTER, host, port);
  return { ID: node?.ID || stats.catalog_id!, Name: node?.Node ?? Name, Address: `${host}:${port}` };
}
