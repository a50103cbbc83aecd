/** Request bodies that are not held beyond their limit, whether or not a header tells how long they are. */
import type { ApiError } from '../api-error.ts';

/** @throws what `tooLarge` makes of the bytes that were announced, or were read when it became too many. */
export async function boundedBody(
  request: Request,
  bytesMax: number,
  tooLarge: (bytes: number) => ApiError,
): Promise<Uint8Array> {
  const announced = request.headers.get('Content-Length');
  if (announced === null) return await readChunks(request, bytesMax, tooLarge);
  if (Number(announced) > bytesMax) throw tooLarge(Number(announced));
  return new Uint8Array(await request.arrayBuffer());
}

async function readChunks(
  request: Request,
  bytesMax: number,
  tooLarge: (bytes: number) => ApiError,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) throw tooLarge(bytes);
    chunks.push(chunk);
  }
  return joined(chunks, bytes);
}

function joined(chunks: Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

/** A body that is text. */
export const boundedText = async (...args: Parameters<typeof boundedBody>): Promise<string> =>
  new TextDecoder().decode(await boundedBody(...args));
