/** Limits that Consul has not: a catalog in one object must not be filled by one registration. */
import { nameCharsMax, tagsMax } from '../limits.ts';

/** Why something is too large, with its size and the limit. `names` are names and IDs by what they are called. */
export function sizeFault(
  names: Record<string, string | undefined>,
  tags: readonly string[] = [],
): string | undefined {
  for (const [what, name = ''] of Object.entries(names)) {
    if (name.length > nameCharsMax)
      return `${what} is too long: ${name.length} characters (limit: ${nameCharsMax})`;
  }
  return tags.length > tagsMax ? `Too many tags: ${tags.length} (limit: ${tagsMax})` : undefined;
}
