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
    const json = text.slice(0, scanJson(text, jsonDepthMax));
    return halfSurrogate.test(json) ? JSON.parse(json, wellFormed) : JSON.parse(json);
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw decodeFailed(error.message);
    throw error;
  }
}

/** An escape that may be half of a character. */
const halfSurrogate = /\\u[dD][89a-fA-F]/;

/** Like Go: what is no Unicode becomes U+FFFD, for it could not be told apart once it is stored. */
const wellFormed = (_key: string, value: unknown) =>
  typeof value === 'string' ? value.toWellFormed() : value;

/** What every fault of a body is answered with. */
export const decodeFailed = (why: string) => new ApiError(400, `Request decode failed: ${why}`);

function checkSize(text: string): void {
  const bytes = utf8Bytes(text);
  if (bytes > registrationBytesMax) throw bodyTooLarge(bytes, registrationBytesMax);
}

export const bodyTooLarge = (bytes: number, bytesMax: number) =>
  new ApiError(413, `Request body(${bytes} bytes) too large, max size: ${bytesMax} bytes.`);
