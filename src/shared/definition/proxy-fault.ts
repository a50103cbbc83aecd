/** What Consul demands of an instance that is a mesh proxy. */
import { multiErrorText } from './multi-error.ts';
import type { WrittenInstance } from './service-shape.ts';

/** Why the instance is refused; undefined for a proxy that is complete and for everything that is no proxy. */
export function proxyFault(instance: WrittenInstance): string | undefined {
  if (instance.Kind !== 'connect-proxy') return undefined;
  const faults = [
    !instance.Proxy?.DestinationServiceName &&
      'Proxy.DestinationServiceName must be non-empty for Connect proxy services',
    !instance.Port && !instance.SocketPath && 'Port must be set for a Connect proxy',
    instance.Connect?.Native && 'A Proxy cannot also be Connect Native, only typical services',
  ].filter((fault) => typeof fault === 'string');
  return faults.length > 0 ? multiErrorText(faults) : undefined;
}
