import type { ClientHttp2Session } from 'node:http2';
import { describeConnectionError } from './go-error.ts';
import { connectHttp2 } from './http2-connection.ts';
import { onAbort } from './on-abort.ts';
import { type Probe, passing } from './probe.ts';

/** Passing if the target acknowledges an HTTP/2 PING frame. TLS unless `H2PingUseTLS` is false. */
export const probeH2Ping: Probe = async (definition, context) => {
  const target = definition.H2PING!;
  const session = await connectHttp2(target, definition.H2PingUseTLS !== false, definition, context).catch(
    (error) => {
      throw new Error(`Failed to dial to ${target}: ${error.message}`);
    },
  );
  try {
    await ping(session, context.signal);
    return passing('HTTP2 ping was successful');
  } finally {
    session.destroy();
  }
};

function ping(session: ClientHttp2Session, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => reject(new Error(`HTTP2 ping failed: ${reason}`));
    onAbort(signal, () => fail('context deadline exceeded'));
    session.once('error', (error) => fail(describeConnectionError(error)));
    session.once('close', () => fail('EOF'));
    session.once('connect', () =>
      session.ping((error) => (error ? fail(describeConnectionError(error)) : resolve())),
    );
  });
}
