/** Where an edge is, from what people write after `-join`. */
import { ConfigError } from './config-error.ts';

/** The port of a self-hosted edge when an address has none. */
const edgePortDefault = 8300;

/**
 * The URL of an edge: an `http` or `https` URL as it is, or `host`, `host:port`, `[ipv6]:port`, all of which mean `scheme`
 * on port 8300 unless they say otherwise. Without a trailing slash, so that paths can be appended.
 *
 * @throws {ConfigError} that names the address
 */
export function parseJoinAddress(address: string, scheme: 'http' | 'https' = 'http'): string {
  const trimmed = address.trim();
  const url = trimmed.includes('://') ? parseUrl(trimmed, address) : parseHost(trimmed, address, scheme);
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function parseUrl(text: string, address: string): URL {
  const url = URL.canParse(text) ? new URL(text) : refuse(address, 'it is no URL');
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    refuse(address, 'its scheme must be http or https');
  if (url.username || url.password)
    refuse(`${url.protocol}//…@${url.host}`, 'it must not hold a user name or password; use -token');
  if (url.search || url.hash) refuse(address, 'it must not have a query or fragment');
  return url;
}

function parseHost(text: string, address: string, scheme: string): URL {
  const bareIpv6 = /^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*$/.test(text);
  const host = bareIpv6 ? `[${text}]` : text;
  if (host === '' || /[/\s?#@]/.test(host)) refuse(address, 'expected a URL or host[:port]');
  const withPort = /:\d+$/.test(host) ? host : `${host}:${edgePortDefault}`;
  return URL.canParse(`${scheme}://${withPort}`)
    ? new URL(`${scheme}://${withPort}`)
    : refuse(address, 'expected a URL or host[:port]');
}

function refuse(address: string, why: string): never {
  throw new ConfigError(`invalid address to join ${JSON.stringify(address)}: ${why}`);
}
