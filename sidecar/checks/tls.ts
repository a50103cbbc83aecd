import { isIP, type Socket } from 'node:net';
import { connect, type SecureContext, type TLSSocket } from 'node:tls';
import type { CheckDefinition } from '../../src/shared/model.ts';
import { describeConnectionError } from './go-error.ts';
import { onAbort } from './on-abort.ts';
import type { ProbeContext } from './probe.ts';

type TlsSettings = Pick<CheckDefinition, 'TLSServerName' | 'TLSSkipVerify'>;

/** What all checks have in common. */
export interface CheckTls {
  /** Whom to believe, and the certificate to show if there is one. */
  context: SecureContext;
  /** The name that a check without one of its own expects; "": the host dialled. */
  serverName: string;
}

/**
 * Encrypts a connection. The certificate is verified for `TLSServerName`, else for the agent's name if there is one, else
 * for the host dialled. The socket stays the caller's to destroy, whatever happens.
 *
 * @throws {Error} in Go's words.
 */
export function encrypt(
  socket: Socket,
  host: string,
  settings: TlsSettings,
  { signal, tls }: Pick<ProbeContext, 'signal' | 'tls'>,
  alpn: string[] = [],
): Promise<TLSSocket> {
  const { context, serverName } = tls();
  const name = settings.TLSServerName || serverName || host;
  return new Promise((resolve, reject) => {
    const secure = connect({
      socket,
      host: name,
      ...(isIP(name) ? {} : { servername: name }),
      secureContext: context,
      rejectUnauthorized: !settings.TLSSkipVerify,
      ALPNProtocols: alpn,
    });
    secure.once('secureConnect', () => resolve(secure));
    secure.on('error', (error) => reject(new Error(describeConnectionError(error))));
    secure.once('close', () => reject(new Error('EOF')));
    onAbort(signal, () => reject(new Error('i/o timeout')));
  });
}
