/** From what was configured, and what the environment of this process says, to settings with their files read. */
import { createSecureContext, type SecureVersion } from 'node:tls';
import { readAuthorities, readSystemAuthorities } from '../tls/authorities.ts';
import { readKeyPair } from '../tls/pem-files.ts';
import type { ServiceToken } from './access.ts';
import { type OutboundSettings, plainSettings } from './outbound.ts';
import { selectProxy } from './proxy.ts';

type Environment = Record<string, string | undefined>;

export interface Way {
  /** A proxy's URL, "direct", or "": as the environment says. */
  proxy: string;
  /** Paths; "" is none. */
  caFile: string;
  caPath: string;
  certFile: string;
  keyFile: string;
  /** The name that a certificate has to have; "": that of the URL. */
  serverName: string;
  minVersion: SecureVersion;
  /** In OpenSSL's words; "" is the default. */
  ciphers: string;
  /** False: whoever answers is believed. */
  verify: boolean;
  serviceToken: ServiceToken;
}

/** @throws naming what cannot be read or used. */
export function readWay(way: Way, to: readonly URL[], environment: Environment): OutboundSettings {
  const proxyFor = (url: URL) => selectProxy(url, way.proxy, environment);
  const proxies = to.map(proxyFor);
  const isSecure = to.some(({ protocol }) => protocol === 'https:');
  // Most hosts whose edge is on their own network have no use for the authorities of the world.
  if (!isSecure && !proxies.some((proxy) => proxy?.secure)) return { ...plainSettings, proxyFor };
  const { minVersion, ciphers, serverName, verify, serviceToken } = way;
  const authorities = readAuthorities(way, environment);
  const pair = readKeyPair(way);
  const versions = { minVersion, ...(ciphers !== '' && { ciphers }) };
  const believed = [...authorities.certificates];
  return {
    proxyFor,
    tls: {
      context: createSecureContext({ ...versions, ...pair, ca: believed }),
      serverName,
      verify,
      trustedFrom: authorities.from,
      hasCertificate: pair !== undefined,
    },
    proxyContext: proxies.some((proxy) => proxy?.secure)
      ? createSecureContext({
          ...versions,
          ca: [...believed, ...readSystemAuthorities(environment).certificates],
        })
      : undefined,
    serviceToken,
  };
}
