/**
 * What this agent does not do for everybody: endpoints it does not serve, networks that may not write, headers that go
 * on every answer.
 *
 * Source: https://developer.hashicorp.com/consul/docs/reference/agent/configuration-file/general#http_config.
 */
import { BlockList, isIP, isIPv4 } from 'node:net';
import type { MiddlewareHandler } from 'hono';
import { textResponse } from '../../src/shared/http/endpoint.ts';

/** Answers 403 below each of these paths. As all here, it is asked for each request what is in force. */
export const blockEndpoints =
  (prefixes: () => string[]): MiddlewareHandler =>
  async (c, next) => {
    if (prefixes().some((prefix) => c.req.path.startsWith(prefix)))
      return textResponse(403, 'Endpoint is blocked by agent configuration');
    return await next();
  };

/** `remoteAddress` is undefined on a Unix socket, whose mode says who may. */
export const restrictWrites = (
  networks: () => string[],
  remoteAddress: (env: unknown) => string | undefined,
): MiddlewareHandler => {
  let known: string[] = [];
  let isAllowed = makeNetworkFilter(known);
  return async (c, next) => {
    const current = networks();
    if (current.length === 0) return await next();
    if (current !== known) isAllowed = makeNetworkFilter(current);
    known = current;
    const address = ['GET', 'HEAD', 'OPTIONS'].includes(c.req.method) ? undefined : remoteAddress(c.env);
    if (address !== undefined && !isAllowed(address)) return textResponse(403, 'Access is restricted');
    return await next();
  };
};

export const addHeaders =
  (headers: () => Record<string, string>): MiddlewareHandler =>
  async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(headers())) c.res.headers.set(name, value);
  };

/** Whether an address is in one of the networks ("10.0.0.0/8"). @throws for what is no network. */
export function makeNetworkFilter(networks: string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits = ''] = network.split('/');
    try {
      list.addSubnet(address, bits === '' ? Number.NaN : Number(bits), family(address));
    } catch {
      throw new Error(
        `http_config.allow_write_http_from: ${JSON.stringify(network)} is no network; write it as "10.0.0.0/8"`,
      );
    }
  }
  return (address) => {
    const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
    return isIP(plain) !== 0 && list.check(plain, family(plain));
  };
}

const family = (address: string) => (isIPv4(address) ? 'ipv4' : 'ipv6');
