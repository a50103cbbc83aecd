import { createSocket, type Socket } from 'node:dgram';
import { describeSystemError } from './go-error.ts';
import { joinHostPort, parseHostPort } from './host-port.ts';
import { lookUp } from './look-up.ts';
import { onAbort } from './on-abort.ts';
import { type Probe, type ProbeResult, passing } from './probe.ts';

/**
 * Sends an empty datagram. Any reply is passing, and so is silence until the time is up: few servers answer what they do
 * not understand. What fails the check is the host's word that nobody listens there. The text leaves out our own port,
 * which Go names: it differs at every run, and each run would seem to have something new to say.
 */
export const probeUdp: Probe = async (definition, { signal }) => {
  const target = definition.UDP!;
  const success = passing(`UDP connect ${target}: Success`);
  const { host, port } = parseHostPort('udp', target);
  const found = await Promise.race([lookUp(host).catch((error) => refuse(host, error)), aborted(signal)]);
  if (!found) return success;
  const { address, family } = found[0]!;
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  try {
    return await exchange(socket, address, port, signal, success);
  } finally {
    socket.close();
  }
};

function exchange(socket: Socket, host: string, port: number, signal: AbortSignal, success: ProbeResult) {
  return new Promise<ProbeResult>((resolve, reject) => {
    const fail =
      (call: string, operation = call) =>
      (error: Error) =>
        reject(
          new Error(
            `${operation} udp ${joinHostPort({ host, port })}: ${call}: ${describeSystemError(error)}`,
          ),
        );
    socket.once('message', () => resolve(success));
    onAbort(signal, () => resolve(success));
    // Connected, so that an ICMP "port unreachable" reaches this socket. Without a callback, which would be called as well
    // when there is no connection, and its error be the socket's.
    const refused = fail('connect', 'dial');
    socket.once('error', refused);
    socket.once('connect', () => {
      socket.off('error', refused).on('error', fail('read'));
      socket.send('', (error) => error && fail('write')(error));
    });
    socket.connect(port, host);
  });
}

function refuse(host: string, error: Error): never {
  throw new Error(`dial udp: lookup ${host}: ${describeSystemError(error)}`);
}

const aborted = (signal: AbortSignal) =>
  new Promise<undefined>((done) => onAbort(signal, () => done(undefined)));
