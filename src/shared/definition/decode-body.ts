/** Applies a shape to an API body: the first fault becomes the answer, in the words of Go's `encoding/json`. */
import type { ApiError } from '../api-error.ts';
import { decodeFailed } from './json-body.ts';
import { type Issue, type Kind, readShape } from './shape.ts';

/** @throws {ApiError} 400 "Request decode failed: …" for the first fault in the body, or what `refuse` makes of it. */
export function decodeBody<T>(
  shape: Kind<T>,
  body: unknown,
  refuse: (why: string) => ApiError = decodeFailed,
): T {
  const { value, issues } = readShape(shape, body, 'body');
  const decisive = decisiveIssue(issues);
  if (decisive) throw refuse(faultText(decisive));
  return value ?? shape.zero();
}

/**
 * The one that Go reports. It goes on after a fault and reports the first at the end, but not after a fault in an opaque
 * struct; and in each struct durations are parsed when all else has been read.
 */
function decisiveIssue(issues: readonly Issue[]): Issue | undefined {
  const opaqueAt = issues.find((issue) => issue.opaqueAt !== '')?.opaqueAt ?? '';
  const candidates = issues.filter((issue) => issue.opaqueAt === opaqueAt);
  return candidates.find(({ kind }) => kind !== 'value') ?? candidates[0];
}

function faultText(issue: Issue): string {
  if (issue.kind === 'value') return issue.text;
  if (issue.kind === 'unknown')
    return `json: unknown field ${JSON.stringify(issue.key)}${enterpriseHint(issue.key)}`;
  const target =
    issue.goField === ''
      ? `Go value of type ${issue.goType}`
      : `Go struct field ${issue.goField} of type ${issue.goType}`;
  return `json: cannot unmarshal ${issue.found} into ${target}`;
}

function enterpriseHint(key: string): string {
  const feature = { namespace: 'Namespaces', partition: 'Partitions' }[key.toLowerCase()];
  return feature ? ` - ${feature} are a Consul Enterprise feature` : '';
}
