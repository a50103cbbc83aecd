/**
 * The configuration with which `workerd serve` runs the edge: the same bundle as on Cloudflare, SQLite in a folder, the
 * token handed over in the environment so that it is never written into a file or shown in a list of processes.
 *
 * Source: https://github.com/cloudflare/workerd/blob/main/src/workerd/server/workerd.capnp.
 */
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
}

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
  sockets = [(name = "http", address = ${text(address)}, http = (), service = "edge")],
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

/** A Cap'n Proto string, whose escapes are C's. */
const text = (value: string) => JSON.stringify(value);
