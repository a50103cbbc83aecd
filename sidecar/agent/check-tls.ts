/** As whom checks present themselves where TLS is spoken, and whom they believe. */
import { createSecureContext } from 'node:tls';
import type { CheckTls } from '../checks/tls.ts';
import type { AgentConfig } from '../config/agent-config.ts';
import { readAuthorities, readSystemAuthorities } from '../tls/authorities.ts';
import { readKeyPair } from '../tls/pem-files.ts';

/**
 * The authorities of the system, or with `enable_agent_tls_for_checks` the agent's authorities and certificate. The files are
 * read when the first check needs them: most hosts have none, and the authorities of the world take some memory.
 *
 * @returns what throws naming a file that cannot be used
 */
export function makeCheckTls(
  { checkTls: { asAgent, serverName }, tls }: Pick<AgentConfig, 'checkTls' | 'tls'>,
  environment: Record<string, string | undefined>,
): () => CheckTls {
  const read = (): CheckTls => {
    if (!asAgent) {
      const { certificates } = readSystemAuthorities(environment);
      return { context: createSecureContext({ ca: [...certificates] }), serverName };
    }
    const { minVersion, ciphers } = tls.edge;
    const context = createSecureContext({
      ...readKeyPair(tls.edge),
      ca: [...readAuthorities(tls.edge, environment).certificates],
      minVersion,
      ...(ciphers !== '' && { ciphers }),
    });
    return { context, serverName };
  };
  let made: CheckTls | undefined;
  return () => (made ??= read());
}
