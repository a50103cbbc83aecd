/** The length of a text in UTF-8. A lone surrogate counts as the replacement character it will become. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (const char of text) {
    const code = char.codePointAt(0)!;
    if (code > 0x7f) bytes += code > 0x7ff ? 2 : 1;
  }
  return bytes;
}
