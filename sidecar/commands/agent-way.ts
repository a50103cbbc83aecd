/** The way from a command to its agent, or to an edge, as its flags and the environment say. */
import type { ClientConfig } from '../config/client-flags.ts';
import { Outbound } from '../outbound/outbound.ts';
import { readWay } from '../outbound/way.ts';
import { systemClock } from '../system/clock.ts';

/** @throws naming the file, or the setting, that cannot be used. */
export function wayToAgent(
  { address, tls }: ClientConfig,
  environment: Record<string, string | undefined>,
): Outbound {
  if ('socketPath' in address) return new Outbound(systemClock);
  if ((tls.certFile === '') !== (tls.keyFile === ''))
    throw new Error('-client-cert and -client-key belong together, and only one of them is set');
  const { CLOUDFLARE_ACCESS_CLIENT_ID: id = '', CLOUDFLARE_ACCESS_CLIENT_SECRET: secret = '' } = environment;
  const way = {
    ...{ ...tls, minVersion: 'TLSv1.2' as const, ciphers: '' },
    ...{ proxy: '', serviceToken: { id: secret === '' ? '' : id, secret } },
  };
  return new Outbound(systemClock, readWay(way, [new URL(address.url)], environment));
}
