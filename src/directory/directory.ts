/**
 * The object that knows which datacenters exist: one small record, written when a datacenter is joined for the first time
 * and read by cron, `?dc=` and `/v1/catalog/datacenters`. It persists when it changed, not on every call as
 * `autoPersist` would: reads are many and a write is a billed row.
 */
import { createDurable, proxyDurable } from 'itty-durable';

export class Directory extends createDurable({ autoPersist: false }) {
  datacenters: string[] = [];

  list(): string[] {
    return this.datacenters;
  }

  async enter(name: string): Promise<string[]> {
    if (!this.datacenters.includes(name)) {
      this.datacenters = [...this.datacenters, name].sort();
      await this.persist();
    }
    return this.datacenters;
  }
}

export interface DirectoryStub {
  list(): Promise<string[]>;
  enter(name: string): Promise<string[]>;
}

/** The one Directory of an account. */
export const directoryOf = (namespace: DurableObjectNamespace): DirectoryStub =>
  proxyDurable(namespace, { name: 'DIRECTORY', parse: true }).get('directory') as unknown as DirectoryStub;
