import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';

const underWay = new Map<string, Promise<LookupAddress[]>>();

/**
 * The addresses of a name, in the resolver's order; whoever asks while the name is being asked for shares the answer. The
 * system is asked in threads, of which a process has four, and a look-up cannot be taken back: of a name whose servers are
 * silent there would be one more at every run, until no name of this process was found any more, not even the edge's.
 *
 * @throws what the system says.
 */
export function lookUp(host: string): Promise<LookupAddress[]> {
  const known = underWay.get(host);
  if (known) return known;
  const asked = lookup(host, { all: true }).finally(() => underWay.delete(host));
  underWay.set(host, asked);
  return asked;
}
