/** An answer to what never became a request: written to the socket itself, which then ends. */
import type { Duplex } from 'node:stream';

export function refuseSocket(socket: Duplex, status: string, body: string): void {
  socket.on('error', () => socket.destroy());
  // What the client sent is read, for a reset would take the answer along.
  socket.resume();
  const head = [
    `HTTP/1.1 ${status}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
