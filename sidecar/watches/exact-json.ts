/**
 * JSON that is read, looked into and written again without loss, in the form in which Consul's command line writes it: the
 * flags of a key have 64 bits, more than a number of JavaScript can hold, and Go escapes what HTML would read as markup.
 */

/** A text, which is left as it is, or an integer that may be too long. */
const textOrLongInteger = /"(?:[^"\\]|\\.)*"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g;

/** Long integers become texts that begin with a character which no text of the API may hold. */
export function parseExact(text: string): unknown {
  return JSON.parse(
    text.replace(textOrLongInteger, (token) => (token.startsWith('"') ? token : `"\\u0000${token}"`)),
  );
}

/** On one line, or with an indentation. */
export function formatExact(value: unknown, indent?: string): string {
  return JSON.stringify(value, null, indent)
    .replace(/"\\u0000(-?\d+)"/g, '$1')
    .replace(
      /[<>&\u2028\u2029]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
}
