import { TailBuffer } from './output.ts';

const frameHeaderBytes = 8;

/**
 * The output of a command in a container, as Docker frames it: for each piece a byte that tells the stream, three of
 * padding and four of length (big endian), then the piece. Frames may be cut anywhere by the connection.
 *
 * Source: https://docs.docker.com/reference/api/engine/ (Attach to a container, Stream format).
 */
export class DockerOutput {
  readonly tail: TailBuffer;
  #header = Buffer.alloc(0);
  #pieceBytesLeft = 0;

  constructor(bytesMax: number) {
    this.tail = new TailBuffer(bytesMax);
  }

  write(chunk: Uint8Array): void {
    let rest = chunk;
    while (rest.length > 0) rest = this.#pieceBytesLeft > 0 ? this.#takePiece(rest) : this.#takeHeader(rest);
  }

  #takePiece(chunk: Uint8Array): Uint8Array {
    const piece = chunk.subarray(0, this.#pieceBytesLeft);
    this.tail.write(piece);
    this.#pieceBytesLeft -= piece.length;
    return chunk.subarray(piece.length);
  }

  #takeHeader(chunk: Uint8Array): Uint8Array {
    const missing = frameHeaderBytes - this.#header.length;
    this.#header = Buffer.concat([this.#header, chunk.subarray(0, missing)]);
    if (this.#header.length === frameHeaderBytes) {
      this.#pieceBytesLeft = this.#header.readUInt32BE(4);
      this.#header = Buffer.alloc(0);
    }
    return chunk.subarray(missing);
  }
}
