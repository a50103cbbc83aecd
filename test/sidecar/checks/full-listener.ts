import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';

const listenThenSleep = `
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('node:fs').writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;

/** More than the kernel queues for a listener that accepts nothing. */
const queuedConnections = 8;

/** A port of the loopback that neither accepts nor refuses: its process sleeps and its queue is full. */
export async function fullListener(): Promise<number> {
  const child = spawn(process.execPath, ['-e', listenThenSleep], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [text] = await once(child.stdout, 'data');
  const port = Number(text);
  for (let i = 0; i < queuedConnections; i++) {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
  }
  return port;
}
