import type { AnswerSettings } from '../../../../src/shared/dns/answer-settings.ts';
import { DnsResponder, type ResponderDeps } from '../../../../src/shared/dns/responder.ts';
import type { Transport } from '../../../../src/shared/dns/truncate.ts';
import { exampleQueries, makeCatalogs } from '../../../cases/dns/catalog.ts';
import { type Asked, decodeReply, encodeAsked, type Reply } from '../../../dns-message.ts';
import { seededRandom } from '../../../seeded-random.ts';

/** Consul's defaults, but for TC. */
export const exampleSettings: AnswerSettings = {
  domain: 'consul',
  altDomain: '',
  datacenter: 'dc1',
  nodeTtlMs: 0,
  serviceTtlMs: {},
  soa: { refreshS: 3600, retryS: 600, expireS: 86_400, minTtlS: 0 },
  enableTruncate: true,
  onlyPassing: false,
  disableCompression: false,
  udpAnswerLimit: 3,
  aRecordLimit: 0,
  enableAdditionalNodeMetaTxt: true,
  allowStale: true,
  maxStaleMs: 60_000,
  translateWanAddresses: false,
};

export interface ResponderOptions extends Partial<Omit<ResponderDeps, 'settings'>> {
  settings?: Partial<AnswerSettings>;
}

/** Answers about the catalogs of the cases, at 2026-01-01T00:00:00Z, unless told otherwise. */
export const makeResponder = ({ settings, ...deps }: ResponderOptions = {}): DnsResponder =>
  new DnsResponder({
    catalogs: makeCatalogs(),
    queries: exampleQueries,
    nowMs: () => Date.UTC(2026, 0, 1),
    random: seededRandom(1),
    onFailure: (error) => {
      throw error;
    },
    ...deps,
    settings: { ...exampleSettings, ...settings },
  });

export async function ask(
  responder: DnsResponder,
  asked: Asked | string,
  transport: Transport = 'udp',
): Promise<Reply> {
  const packet = encodeAsked(typeof asked === 'string' ? { name: asked } : asked);
  const reply = await responder.answerQuestion(packet, transport);
  if (!reply) throw new Error('no reply');
  return decodeReply(reply);
}
