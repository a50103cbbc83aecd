import { messageBytesMax } from './wire/format.ts';

const blockBytes = 4 * messageBytesMax;

/**
 * Memory for replies. Each reply is a part of its own of a large block, so it stays as it is for as long as a socket
 * needs it, and a reply costs no allocation of its own; a block is left to the garbage collector when it is used up.
 */
export class ReplyArena {
  #block = new Uint8Array(0);
  #used = 0;

  /** Room for one message, until {@link take}. */
  room(): Uint8Array {
    if (this.#block.length - this.#used < messageBytesMax) {
      this.#block = new Uint8Array(blockBytes);
      this.#used = 0;
    }
    return this.#block.subarray(this.#used);
  }

  /** The first `length` bytes of the room given last. */
  take(length: number): Uint8Array {
    const reply = this.#block.subarray(this.#used, this.#used + length);
    this.#used += length;
    return reply;
  }
}
