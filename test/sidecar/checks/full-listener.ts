import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

const listenThenSleep = `
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('node:fs').writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;

/** A connection of the loopback that is not open after this time is not going to be. */
const silenceMs = 200;

/** A port of the loopback that neither accepts nor refuses: its process sleeps and its queue is full. */
export async function fullListener(): Promise<number> {
  const child = spawn(process.execPath, ['-e', listenThenSleep], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [text] = await once(child.stdout, 'data');
  while (await connects(Number(text)));
  return Number(text);
}

async function connects(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  return Promise.race([once(socket, 'connect').then(() => true), delay(silenceMs, false)]);
}
