/** A UDP socket that sends the packet given as its argument (base64) to whoever asks, under the ID of the question. */
import { createSocket } from 'node:dgram';

const answer = Buffer.from(process.argv[2]!, 'base64');
const socket = createSocket('udp4');
socket.on('message', (question, client) => {
  const reply = Buffer.from(answer);
  reply[0] = question[0]!;
  reply[1] = question[1]!;
  socket.send(reply, client.port, client.address);
});
socket.bind(0, '127.0.0.1', () => process.stdout.write(`${socket.address().port}\n`));
