import type { ApiError } from '../shared/api-error.ts';

/** Standard base64 with its padding; line breaks are skipped, as Go does. @throws what `refuse` makes of Go's words. */
export function decodeBase64(text: string, refuse: (why: string) => ApiError): Uint8Array {
  const encoded = text.replace(/[\r\n]/g, '');
  const bad = /[^A-Za-z0-9+/=]|=(?=[^=])/.exec(encoded)?.index;
  // Go names the start of a group of four that is not whole.
  const partial = encoded.length - (encoded.length % 4);
  if (bad !== undefined) throw fault(bad);
  if (partial < encoded.length) throw fault(partial);
  try {
    return Uint8Array.fromBase64(encoded);
  } catch {
    throw fault(encoded.indexOf('='));
  }

  function fault(at: number): ApiError {
    return refuse(`illegal base64 data at input byte ${at}`);
  }
}
