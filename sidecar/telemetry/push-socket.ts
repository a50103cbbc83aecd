/** Where lines of metrics are sent: never waited for, and lost where nobody takes them. */
import { createSocket } from 'node:dgram';
import { connect, isIPv6, type Socket } from 'node:net';

export interface PushSocket {
  /** `failed` is told why the lines, or what was sent before them, cannot arrive. */
  send(lines: string[], failed: (reason: string) => void): void;
  close(): void;
}

export interface HostPort {
  host: string;
  port: number;
}

/** Below what any network passes on in one piece. */
export const datagramBytesMax = 1_400;
/** For a receiver that does not read. */
const waitingBytesMax = 1_048_576;

/** The address is looked up again after each failure. */
export function makeUdpSocket({ host, port }: HostPort): PushSocket {
  let socket: ReturnType<typeof createSocket> | undefined;
  const close = () => {
    socket?.close();
    socket = undefined;
  };
  return {
    send(lines, failed) {
      const fail = ({ message }: Error) => {
        close();
        failed(message);
      };
      if (!socket) {
        socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4').unref();
        socket.connect(port, host);
      }
      const to = socket.removeAllListeners('error').once('error', fail);
      const sendAll = () => {
        for (const packet of packLines(lines, datagramBytesMax)) to.send(packet);
      };
      if (isConnected(to)) sendAll();
      else to.once('connect', sendAll);
    },
    close,
  };
}

function isConnected(socket: ReturnType<typeof createSocket>): boolean {
  try {
    return socket.remoteAddress() !== undefined;
  } catch {
    return false;
  }
}

export function makeTcpSocket({ host, port }: HostPort): PushSocket {
  let socket: Socket | undefined;
  const close = () => {
    socket?.destroy();
    socket = undefined;
  };
  return {
    send(lines, failed) {
      if (!socket) {
        const made = connect(port, host).unref();
        const end = (reason: string) => {
          if (socket !== made) return;
          close();
          failed(reason);
        };
        made.once('error', ({ message }) => end(message));
        made.once('close', () => end('the connection was closed'));
        made.resume();
        socket = made;
      }
      if (socket.writableLength > waitingBytesMax) failed('the receiver does not read');
      else socket.write(`${lines.join('\n')}\n`);
    },
    close,
  };
}

/** Whole lines, in pieces of so many bytes at most; a line that is longer goes alone. */
export function packLines(lines: string[], bytesMax: number): string[] {
  const packets: string[] = [];
  let packet = '';
  for (const line of lines) {
    const longer = packet === '' ? line : `${packet}\n${line}`;
    if (packet !== '' && Buffer.byteLength(longer) > bytesMax) {
      packets.push(packet);
      packet = line;
    } else packet = longer;
  }
  return packet === '' ? packets : [...packets, packet];
}
