import { isIP, type Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { CheckDefinition } from '../../src/shared/model.ts';
import { describeConnectionError } from './go-error.ts';
import { onAbort } from './on-abort.ts';

type TlsSettings = Pick<CheckDefinition, 'TLSServerName' | 'TLSSkipVerify'>;

/**
 * Encrypts a connection. The certificate is verified for `TLSServerName`, else for the host dialled, by the authorities
 * that the process trusts. The socket stays the caller's to destroy, whatever happens.
 *
 * @throws {Error} in Go's words.
 */
export function encrypt(
  socket: Socket,
  host: string,
  settings: TlsSettings,
  signal: AbortSignal,
  alpn: string[] = [],
): Promise<TLSSocket> {
  const name = settings.TLSServerName || host;
  return new Promise((resolve, reject) => {
    const secure = connect({
      socket,
      host: name,
      ...(isIP(name) ? {} : { servername: name }),
      rejectUnauthorized: !settings.TLSSkipVerify,
      ALPNProtocols: alpn,
    });
    secure.once('secureConnect', () => resolve(secure));
    secure.on('error', (error) => reject(new Error(describeConnectionError(error))));
    secure.once('close', () => reject(new Error('EOF')));
    onAbort(signal, () => reject(new Error('i/o timeout')));
  });
}
