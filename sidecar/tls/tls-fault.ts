/** Why a connection over TLS did not come about, and what to do, in place of OpenSSL's words. */

export interface TlsPeer {
  /** host:port, as it was asked for. */
  place: string;
  /** The name that its certificate has to have. */
  name: string;
  /** Where the authorities come from that are believed. */
  trustedFrom: string;
  /** Whether this side has a certificate to show. */
  hasCertificate: boolean;
}

const untrusted = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
]);

/** Undefined for what has nothing to do with certificates. */
export function describeTlsFault(error: Error, peer: TlsPeer): string | undefined {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const { place, name, trustedFrom } = peer;
  if (untrusted.has(code))
    return `the certificate of ${place} comes from no authority that is believed here (${trustedFrom}): name its authority with ca_file`;
  if (code === 'CERT_HAS_EXPIRED') return `the certificate of ${place}, or of its authority, has expired`;
  if (code === 'CERT_NOT_YET_VALID')
    return `the certificate of ${place} is not valid yet: is the clock of this host right?`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `the certificate of ${place} is not for ${name}${namesOf(error)}: is this the right address, or is its name another one (tls_server_name)?`;
  // Node.js gives some of OpenSSL's faults a code of their own, and others not.
  if (/:(?:wrong version number|packet length too long|http request):/.test(message))
    return `${place} does not speak TLS: should its address begin with http://?`;
  const alert = /\balert ([a-z ]+):/.exec(message)?.[1];
  return alert === undefined ? undefined : describeAlert(alert, peer);
}

/** What the other side said of us. */
function describeAlert(alert: string, { place, hasCertificate }: TlsPeer): string {
  if (alert === 'certificate required' || (alert === 'handshake failure' && !hasCertificate))
    return `${place} wants a certificate of this host (${alert}): set cert_file and key_file`;
  return /certificate|unknown ca/.test(alert)
    ? `${place} does not accept the certificate of this host (${alert}): see cert_file`
    : `${place} ends the TLS handshake (${alert})`;
}

function namesOf(error: Error): string {
  const { cert } = error as Error & { cert?: { subjectaltname?: string } };
  return cert?.subjectaltname ? ` but for ${cert.subjectaltname}` : '';
}
