/** Why Consul takes a text for no UUID. Source: https://pkg.go.dev/github.com/hashicorp/go-uuid#ParseUUID. */
const uuidChars = 36;
const hyphenAt = [8, 13, 18, 23];

/** The fault in the words of go-uuid; undefined for a UUID in either case of letters. */
export function uuidFault(text: string): string | undefined {
  if (text.length !== uuidChars) return 'uuid string is wrong length';
  if (hyphenAt.some((i) => text[i] !== '-')) return 'uuid is improperly formatted';
  const stray = [...text].find((char, i) => !hyphenAt.includes(i) && !/[0-9a-fA-F]/.test(char));
  if (stray === undefined) return undefined;
  const code = stray.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
  return `encoding/hex: invalid byte: U+${code} '${stray}'`;
}
