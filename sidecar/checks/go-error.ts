/**
 * A check's output is read by people and alarms that know Consul's, so an error of the system is told in Go's words
 * where we have the same fact: "connection refused", not "ECONNREFUSED".
 */
import { isIP } from 'node:net';
import type { PeerCertificate } from 'node:tls';
import { getSystemErrorMap } from 'node:util';
import { describeTlsError } from './tls-alert.ts';

interface SystemError extends Error {
  code?: string | undefined;
  errno?: number | string | undefined;
  /** On a certificate for another name. */
  cert?: PeerCertificate;
  host?: string;
}

/** Where libuv's own text is not the one of Linux's `strerror`, which Go shows. */
const texts: Record<string, string> = {
  EADDRNOTAVAIL: 'cannot assign requested address',
  EHOSTUNREACH: 'no route to host',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'server misbehaving',
};

const unknownAuthority = 'x509: certificate signed by unknown authority';

const certificateTexts: Record<string, string> = {
  CERT_HAS_EXPIRED: 'x509: certificate has expired or is not yet valid',
  CERT_NOT_YET_VALID: 'x509: certificate has expired or is not yet valid',
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
};

/** OpenSSL on an answer that is no TLS. */
const notTlsCodes = ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_SSL_WRONG_VERSION_NUMBER'];

export function describeSystemError(error: SystemError): string {
  const known = texts[error.code ?? ''];
  if (known) return known;
  return getSystemErrorMap().get(Number(error.errno))?.[1] ?? error.message;
}

/** Why a connection broke: refused certificates included; an end without an answer is "EOF". */
export function describeConnectionError(error: SystemError): string {
  const certificate = describeCertificateError(error);
  if (certificate) return `tls: failed to verify certificate: ${certificate}`;
  if (error.message === 'socket hang up') return 'EOF';
  const { code = '' } = error;
  if (notTlsCodes.includes(code)) return 'tls: first record does not look like a TLS handshake';
  if (code.startsWith('HPE_'))
    return 'net/http: HTTP/1.x transport connection broken: malformed HTTP response';
  const tls = describeTlsError(error);
  if (tls) return tls;
  return typeof error.errno === 'number' ? `read: ${describeSystemError(error)}` : error.message;
}

function describeCertificateError(error: SystemError): string | undefined {
  if (error.code !== 'ERR_TLS_CERT_ALTNAME_INVALID') return certificateTexts[error.code ?? ''];
  if (isIP(error.host ?? '')) {
    return `x509: cannot validate certificate for ${error.host} because it doesn't contain any IP SANs`;
  }
  const names = (error.cert?.subjectaltname ?? '').replaceAll(/\b(DNS|IP Address):/g, '');
  return `x509: certificate is valid for ${names || 'no names'}, not ${error.host}`;
}

const signalTexts: Partial<Record<NodeJS.Signals, string>> = {
  SIGABRT: 'aborted',
  SIGHUP: 'hangup',
  SIGINT: 'interrupt',
  SIGKILL: 'killed',
  SIGPIPE: 'broken pipe',
  SIGQUIT: 'quit',
  SIGSEGV: 'segmentation fault',
  SIGTERM: 'terminated',
};

/** How a program ended: "exit status 3", "signal: terminated". */
export const describeExit = (code: number | null, signal: NodeJS.Signals | null): string =>
  signal ? `signal: ${signalTexts[signal] ?? signal}` : `exit status ${code}`;
