import type { ClientHttp2Session } from 'node:http2';
import type { CheckDefinition } from '../../src/shared/model.ts';
import { dial } from './dial.ts';
import { joinHostPort, parseHostPort } from './host-port.ts';
import type { ProbeContext } from './probe.ts';
import { encrypt } from './tls.ts';

/**
 * An HTTP/2 connection for one run of a check, the caller's to destroy. The module is loaded when first needed: most hosts have no such check, and it takes some memory.
 *
 * @throws {Error} in Go's words, if no connection can be opened.
 */
export async function connectHttp2(
  target: string,
  useTls: boolean,
  definition: CheckDefinition,
  context: ProbeContext,
): Promise<ClientHttp2Session> {
  const { connect } = await import('node:http2');
  const { host, port } = parseHostPort('tcp', target);
  // Not the target as it is written, for ":8080" is no authority.
  const authority = joinHostPort({ host, port });
  const socket = await dial(target, context);
  try {
    const stream = useTls ? await encrypt(socket, host, definition, context, ['h2']) : socket;
    const session = connect(`${useTls ? 'https' : 'http'}://${authority}`, {
      createConnection: () => stream,
    });
    session.on('error', () => {});
    return session;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
