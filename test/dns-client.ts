import { createSocket } from 'node:dgram';
import { connect } from 'node:net';

/** Asks over UDP; rejects when nothing comes within 2 s. */
export function askUdp(port: number, packet: Uint8Array): Promise<Uint8Array> {
  const socket = createSocket('udp4');
  const reply = new Promise<Uint8Array>((resolve, reject) => {
    socket.on('message', resolve).on('error', reject);
    socket.send(packet, port, '127.0.0.1');
    setTimeout(() => reject(new Error('no reply over UDP')), 2000).unref();
  });
  return reply.finally(() => socket.close());
}

/** Asks all questions on one connection at once; the replies as they come. */
export function askTcp(port: number, ...packets: Uint8Array[]): Promise<Uint8Array[]> {
  const socket = connect(port, '127.0.0.1');
  const framed = packets.map((packet) => Buffer.from([packet.length >> 8, packet.length & 255, ...packet]));
  socket.write(Buffer.concat(framed));
  const replies: Uint8Array[] = [];
  let received = Buffer.alloc(0);
  const all = new Promise<Uint8Array[]>((resolve, reject) => {
    socket.on('error', reject).on('close', () => reject(new Error(`closed after ${replies.length} replies`)));
    socket.setTimeout(2000, () => reject(new Error(`no reply over TCP after ${replies.length}`)));
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        replies.push(received.subarray(2, end));
        received = received.subarray(end);
      }
      if (replies.length === packets.length) resolve(replies);
    });
  });
  return all.finally(() => socket.destroy());
}
