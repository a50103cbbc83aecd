/**
 * Bytes through a compression stream of the platform. That takes whatever it is given and keeps what it makes of it, so
 * piping a large snapshot through one fills the memory: here it is given more only when all that it made was taken.
 */
import { after } from './clock.ts';

/** What is taken at once. */
const takenBytesMax = 256 * 1024;

/** Gives `givenBytes` at once, however they come. @throws what the codec throws about the bytes, or `chunks`. */
export async function* throughCodec(
  codec: CompressionStream | DecompressionStream,
  chunks: AsyncIterable<Uint8Array>,
  givenBytes: number,
): AsyncGenerator<Uint8Array> {
  const writer = codec.writable.getWriter();
  const reader = codec.readable.getReader({ mode: 'byob' });
  const read = () => settledLater(reader.read(new Uint8Array(takenBytesMax)));
  let next = read();
  for await (const chunk of inPortions(chunks, givenBytes)) {
    const taken = settledLater(writer.write(chunk));
    for (;;) {
      const made = await Promise.race([next, taken.then(soon)]);
      // What follows its end is refused by the codec itself.
      if (!made || made.done) break;
      yield made.value;
      next = read();
    }
  }
  const closed = settledLater(writer.close());
  for (let made = await next; !made.done; made = await read()) yield made.value;
  await closed;
}

/** Its failure is heard when it is awaited, however late that is. */
function settledLater<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined);
  return promise;
}

/** When all that can be done at once has been done: nothing more comes out of what went in. */
const soon = () => new Promise<undefined>((resolve) => after(0, () => resolve(undefined)));

async function* inPortions(chunks: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array> {
  let portion = new Uint8Array(bytes);
  let filled = 0;
  for await (const chunk of chunks)
    for (let rest = chunk; rest.byteLength > 0; ) {
      const taken = rest.subarray(0, bytes - filled);
      portion.set(taken, filled);
      filled += taken.byteLength;
      rest = rest.subarray(taken.byteLength);
      if (filled < bytes) continue;
      yield portion;
      portion = new Uint8Array(bytes);
      filled = 0;
    }
  if (filled > 0) yield portion.subarray(0, filled);
}
