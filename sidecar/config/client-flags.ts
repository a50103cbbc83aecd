/** The flags that every command which talks to an agent has, and the environment variables that stand in for them. */
import { readFileSync } from 'node:fs';
import { type Flag, FlagError, type FlagValues } from './flags.ts';
import { openFault } from './open-fault.ts';

export const clientFlags = [
  { name: 'ca-file', help: 'A PEM file with the certificate authority of the agent. Also: CONSUL_CACERT.' },
  { name: 'ca-path', help: 'A directory of such PEM files. Also: CONSUL_CAPATH.' },
  {
    name: 'client-cert',
    help: 'A PEM file with a certificate to show to the agent. Also: CONSUL_CLIENT_CERT.',
  },
  { name: 'client-key', help: "A PEM file with that certificate's key. Also: CONSUL_CLIENT_KEY." },
  { name: 'datacenter', help: 'The datacenter to ask. Default: that of the agent.' },
  {
    name: 'http-addr',
    help:
      'Where the agent or the edge is: host:port, a URL, or unix:///path. Also: CONSUL_HTTP_ADDR. ' +
      'Default: http://127.0.0.1:8500.',
  },
  { name: 'namespace', help: 'Accepted for scripts written for Consul Enterprise. Also: CONSUL_NAMESPACE.' },
  { name: 'partition', help: 'Accepted for scripts written for Consul Enterprise. Also: CONSUL_PARTITION.' },
  { name: 'stale', type: 'bool', help: 'Let the agent answer from its own copy of the catalog.' },
  {
    name: 'tls-server-name',
    help: "The name to expect in the agent's certificate. Also: CONSUL_TLS_SERVER_NAME.",
  },
  {
    name: 'token',
    help: 'The token to send. Also: CONSUL_HTTP_TOKEN. Default: none, so that the agent uses its own.',
  },
  { name: 'token-file', help: 'A file that holds the token. Also: CONSUL_HTTP_TOKEN_FILE.' },
] as const satisfies readonly Flag[];

export type ClientFlagValues = FlagValues<typeof clientFlags>;

export interface ClientConfig {
  /** A URL without a trailing slash, or the path of a Unix socket. */
  address: { url: string } | { socketPath: string };
  token: string;
  /** "user:password" for basic authentication in front of the agent, or "". */
  basicAuth: string;
  /** "": the agent's own. */
  datacenter: string;
  namespace: string;
  partition: string;
  stale: boolean;
  /** Paths of PEM files, or "". */
  tls: {
    caFile: string;
    caPath: string;
    certFile: string;
    keyFile: string;
    serverName: string;
    verify: boolean;
  };
}

type Environment = Record<string, string | undefined>;

const addressDefault = '127.0.0.1:8500';

/** Flags count more than the environment. @throws {FlagError} */
export function resolveClientConfig(flags: ClientFlagValues, environment: Environment): ClientConfig {
  return {
    address: parseHttpAddress(
      flags['http-addr'] || environment.CONSUL_HTTP_ADDR || addressDefault,
      isTrue(environment, 'CONSUL_HTTP_SSL', false),
    ),
    token: resolveToken(flags, environment),
    basicAuth: withPassword(environment.CONSUL_HTTP_AUTH ?? ''),
    datacenter: flags.datacenter ?? '',
    namespace: flags.namespace ?? environment.CONSUL_NAMESPACE ?? '',
    partition: flags.partition ?? environment.CONSUL_PARTITION ?? '',
    stale: flags.stale ?? false,
    tls: {
      caFile: flags['ca-file'] ?? environment.CONSUL_CACERT ?? '',
      caPath: flags['ca-path'] ?? environment.CONSUL_CAPATH ?? '',
      certFile: flags['client-cert'] ?? environment.CONSUL_CLIENT_CERT ?? '',
      keyFile: flags['client-key'] ?? environment.CONSUL_CLIENT_KEY ?? '',
      serverName: flags['tls-server-name'] ?? environment.CONSUL_TLS_SERVER_NAME ?? '',
      verify: isTrue(environment, 'CONSUL_HTTP_SSL_VERIFY', true),
    },
  };
}

/** `host:port` is plain HTTP, or HTTPS if the environment asks for it. */
function parseHttpAddress(text: string, useTls: boolean): ClientConfig['address'] {
  const [, scheme, rest = ''] = /^(?:([a-z0-9+.-]+):\/\/)?(.*)$/i.exec(text) ?? [];
  if (scheme === 'unix') return { socketPath: rest };
  if (scheme && scheme !== 'http' && scheme !== 'https') {
    throw new FlagError(`invalid address ${JSON.stringify(text)}: Unknown protocol scheme: ${scheme}`);
  }
  const url = `${useTls ? 'https' : (scheme ?? 'http')}://${rest}`;
  if (!URL.canParse(url))
    throw new FlagError(`invalid address ${JSON.stringify(text)}: expected host:port or a URL`);
  const { origin, pathname } = new URL(url);
  return { url: origin + pathname.replace(/\/+$/, '') };
}

/** A user name alone has an empty password, as in Consul. */
const withPassword = (user: string): string => (user === '' || user.includes(':') ? user : `${user}:`);

/** A file counts more than a token, a flag more than the environment. */
function resolveToken(flags: ClientFlagValues, environment: Environment): string {
  if (flags['token-file']) return readToken(flags['token-file']);
  if (flags.token) return flags.token;
  if (environment.CONSUL_HTTP_TOKEN_FILE) return readToken(environment.CONSUL_HTTP_TOKEN_FILE);
  return environment.CONSUL_HTTP_TOKEN ?? '';
}

function readToken(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new FlagError(`Error loading token file: ${openFault(path, error)}`);
  }
}

function isTrue(environment: Environment, name: string, otherwise: boolean): boolean {
  const text = environment[name];
  if (!text) return otherwise;
  if (/^(1|t|true)$/i.test(text)) return true;
  if (/^(0|f|false)$/i.test(text)) return false;
  throw new FlagError(`could not parse ${name}: invalid boolean value ${JSON.stringify(text)}`);
}
