/** The kinds of check that an agent runs, and which fields of a definition belong to each. */
import { type DefinedCheckType, definedCheckType } from '../check-type.ts';
import type { CheckDefinition } from '../model.ts';

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

/** How a check is run. One that says nothing of it is taken for a TTL check, whose TTL is then found missing. */
export const checkTypeOf = (check: Partial<CheckDefinition>): DefinedCheckType =>
  definedCheckType(check) ?? 'ttl';

/** The check without what belongs to other kinds than its own. */
export function withOneType<T extends Partial<CheckDefinition>>(check: T): T {
  const own: readonly string[] = fieldsOfType[checkTypeOf(check)];
  const kept = Object.entries(check).filter(([field]) => own.includes(field) || !typeFields.includes(field));
  return Object.fromEntries(kept) as T;
}
