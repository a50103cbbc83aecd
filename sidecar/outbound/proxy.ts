/**
 * Which proxy, if any, a connection goes through: the one that the configuration names, or that of the environment, by the
 * rules of Go, which programs written for Consul are used to. Nothing on this host is ever asked for through the
 * environment's proxy.
 *
 * Source: https://pkg.go.dev/golang.org/x/net/http/httpproxy. `ALL_PROXY` and the order of the rest: curl.
 */
import { exemptions } from './exemptions.ts';

export interface HttpProxy {
  secure: boolean;
  hostname: string;
  port: number;
  /** `user:password`, or "". A secret. */
  credentials: string;
  /** Its URL without the credentials, for messages. */
  shown: string;
}

type Environment = Record<string, string | undefined>;

/** In place of a proxy: none, whatever the environment says. */
export const noProxy = 'direct';

/**
 * @param configured a proxy's URL, "direct", or "" to leave it to the environment.
 * @returns undefined for a direct connection.
 * @throws naming the setting, never its credentials, for what is no proxy that can be used.
 */
export function selectProxy(url: URL, configured: string, environment: Environment): HttpProxy | undefined {
  if (configured === noProxy) return undefined;
  if (configured !== '') return parseProxy('edge.proxy', configured);
  const names = url.protocol === 'https:' ? ['HTTPS_PROXY', 'ALL_PROXY'] : ['HTTP_PROXY', 'ALL_PROXY'];
  const name = names.flatMap((upper) => [upper, upper.toLowerCase()]).find((key) => environment[key]);
  if (name === undefined) return undefined;
  const isExempt = exemptions(environment.NO_PROXY || environment.no_proxy || '');
  return isExempt(url) ? undefined : parseProxy(name, environment[name]!);
}

/** `proxy:3128` is `http://proxy:3128`. @throws as {@link selectProxy} does. */
export function parseProxy(setting: string, text: string): HttpProxy {
  const withScheme = text.includes('://') ? text : `http://${text}`;
  const shown = withScheme.replace(/\/\/.*@/, '//');
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  if (!url?.hostname) throw new Error(`${setting}: ${JSON.stringify(shown)} is no URL of a proxy`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new Error(
      `${setting}: ${JSON.stringify(shown)} cannot be used: the URL of a proxy begins with http:// or https://`,
    );
  const secure = url.protocol === 'https:';
  const { username, password } = url;
  return {
    secure,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (secure ? 443 : 80),
    credentials: username === '' && password === '' ? '' : decoded(username, password, setting),
    shown: url.origin,
  };
}

function decoded(username: string, password: string, setting: string): string {
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    throw new Error(
      `${setting}: the user name or password has a "%" that is not followed by two hex digits; write it as %25`,
    );
  }
}
