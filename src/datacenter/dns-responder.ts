/** DNS as the authority answers it: about its own datacenter, never stale, and without asking anybody else. */
import { answerSettingsDefaults } from '../shared/dns/answer-settings.ts';
import { DnsResponder } from '../shared/dns/responder.ts';
import { random01 } from '../shared/random01.ts';
import { systemClock } from './clock.ts';
import { dnsCacheBytesMax } from './limits.ts';
import { log } from './log.ts';
import type { CatalogStore } from './store/catalog-store.ts';

export const dnsResponder = (store: CatalogStore): DnsResponder =>
  new DnsResponder({
    settings: { ...answerSettingsDefaults, datacenter: store.datacenter },
    catalogs: {
      reader: (datacenter) => (datacenter === undefined ? store : undefined),
      staleMs: () => 0,
    },
    cacheBytesMax: dnsCacheBytesMax,
    nowMs: () => systemClock.nowMs(),
    random: random01,
    onFailure: (error) => log(`DNS question failed: ${String(error)}`),
  });
