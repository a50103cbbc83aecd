/**
 * The configuration with which `workerd serve` runs the edge: the same bundle as on Cloudflare, SQLite in a folder, the
 * token handed over in the environment so that it is never written into a file or shown in a list of processes.
 *
 * Source: https://github.com/cloudflare/workerd/blob/main/src/workerd/server/workerd.capnp.
 */
import type { SecureVersion } from 'node:tls';

export interface WorkerdSettings {
  /** Relative to the configuration file: an embedded file cannot be named otherwise. */
  bundle: string;
  storageDir: string;
  host: string;
  port: number;
  datacenter: string;
  advertise: string;
  compatibilityDate: string;
  compatibilityFlags: string[];
  /** Serve without a token, on loopback only. */
  open: boolean;
  /** Undefined: HTTP in the clear. */
  tls: EdgeTlsFiles | undefined;
}

/** Relative to the configuration file, too. */
export interface EdgeTlsFiles {
  certificate: string;
  key: string;
  /** Whose certificates clients have to show; none: clients show nothing. */
  authorities: string[];
  minVersion: SecureVersion;
}

const tlsVersions: Record<SecureVersion, string> = {
  TLSv1: 'tls1Dot0',
  'TLSv1.1': 'tls1Dot1',
  'TLSv1.2': 'tls1Dot2',
  'TLSv1.3': 'tls1Dot3',
};

/** The environment variable that carries the token into workerd. */
export const tokenVariable = 'ROLLCALL_TOKEN';

/** Storage on disk is found again by these; changing one would hide the data of every self-hosted edge. */
const uniqueKeys = { Datacenter: 'rollcall-datacenter', Directory: 'rollcall-directory' };

export function workerdConfig(settings: WorkerdSettings): string {
  const address = `${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${settings.port}`;
  const bindings = [
    `(name = "DATACENTER", text = ${text(settings.datacenter)})`,
    `(name = "ROLLCALL_ADVERTISE", text = ${text(settings.advertise)})`,
    settings.open
      ? '(name = "ROLLCALL_OPEN", text = "loopback")'
      : `(name = "ROLLCALL_TOKEN", fromEnvironment = ${text(tokenVariable)})`,
    '(name = "DATACENTERS", durableObjectNamespace = "Datacenter")',
    '(name = "DIRECTORY", durableObjectNamespace = "Directory")',
  ];
  const namespaces = Object.entries(uniqueKeys).map(
    ([className, key]) => `(className = "${className}", uniqueKey = "${key}", enableSql = true)`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "edge", worker = .edge),
    (name = "storage", disk = (path = ${text(settings.storageDir)}, writable = true)),
  ],
  sockets = [(name = "http", address = ${text(address)}, ${protocol(settings.tls)}, service = "edge")],
);

const edge :Workerd.Worker = (
  modules = [(name = "edge.js", esModule = embed ${text(settings.bundle)})],
  compatibilityDate = ${text(settings.compatibilityDate)},
  compatibilityFlags = [${settings.compatibilityFlags.map(text).join(', ')}],
  bindings = [
    ${bindings.join(',\n    ')},
  ],
  durableObjectNamespaces = [
    ${namespaces.join(',\n    ')},
  ],
  durableObjectStorage = (localDisk = "storage"),
);
`;
}

function protocol(tls: EdgeTlsFiles | undefined): string {
  if (!tls) return 'http = ()';
  const { certificate, key, authorities, minVersion } = tls;
  const keypair = `keypair = (privateKey = embed ${text(key)}, certificateChain = embed ${text(certificate)})`;
  const trusted = authorities.map((file) => `embed ${text(file)}`).join(', ');
  const clients = trusted === '' ? '' : `, requireClientCerts = true, trustedCertificates = [${trusted}]`;
  return `https = (options = (), tlsOptions = (${keypair}${clients}, minVersion = ${tlsVersions[minVersion]}))`;
}

/** A Cap'n Proto string, whose escapes are C's. */
const text = (value: string) => JSON.stringify(value);
