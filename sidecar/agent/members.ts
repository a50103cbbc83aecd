/** The members of a datacenter: as the edge lists them, or, without it, as far as the copy of the catalog shows them. */
import type { CatalogReader } from '../../src/shared/catalog-reader.ts';
import { type MemberJson, memberJson } from '../../src/shared/member.ts';
import { consulServiceId, serfHealthCheckId } from '../../src/shared/model.ts';
import { version } from '../../src/shared/version.ts';
import type { EdgeClient } from '../sync/edge-client.ts';

const timeoutMs = 2_000;

export async function listMembers(
  edge: EdgeClient,
  token: string,
  copy: CatalogReader,
): Promise<MemberJson[]> {
  try {
    const { status, body } = await edge.request({
      method: 'GET',
      path: `/v1/agent/members?dc=${copy.datacenter}`,
      headers: { 'X-Consul-Token': token },
      timeoutMs,
    });
    if (status === 200) return JSON.parse(body.toString()) as MemberJson[];
  } catch {
    // Without the edge: the copy.
  }
  return membersOfCopy(copy);
}

/** Hosts with a sidecar are those with `serfHealth`; their versions are not in the catalog, ours is as good a guess as any. */
export function membersOfCopy(copy: CatalogReader): MemberJson[] {
  return copy.nodes().flatMap((node) => {
    const health = copy.nodeChecks(node.Node).find(({ CheckID }) => CheckID === serfHealthCheckId);
    if (!health) return [];
    const isServer = copy.nodeServices(node.Node).some(({ ID }) => ID === consulServiceId);
    const Role = isServer ? ('server' as const) : ('client' as const);
    return memberJson(
      { Node: node, Role, Version: version, Alive: health.Status === 'passing' },
      copy.datacenter,
    );
  });
}
