/** The limits on metadata of nodes and services, with Consul's texts. */
import { metaKeyCharsMax, metaPairsMax, metaValueCharsMax } from '../limits.ts';

const reservedPrefix = 'consul-';

/** Why this metadata is refused; undefined if it is valid. */
export function metadataFault(meta: Record<string, string>): string | undefined {
  const pairs = Object.entries(meta);
  if (pairs.length > metaPairsMax)
    return `Node metadata cannot contain more than ${metaPairsMax} key/value pairs`;
  for (const [key, value] of pairs) {
    const fault = pairFault(key, value);
    if (fault) return `Couldn't load metadata pair ('${key}', '${value}'): ${fault}`;
  }
  return undefined;
}

function pairFault(key: string, value: string): string | undefined {
  if (key === '') return 'Key cannot be blank';
  if (!/^[A-Za-z0-9_-]*$/.test(key)) return 'Key contains invalid characters';
  if (key.length > metaKeyCharsMax) return `Key is too long (limit: ${metaKeyCharsMax} characters)`;
  if (key.startsWith(reservedPrefix)) return `Key prefix '${reservedPrefix}' is reserved for internal use`;
  if (value.length > metaValueCharsMax) return `Value is too long (limit: ${metaValueCharsMax} characters)`;
  return undefined;
}
