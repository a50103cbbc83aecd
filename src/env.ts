import type { Datacenter } from './datacenter/datacenter.ts';

/** The bindings of the Worker: `wrangler.toml` on Cloudflare, the written workerd configuration when self-hosted. */
export interface Env {
  /** The datacenter that answers when a request names none. */
  DATACENTER: string;
  DATACENTERS: DurableObjectNamespace<Datacenter>;
  DIRECTORY: DurableObjectNamespace;
  /** The secret that opens the edge: `npx wrangler secret put ROLLCALL_TOKEN`. Without it nothing is served. */
  ROLLCALL_TOKEN?: string;
  /** "loopback": serve without a token, to requests addressed to a loopback name only. Set by local launchers alone. */
  ROLLCALL_OPEN?: string;
  /** `host:port` under which a self-hosted edge is reached, for `/v1/status/*`; else the requested host is named. */
  ROLLCALL_ADVERTISE?: string;
}
