/** The kinds of check. */
import type { CheckDefinition, CheckType } from './model.ts';

/** `maintenance` is set by hand and is never defined. */
export type DefinedCheckType = Exclude<CheckType, 'maintenance'>;

/** How a check is run; undefined if nothing says so. Where several kinds are set, Consul's order of precedence decides. */
export function definedCheckType(check: Partial<CheckDefinition>): DefinedCheckType | undefined {
  if ((check.TTLMs ?? 0) > 0) return 'ttl';
  if (check.HTTP) return 'http';
  if (check.TCP) return 'tcp';
  if (check.UDP) return 'udp';
  if (check.GRPC) return 'grpc';
  if (check.Args?.length) return check.DockerContainerID ? 'docker' : 'script';
  if (check.H2PING) return 'h2ping';
  if (check.OSService) return 'os_service';
  return check.AliasNode || check.AliasService ? 'alias' : undefined;
}

/** The kind as `HealthCheck.Type` shows it. What has no means to be run is a maintenance check: it is there or it is not. */
export const checkType = (definition: CheckDefinition): CheckType =>
  definedCheckType(definition) ?? 'maintenance';
