import type { CheckDefinition, CheckType } from './model.ts';

/**
 * The kind of a check, as `HealthCheck.Type` shows it. A docker check also has `Args`, hence it is asked for before
 * script. What has no means to be run is a maintenance check: nothing runs it, it is there or it is not.
 */
export function checkType(definition: CheckDefinition): CheckType {
  if (definition.AliasNode || definition.AliasService) return 'alias';
  if (definition.TTLMs) return 'ttl';
  if (definition.DockerContainerID) return 'docker';
  if (definition.Args?.length) return 'script';
  if (definition.HTTP) return 'http';
  if (definition.H2PING) return 'h2ping';
  if (definition.TCP) return 'tcp';
  if (definition.UDP) return 'udp';
  if (definition.GRPC) return 'grpc';
  if (definition.OSService) return 'os_service';
  return 'maintenance';
}
