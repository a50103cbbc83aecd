/**
 * Why the other side ended a TLS handshake, in the words of Go. OpenSSL's own text names its source files and a number of
 * the thread, which differs after each start of the agent.
 *
 * Source: https://www.iana.org/assignments/tls-parameters (TLS Alerts).
 */
const alerts: Record<string, string> = {
  10: 'unexpected message',
  20: 'bad record MAC',
  40: 'handshake failure',
  42: 'bad certificate',
  43: 'unsupported certificate',
  44: 'revoked certificate',
  45: 'expired certificate',
  46: 'unknown certificate',
  47: 'illegal parameter',
  48: 'unknown certificate authority',
  49: 'access denied',
  50: 'error decoding message',
  51: 'error decrypting message',
  70: 'protocol version not supported',
  71: 'insufficient security level',
  80: 'internal error',
  86: 'inappropriate fallback',
  112: 'unrecognized name',
  116: 'certificate required',
  120: 'no application protocol',
};

/** An error of OpenSSL. */
interface TlsError extends Error {
  library?: string;
  /** Its own words, without where in its source that was. */
  reason?: string;
}

/** Undefined for an error that is not of TLS. */
export function describeTlsError({ library, reason, message }: TlsError): string | undefined {
  if (library !== 'SSL routines') return undefined;
  const [, number] = /SSL alert number (\d+)/.exec(message) ?? [];
  if (number !== undefined) return `remote error: tls: ${alerts[number] ?? `alert(${number})`}`;
  return `tls: ${reason ?? message}`;
}
