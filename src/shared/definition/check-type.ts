/** The kinds of check that an agent runs, and which fields of a definition belong to each. */
import type { CheckDefinition, CheckType } from '../model.ts';

/** `maintenance` is set by hand and is never defined. */
export type DefinedCheckType = Exclude<CheckType, 'maintenance'>;

const tlsFields = ['TLSServerName', 'TLSSkipVerify'] as const;

const fieldsOfType = {
  ttl: ['TTLMs'],
  http: ['HTTP', 'Method', 'Header', 'Body', 'DisableRedirects', ...tlsFields],
  tcp: ['TCP', 'TCPUseTLS', ...tlsFields],
  udp: ['UDP'],
  grpc: ['GRPC', 'GRPCUseTLS', ...tlsFields],
  docker: ['DockerContainerID', 'Shell', 'Args'],
  script: ['Args'],
  h2ping: ['H2PING', 'H2PingUseTLS', ...tlsFields],
  os_service: ['OSService'],
  alias: ['AliasService', 'AliasNode'],
} as const satisfies Record<DefinedCheckType, readonly (keyof CheckDefinition)[]>;

const typeFields: readonly string[] = Object.values(fieldsOfType).flat();

/** How a check is run. Where several kinds are set, Consul's order of precedence decides. */
export function checkTypeOf(check: Partial<CheckDefinition>): DefinedCheckType {
  if ((check.TTLMs ?? 0) > 0) return 'ttl';
  if (check.HTTP) return 'http';
  if (check.TCP) return 'tcp';
  if (check.UDP) return 'udp';
  if (check.GRPC) return 'grpc';
  if (check.Args?.length) return check.DockerContainerID ? 'docker' : 'script';
  if (check.H2PING) return 'h2ping';
  if (check.OSService) return 'os_service';
  return check.AliasNode || check.AliasService ? 'alias' : 'ttl';
}

/** The check without what belongs to other kinds than its own. */
export function withOneType<T extends Partial<CheckDefinition>>(check: T): T {
  const own: readonly string[] = fieldsOfType[checkTypeOf(check)];
  const kept = Object.entries(check).filter(([field]) => own.includes(field) || !typeFields.includes(field));
  return Object.fromEntries(kept) as T;
}
