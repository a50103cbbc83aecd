/**
 * Which members `/v1/agent/members` lists.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/agent#list-members, and answers of Consul.
 */
import { ApiError } from './api-error.ts';
import { compileFilter } from './filter/compile.ts';
import { memberFields } from './filter/field-tables.ts';
import type { QueryParams } from './http/query-params.ts';
import type { MemberJson } from './member.ts';

const allSegments = '_all';

/** `?wan`: the servers alone, by their names among all datacenters. @throws {ApiError} 400 or 500 in Consul's words. */
export function selectMembers(members: MemberJson[], params: QueryParams): MemberJson[] {
  const passes = compileFilter(memberFields, params.get('filter') ?? '');
  const isWan = Boolean(params.get('wan'));
  const segment = params.get('segment') ?? '';
  if (segment !== '' && segment !== allSegments)
    throw isWan
      ? new ApiError(400, 'Cannot provide a segment with wan=true')
      : new ApiError(500, 'Network segments are not supported in this version of Consul');
  return (isWan ? members.filter(isServer).map(amongAll) : members).filter(passes);
}

const isServer = ({ Tags }: MemberJson) => Tags['role'] === 'consul';
const amongAll = (member: MemberJson) => ({ ...member, Name: `${member.Name}.${member.Tags['dc']}` });
