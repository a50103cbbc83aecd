/**
 * TLS of the connection to the edge and of `ports.https`: the flat keys of older files are the defaults of `tls.defaults`,
 * and these those of the others.
 */
import type { SecureVersion } from 'node:tls';
import type { AgentConfig, TlsConfig } from './agent-config.ts';
import type { FileConfig } from './schema.ts';

type Refuse = (fault: string) => void;

/** The names of newer files, then those of older ones. */
const versions: Record<string, SecureVersion> = {
  TLS_AUTO: 'TLSv1.2',
  TLSv1_0: 'TLSv1',
  TLSv1_1: 'TLSv1.1',
  TLSv1_2: 'TLSv1.2',
  TLSv1_3: 'TLSv1.3',
  tls10: 'TLSv1',
  tls11: 'TLSv1.1',
  tls12: 'TLSv1.2',
  tls13: 'TLSv1.3',
};

/** Go's names of suites of TLS 1.2 and below, and OpenSSL's. */
const suites: Record<string, string> = {
  TLS_RSA_WITH_AES_128_CBC_SHA: 'AES128-SHA',
  TLS_RSA_WITH_AES_256_CBC_SHA: 'AES256-SHA',
  TLS_RSA_WITH_AES_128_CBC_SHA256: 'AES128-SHA256',
  TLS_RSA_WITH_AES_128_GCM_SHA256: 'AES128-GCM-SHA256',
  TLS_RSA_WITH_AES_256_GCM_SHA384: 'AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256: 'ECDHE-ECDSA-AES128-SHA256',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256: 'ECDHE-RSA-AES128-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
};

/** As in Go, those of TLS 1.3 are not chosen among. */
const suites13 = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256';

type Side = Pick<
  FileConfig,
  | 'ca_file'
  | 'ca_path'
  | 'cert_file'
  | 'key_file'
  | 'verify_incoming'
  | 'tls_min_version'
  | 'tls_cipher_suites'
>;

export function resolveTls(written: FileConfig, refuse: Refuse): AgentConfig['tls'] {
  const { tls = {}, edge = {}, datacenter = 'dc1', domain = 'consul' } = written;
  const defaults = { ...written, ...tls.defaults };
  const rpc = { ...defaults, ...tls.internal_rpc };
  const https = { ...defaults, ...tls.https };
  const verifyIncoming =
    tls.https?.verify_incoming ?? written.verify_incoming_https ?? https.verify_incoming ?? false;
  if (verifyIncoming && !https.ca_file && !https.ca_path)
    refuse('VerifyIncoming set but no CA certificates were provided: set tls.https.ca_file');
  if ((written.ports?.https ?? -1) > 0 && !https.cert_file)
    refuse(
      `ports.https is ${written.ports?.https}, and there is no certificate for it: set tls.https.cert_file and key_file`,
    );
  const verifyIncomingRpc =
    tls.internal_rpc?.verify_incoming ?? written.verify_incoming_rpc ?? rpc.verify_incoming ?? false;
  if (verifyIncomingRpc && !rpc.ca_file && !rpc.ca_path && rpc.cert_file)
    refuse('VerifyIncoming set but no CA certificates were provided: set tls.internal_rpc.ca_file');
  const consulName = rpc.verify_server_hostname
    ? `server.${datacenter.toLowerCase()}.${domain.toLowerCase().replace(/^\.+|\.+$/g, '') || 'consul'}`
    : '';
  return {
    edge: {
      ...resolveSide(rpc, 'internal_rpc', refuse),
      serverName: edge.tls_server_name || consulName,
      verifyIncoming: verifyIncomingRpc,
      isServed: Boolean(rpc.cert_file) && (verifyIncomingRpc || (rpc.verify_outgoing ?? false)),
    },
    https: { ...resolveSide(https, 'https', refuse), verifyIncoming },
  };
}

function resolveSide(side: Side, name: string, refuse: Refuse): TlsConfig {
  const { cert_file: certFile = '', key_file: keyFile = '' } = side;
  if ((certFile === '') !== (keyFile === ''))
    refuse(`tls.${name}: cert_file and key_file belong together, and only one of them is set`);
  return {
    caFile: side.ca_file ?? '',
    caPath: side.ca_path ?? '',
    certFile,
    keyFile,
    minVersion: resolveVersion(side.tls_min_version || 'TLS_AUTO', name, refuse),
    ciphers: resolveCiphers(side.tls_cipher_suites ?? '', name, refuse),
  };
}

function resolveVersion(name: string, side: string, refuse: Refuse): SecureVersion {
  const version = Object.hasOwn(versions, name) ? versions[name] : undefined;
  if (!version)
    refuse(
      `tls.${side}: tls_min_version ${JSON.stringify(name)} is not one of ${Object.keys(versions).join(', ')}`,
    );
  return version ?? 'TLSv1.2';
}

function resolveCiphers(text: string, side: string, refuse: Refuse): string {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const unknown = names.filter((name) => !Object.hasOwn(suites, name));
  if (unknown.length > 0) refuse(`tls.${side}: unsupported tls_cipher_suites: ${unknown.join(', ')}`);
  return names.length === 0 ? '' : [suites13, ...names.map((name) => suites[name])].join(':');
}
