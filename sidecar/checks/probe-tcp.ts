import { dial } from './dial.ts';
import { parseHostPort } from './host-port.ts';
import { type Probe, passing } from './probe.ts';
import { encrypt } from './tls.ts';

/** Passing if a connection opens, with `TCPUseTLS` if the TLS handshake succeeds; nothing is sent over it. */
export const probeTcp: Probe = async (definition, context) => {
  const target = definition.TCP!;
  const socket = await dial(target, context);
  try {
    if (!definition.TCPUseTLS) return passing(`TCP connect ${target}: Success`);
    const { host } = parseHostPort('tcp', target);
    await encrypt(socket, host, definition, context);
    return passing(`TCP+TLS connect ${target}: Success`);
  } finally {
    socket.destroy();
  }
};
