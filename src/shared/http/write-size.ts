/** What a write that is too long is told, by the edge of its own limits and by an agent of those in its configuration. */
import { ApiError } from '../api-error.ts';

const tooLarge = (setting: string) => (bytes: number, bytesMax: number) =>
  new ApiError(
    413,
    `Request body(${bytes} bytes) too large, max size: ${bytesMax} bytes. ` +
      `See https://www.consul.io/docs/agent/options.html#${setting}.`,
  );

export const kvValueTooLarge = tooLarge('kv_max_value_size');
export const txnTooLarge = tooLarge('txn_max_req_len');
