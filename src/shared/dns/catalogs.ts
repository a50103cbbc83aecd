/** What DNS asks of the rest of Rollcall: catalogs, prepared queries, and other name servers. */
import type { CatalogReader } from '../catalog-reader.ts';
import type { ServiceInstance } from '../model.ts';

/** The catalogs answers come from, one for each datacenter. */
export interface DnsCatalogs {
  /**
   * Undefined when there is no such datacenter (NXDOMAIN). May be a promise, because the copy of another datacenter is
   * filled when it is first asked about; it rejects when that cannot be (SERVFAIL). The local one (`datacenter`
   * undefined) is given at once, and is undefined while there is no copy of it yet (SERVFAIL, too).
   */
  reader(datacenter: string | undefined): CatalogReader | undefined | Promise<CatalogReader | undefined>;
  /** How long ago the copy was last known to be current. */
  staleMs(datacenter: string | undefined): number;
}

export interface PreparedQuerySource {
  /** By name or ID, without regard to case. Undefined when there is no such query (NXDOMAIN). */
  execute(
    name: string,
    options: PreparedQueryOptions,
  ): PreparedQueryResult | undefined | Promise<PreparedQueryResult | undefined>;
}

export interface PreparedQueryOptions {
  datacenter: string | undefined;
  /** Where the question came from, for `Near: _ip`: an IP address, of the client subnet (RFC 7871) if there is one. */
  source: string | undefined;
}

export interface PreparedQueryResult {
  /** Where the instances are, for it may have failed over. */
  datacenter: string;
  /** Already filtered by health; the order is kept when `isSorted`. */
  instances: ServiceInstance[];
  isSorted: boolean;
  /** The service, for its `service_ttl` when the query sets no TTL of its own. */
  service: string;
  ttlMs: number | undefined;
  /** How long ago it was given, where it could not be asked for again. */
  staleMs: number;
}

/** Other name servers: packets go as they are, and replies come back with the ID of the question. */
export interface Recursor {
  /** Undefined when none of them gave a usable answer. Never rejects. */
  exchange(packet: Uint8Array, transport: 'udp' | 'tcp'): Promise<Uint8Array | undefined>;
}
