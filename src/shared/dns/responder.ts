/**
 * Answers DNS messages, whatever brought them: UDP, TCP or HTTPS. Pure apart from what it is given, so the same code
 * answers on a host and at the edge.
 */
import { type AnswerSettings, aliasDepthMax } from './answer-settings.ts';
import {
  type Answerer,
  type AnswerSource,
  type Asked,
  CachingAnswerer,
  type Found,
} from './caching-answerer.ts';
import type { DnsCatalogs, PreparedQuerySource, Recursor } from './catalogs.ts';
import { type Eventual, whenReady } from './eventual.ts';
import { formatIpAddress } from './ip-address.ts';
import type { Resolution } from './question.ts';
import { makeAnswer, type Rcode, rcodes } from './record.ts';
import { resolveQuestion } from './resolve.ts';
import type { Transport } from './truncate.ts';
import { encodeAnswer } from './wire/encoded-answer.ts';
import { decodeQuestionLabels, type Query, subnetAddress } from './wire/query.ts';

export interface ResponderDeps {
  settings: AnswerSettings;
  catalogs: DnsCatalogs;
  /** Without it, every name under `query` is NXDOMAIN. */
  queries?: PreparedQuerySource | undefined;
  /** Without it, names outside our domain are REFUSED. */
  recursor?: Recursor | undefined;
  /** What kept answers may weigh, if not as much as on a host. */
  cacheBytesMax?: number | undefined;
  nowMs(): number;
  /** A number in [0, 1). */
  random(): number;
  /** Told of what made an answer SERVFAIL. */
  onFailure(error: unknown): void;
}

export class DnsResponder implements Answerer, AnswerSource {
  readonly #deps: ResponderDeps;
  readonly #front: CachingAnswerer;
  #settings: AnswerSettings;
  #recursor: Recursor | undefined;

  constructor(deps: ResponderDeps) {
    const { settings, catalogs, recursor, cacheBytesMax, random } = deps;
    this.#deps = deps;
    this.#settings = settings;
    this.#recursor = recursor;
    const recursionAvailable = recursor !== undefined;
    this.#front = new CachingAnswerer({
      settings,
      recursionAvailable,
      catalogs,
      source: this,
      cacheBytesMax,
      random,
    });
  }

  /** Takes effect with the next question. */
  reconfigure(settings: AnswerSettings, recursor: Recursor | undefined): void {
    this.#settings = settings;
    this.#recursor = recursor;
    this.#front.reconfigure(settings, recursor !== undefined);
  }

  answerQuestion(
    packet: Uint8Array,
    transport: Transport,
    client?: string,
  ): Eventual<Uint8Array | undefined> {
    return this.#front.answerQuestion(packet, transport, client);
  }

  find(asked: Asked): Eventual<Found> {
    const fail = (error: unknown): Found => {
      this.#deps.onFailure(error);
      return failure(rcodes.SERVFAIL, asked);
    };
    const settings = this.#settings;
    try {
      const found = whenReady(this.#resolve(asked, settings), (resolution): Eventual<Found> => {
        if (!('answer' in resolution)) return this.#askElsewhere(resolution.rcode, asked);
        const { answer, basis } = resolution;
        return { encoded: encodeAnswer(answer, asked.packet, !settings.disableCompression), basis };
      });
      return found instanceof Promise ? found.catch(fail) : found;
    } catch (error) {
      return fail(error);
    }
  }

  #resolve({ query, packet, client }: Asked, settings: AnswerSettings): Eventual<Resolution> {
    const { catalogs, queries, nowMs } = this.#deps;
    const question = {
      labels: decodeQuestionLabels(packet),
      qtype: query.qtype,
      hasEdns: query.edns !== undefined,
      source: selectSource(query, client),
      nowMs: nowMs(),
      aliasDepth: aliasDepthMax,
    };
    return resolveQuestion(question, { settings, catalogs, queries, recursor: this.#recursor });
  }

  /** @param rcode the answer when there is nobody to ask. */
  #askElsewhere(rcode: Rcode, asked: Asked): Eventual<Found> {
    if (!this.#recursor) return failure(rcode, asked);
    return this.#recursor
      .exchange(asked.packet, asked.transport)
      .then((reply) => (reply ? { reply } : failure(rcodes.SERVFAIL, asked)));
  }
}

const failure = (rcode: Rcode, { packet }: Asked): Found => ({
  encoded: encodeAnswer(makeAnswer(rcode, { authoritative: false }), packet, true),
  basis: undefined,
});

function selectSource({ edns }: Query, client: string | undefined): string | undefined {
  const address = edns?.clientSubnet && subnetAddress(edns.clientSubnet);
  return address ? formatIpAddress(address) : client;
}
