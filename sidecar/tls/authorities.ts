/**
 * Whose certificates this host believes when it connects to others. Authorities that were named are the only ones: a
 * certificate of any other is refused. Without any, those of the system count, as in Go, so that what a company installs on
 * its machines is enough.
 *
 * Source: https://pkg.go.dev/crypto/x509#SystemCertPool.
 */
import { existsSync, readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { readAuthorityFile, readAuthorityFolder } from './pem-files.ts';

type Environment = Record<string, string | undefined>;

export interface Authorities {
  certificates: readonly string[];
  /** Where they were named, for whoever must find out why one is not believed. */
  from: string;
}

/** Where Linux distributions, and then others, keep the authorities of the system. */
const systemFiles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** A file counts more than a folder, as in Consul. @throws naming what cannot be read. */
export function readAuthorities(
  named: { caFile: string; caPath: string },
  environment: Environment,
): Authorities {
  if (named.caFile !== '') return { certificates: readAuthorityFile(named.caFile), from: named.caFile };
  if (named.caPath !== '') return { certificates: readAuthorityFolder(named.caPath), from: named.caPath };
  return readSystemAuthorities(environment);
}

/** @throws naming what of the environment cannot be read. */
export function readSystemAuthorities(environment: Environment): Authorities {
  const {
    SSL_CERT_FILE: file = '',
    SSL_CERT_DIR: folders = '',
    NODE_EXTRA_CA_CERTS: extra = '',
  } = environment;
  const paths = [file, ...folders.split(':')].filter((path) => path !== '');
  if (paths.length > 0) {
    const certificates = [
      ...(file === '' ? [] : readAuthorityFile(file)),
      ...folders
        .split(':')
        .filter((path) => path !== '')
        .flatMap(readAuthorityFolder),
    ];
    return { certificates, from: `${paths.join(', ')} (SSL_CERT_FILE, SSL_CERT_DIR)` };
  }
  const system = systemFiles.find((path) => existsSync(path));
  const certificates = [
    ...(system === undefined ? rootCertificates : [readFileSync(system, 'utf8')]),
    ...(extra === '' ? [] : readAuthorityFile(extra)),
  ];
  return { certificates, from: system ?? 'those that come with Node.js' };
}
