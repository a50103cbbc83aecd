/** Session IDs, refused as Consul's index of them refuses what is no UUID. */
import { ApiError } from '../shared/api-error.ts';

const uuidChars = 36;
const dashesMax = 4;

/** @throws {ApiError} 500 in Consul's words. */
export function checkSessionId(id: string): void {
  if (id === '') throw new ApiError(500, 'missing session');
  const fault = uuidFault(id);
  if (fault) throw new ApiError(500, `failed session lookup: index error: ${fault}`);
}

/** Why an index of IDs takes a text for none of them; undefined for a UUID. */
export function uuidFault(id: string): string | undefined {
  if (id.length !== uuidChars) return `UUID must be ${uuidChars} characters`;
  const dashes = id.split('-').length - 1;
  if (dashes > dashesMax) return `UUID should have maximum of ${dashesMax} "-"; got ${dashes}`;
  const bad = /[^0-9a-f-]/i.exec(id)?.[0];
  if (bad === undefined) return undefined;
  const code = bad.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  return `Invalid UUID: encoding/hex: invalid byte: U+${code} '${bad}'`;
}
