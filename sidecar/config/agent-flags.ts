/** The flags of `agent`: the table behind parsing and `--help`, and what each says in the terms of a config file. */
import type { ConfigFormat } from './config-file.ts';
import { FlagError, type FlagValues } from './flags.ts';
import type { FileConfig } from './schema.ts';
import { unusedFlags } from './unused-flags.ts';

export const agentFlags = [
  {
    name: 'advertise',
    help: 'The address that others reach this node at. Default: the bind address, or the one private IPv4 address of this host.',
  },
  {
    name: 'advertise-wan',
    help: 'The address for those in other datacenters. Default: the advertise address.',
  },
  {
    name: 'allow-write-http-from',
    type: 'list',
    help: 'A network, like 10.0.0.0/8, that may write through this agent. May be given several times. Default: all.',
  },
  { name: 'alt-domain', help: 'A second DNS domain with the same answers.' },
  { name: 'auto-reload-config', type: 'bool', help: 'Reload when a config file changes.' },
  { name: 'bind', help: 'The address of this host. Default: 0.0.0.0, all of them.' },
  {
    name: 'check_output_max_size',
    type: 'int',
    help: "The most bytes of a check's output that are kept. Default: 4096.",
  },
  {
    name: 'client',
    help: 'Where HTTP and DNS listen: an address, or several separated by spaces. Default: 127.0.0.1.',
  },
  {
    name: 'config-dir',
    type: 'list',
    joins: 'config-file',
    help: 'A directory whose .json and .hcl files are read in alphabetical order. May be given several times.',
  },
  {
    name: 'config-file',
    type: 'list',
    help: 'A .json or .hcl file to read. May be given several times; what later ones say counts more.',
  },
  { name: 'config-format', help: 'Read every config file as "json" or "hcl", whatever its name ends in.' },
  {
    name: 'data-dir',
    help: 'The directory for registrations, the copy of the catalog and the node ID. Required, but in dev mode.',
  },
  { name: 'datacenter', help: 'Which datacenter to join. Default: dc1.' },
  {
    name: 'default-query-time',
    type: 'duration',
    help: 'How long a blocking query waits when it does not say. Default: 300s.',
  },
  {
    name: 'dev',
    type: 'bool',
    help: 'Try it out: agent and edge in one process on 127.0.0.1, nothing kept on disk, the UI on.',
  },
  {
    name: 'disable-host-node-id',
    type: 'bool',
    help: 'Make a random node ID. Default: true; false derives it from the ID of the machine.',
  },
  { name: 'dns-port', type: 'int', help: 'The DNS port, UDP and TCP. Default: 8600.' },
  { name: 'domain', help: 'The DNS domain to answer for. Default: consul.' },
  {
    name: 'enable-local-script-checks',
    type: 'bool',
    help: 'Let checks run programs, if a config file defines them.',
  },
  {
    name: 'enable-script-checks',
    type: 'bool',
    help: 'Let checks run programs, also those registered through the API.',
  },
  {
    name: 'hcl',
    type: 'list',
    help: 'A fragment of configuration in HCL. May be given several times; counts more than files.',
  },
  { name: 'http-port', type: 'int', help: 'The port of the HTTP API. Default: 8500.' },
  { name: 'https-port', type: 'int', help: 'The port of the HTTP API over TLS. Default: -1, not served.' },
  {
    name: 'join',
    type: 'list',
    help: 'The edge to join, as a URL or host[:port]; it must be reached at start. May be given several times.',
  },
  { name: 'log-file', help: 'A file, or a directory ending in "/", to log to besides standard error.' },
  { name: 'log-json', type: 'bool', help: 'Log lines as JSON.' },
  { name: 'log-level', help: 'trace, debug, info, warn or error. Default: info.' },
  { name: 'log-rotate-bytes', type: 'int', help: 'Begin a new log file after this many bytes.' },
  {
    name: 'log-rotate-duration',
    type: 'duration',
    help: 'Begin a new log file after this time. Default: 24h.',
  },
  {
    name: 'log-rotate-max-files',
    type: 'int',
    help: 'How many old log files to keep; 0 keeps all, -1 none.',
  },
  {
    name: 'max-query-time',
    type: 'duration',
    help: 'The longest that a blocking query may wait. Default: 600s.',
  },
  { name: 'node', help: "This node's name, unique in its datacenter. Default: the host's name." },
  { name: 'node-id', help: "This node's UUID. Default: made once and kept in the data directory." },
  {
    name: 'node-meta',
    type: 'meta',
    help: 'Metadata of this node as key:value. May be given several times.',
  },
  { name: 'pid-file', help: 'A file that holds the process ID while the agent runs.' },
  {
    name: 'recursor',
    type: 'list',
    help: 'A name server for what is outside the DNS domain. May be given several times.',
  },
  {
    name: 'retry-interval',
    type: 'duration',
    help: 'What -retry-max counts in. Tries to join are made sooner. Default: 30s.',
  },
  {
    name: 'retry-join',
    type: 'list',
    help: 'The edge to join, as a URL or host[:port]; tried until it is reached. May be given several times.',
  },
  {
    name: 'retry-max',
    type: 'int',
    help: 'After so many retry intervals without an edge or a copy, the agent ends. Default: 0, never.',
  },
  { name: 'server', type: 'bool', help: 'Run a self-hosted edge beside this agent.' },
  { name: 'server-port', type: 'int', help: 'The port of the self-hosted edge. Default: 8300.' },
  {
    name: 'token',
    help: 'The token for requests that bring none of their own, and for the connection to the edge.',
  },
  { name: 'ui', type: 'bool', help: 'Serve the web UI.' },
  { name: 'ui-content-path', help: 'Under which path the web UI is served. Default: /ui/.' },
  { name: 'ui-dir', help: 'Serve this directory instead of the UI that comes with the agent.' },
  ...unusedFlags,
] as const;

