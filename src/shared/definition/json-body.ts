/** Request bodies: text to value, with Consul's answers when the text is no JSON or too much of it. */
import { ApiError } from '../api-error.ts';
import { jsonDepthMax, registrationBytesMax } from '../limits.ts';
import { utf8Bytes } from '../utf8-bytes.ts';
import { JsonSyntaxError, scanJson } from './json-scan.ts';

/**
 * The first JSON value of a body; like Consul, text after it is ignored.
 *
 * @throws {ApiError} 400 "Request decode failed: …" in Go's words; 413 above {@link registrationBytesMax}.
 */
export function decodeJsonBody(text: string): unknown {
  checkSize(text);
  try {
    return JSON.parse(text.slice(0, scanJson(text, jsonDepthMax)));
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw decodeFailed(error.message);
    throw error;
  }
}

/** What every fault of a body is answered with. */
export const decodeFailed = (why: string) => new ApiError(400, `Request decode failed: ${why}`);

function checkSize(text: string): void {
  const bytes = utf8Bytes(text);
  if (bytes > registrationBytesMax) throw bodyTooLarge(bytes, registrationBytesMax);
}

export const bodyTooLarge = (bytes: number, bytesMax: number) =>
  new ApiError(413, `Request body(${bytes} bytes) too large, max size: ${bytesMax} bytes.`);
