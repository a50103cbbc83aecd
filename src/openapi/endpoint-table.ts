/** What a row of the tables of endpoints says; `document.ts` makes OpenAPI of it. */
import type { Kind } from '../shared/definition/shape.ts';
import type { ParameterName } from './parameters.ts';

export type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';

export interface Operation {
  summary: string;
  parameters: ParameterName[];
  /** What is sent: a shape of JSON, or bytes as they are, of DNS or any. Absent: nothing. */
  body?: Kind<unknown> | 'bytes' | 'dns';
  /** What comes back when all is well. */
  answer: 'json' | 'text' | 'bytes' | 'dns' | 'nothing';
}

export interface Endpoint {
  /** With names in braces: `/v1/kv/{key}`. */
  path: string;
  /** Who mounts it: the edge, the sidecar of a host (port 8500) or each of them. A sidecar passes the edge's on. */
  servedBy: 'edge' | 'host' | 'both';
  operations: Partial<Record<Method, Operation>>;
}

/** As the routes are mounted: a name at the end of a path takes all that follows, one inside it does not. */
export const mountedPath = ({ path }: Endpoint): string =>
  path.replace(/\{[^}]+\}$/, '*').replace(/\{([^}]+)\}/g, ':$1');