export type AgentFlagValues = FlagValues<typeof agentFlags>;

export interface ConfigSources {
  paths: string[];
  /** Undefined: as the name of each file says. */
  format: ConfigFormat | undefined;
}

/** Flags that only say where to find configuration: files and directories in the order of the command line. */
export const configSources = (flags: AgentFlagValues): ConfigSources => ({
  paths: flags['config-file'] ?? [],
  format: readConfigFormat(flags['config-format']),
});

/** Undefined: as the name of each file says. @throws {FlagError} */
export function readConfigFormat(text: string | undefined): ConfigFormat | undefined {
  if (!text) return undefined;
  if (text === 'json' || text === 'hcl') return text;
  throw new FlagError("-config-format must be either 'hcl' or 'json'");
}

/** What the flags say, as a config file would. */
export function agentFlagConfig(flags: AgentFlagValues): FileConfig {
  return present<FileConfig>({
    advertise_addr: flags.advertise,
    advertise_addr_wan: flags['advertise-wan'],
    alt_domain: flags['alt-domain'],
    auto_reload_config: flags['auto-reload-config'],
    bind_addr: flags.bind,
    check_output_max_size: flags.check_output_max_size,
    client_addr: flags.client,
    data_dir: flags['data-dir'],
    datacenter: flags.datacenter,
    default_query_time: flags['default-query-time'],
    disable_host_node_id: flags['disable-host-node-id'],
    domain: flags.domain,
    enable_local_script_checks: flags['enable-local-script-checks'],
    enable_script_checks: flags['enable-script-checks'],
    log_file: flags['log-file'],
    log_json: flags['log-json'],
    log_level: flags['log-level'],
    log_rotate_bytes: flags['log-rotate-bytes'],
    log_rotate_duration: flags['log-rotate-duration'],
    log_rotate_max_files: flags['log-rotate-max-files'],
    max_query_time: flags['max-query-time'],
    node_id: flags['node-id'],
    node_meta: flags['node-meta'],
    node_name: flags.node,
    pid_file: flags['pid-file'],
    recursors: flags.recursor,
    retry_interval: flags['retry-interval'],
    retry_join: flags['retry-join'],
    retry_max: flags['retry-max'],
    server: flags.server,
    start_join: flags.join,
    acl: flags.token === undefined ? undefined : { tokens: { default: flags.token } },
    http_config: present<Group<'http_config'>>({ allow_write_http_from: flags['allow-write-http-from'] }),
    ports: present<Group<'ports'>>({
      dns: flags['dns-port'],
      http: flags['http-port'],
      https: flags['https-port'],
      server: flags['server-port'],
    }),
    ui_config: present<Group<'ui_config'>>({
      enabled: flags.ui,
      dir: flags['ui-dir'],
      content_path: flags['ui-content-path'],
    }),
  });
}

type Group<K extends keyof FileConfig> = NonNullable<FileConfig[K]>;

/** Without the fields that are undefined. */
function present<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
