/**
 * When a change is seen in the DNS of hosts. Each is asked at once, and again a while after each answer that does not show
 * the change yet; the answer that shows it is the observation. So what is measured is never less than the truth, and at most
 * a pause and an answer more.
 */
import { createSocket } from 'node:dgram';
import { encodeAsked } from '../../dns-message.ts';

interface Watched {
  name: string;
  /** Whether the name is to have an answer, or none. */
  isWanted: boolean;
  ports: number[];
  seenAtMs: Map<number, number>;
  done: () => void;
}

const pauseMs = 2;
const timeoutMs = 20_000;

export class Observer {
  readonly #socket = createSocket('udp4');
  readonly #lostAfterMs: number;
  #watched: Watched | undefined;
  #id = 0;

  /** A question without an answer by then is asked again. */
  constructor(lostAfterMs = 250) {
    this.#lostAfterMs = lostAfterMs;
    this.#socket.on('message', (reply, { port }) => this.#heard(reply, port));
  }

  /** The instant, by `performance.now()`, at which each DNS server first answered so. @throws when one never does. */
  async until(name: string, isWanted: boolean, ports: number[]): Promise<number[]> {
    this.#id = (this.#id + 1) & 0xffff;
    const seenAtMs = new Map<number, number>();
    let timeout: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      timeout = setTimeout(() => {
        const blind = ports.filter((port) => !seenAtMs.has(port));
        reject(new Error(`${name} not seen within ${timeoutMs} ms at ports ${blind.join(', ')}`));
      }, timeoutMs);
      this.#watched = { name, isWanted, ports, seenAtMs, done: resolve };
      for (const port of ports) this.#ask(port, this.#watched);
    });
    clearTimeout(timeout);
    this.#watched = undefined;
    return [...seenAtMs.values()];
  }

  stop(): void {
    this.#socket.close();
  }

  #ask(port: number, watched: Watched): void {
    if (this.#watched !== watched || watched.seenAtMs.has(port)) return;
    this.#socket.send(encodeAsked({ name: watched.name, id: this.#id }), port, '127.0.0.1');
    setTimeout(() => this.#ask(port, watched), this.#lostAfterMs).unref();
  }

  #heard(reply: Buffer, port: number): void {
    const watched = this.#watched;
    if (!watched || reply.readUInt16BE(0) !== this.#id || watched.seenAtMs.has(port)) return;
    const answers = reply.readUInt16BE(6);
    if (answers > 0 !== watched.isWanted) {
      setTimeout(() => this.#ask(port, watched), pauseMs);
      return;
    }
    watched.seenAtMs.set(port, performance.now());
    if (watched.seenAtMs.size === watched.ports.length) watched.done();
  }
}
