/**
 * Answers DNS messages, whatever brought them: UDP, TCP or HTTPS. Pure apart from what it is given, so the same code
 * answers on a host and at the edge.
 */
import { AnswerCache } from './answer-cache.ts';
import { type AnswerSettings, aliasDepthMax } from './answer-settings.ts';
import type { DnsCatalogs, PreparedQuerySource, Recursor } from './catalogs.ts';
import { type Eventual, whenReady } from './eventual.ts';
import { formatIpAddress } from './ip-address.ts';
import type { Resolution, Resolved } from './question.ts';
import { makeAnswer, type Rcode, rcodes } from './record.ts';
import { ReplyArena } from './reply-arena.ts';
import { resolveQuestion } from './resolve.ts';
import { selectLimits, type Transport } from './truncate.ts';
import { type EncodedAnswer, encodeAnswer } from './wire/encoded-answer.ts';
import { decodeQuery, decodeQuestionLabels, type Query, subnetAddress } from './wire/query.ts';
import { writeFault, writeReply } from './wire/reply.ts';

export interface ResponderDeps {
  settings: AnswerSettings;
  catalogs: DnsCatalogs;
  /** Without it, every name under `query` is NXDOMAIN. */
  queries?: PreparedQuerySource | undefined;
  /** Without it, names outside our domain are REFUSED. */
  recursor?: Recursor | undefined;
  nowMs(): number;
  /** A number in [0, 1). */
  random(): number;
  /** Told of what made an answer SERVFAIL. */
  onFailure(error: unknown): void;
}

/** What sockets need. */
export interface Answerer {
  /**
   * The reply to a message, at once where nothing has to be waited for; undefined for what gets none. Never throws
   * and never rejects. The bytes are not written to again.
   *
   * @param packet is not kept beyond the reply.
   * @param client the IP address of who asks, where it is known.
   */
  answerQuestion(packet: Uint8Array, transport: Transport, client?: string): Eventual<Uint8Array | undefined>;
}

export class DnsResponder implements Answerer {
  readonly #deps: ResponderDeps;
  readonly #cache: AnswerCache;
  readonly #arena = new ReplyArena();
  #settings: AnswerSettings;
  #recursor: Recursor | undefined;

  constructor(deps: ResponderDeps) {
    this.#deps = deps;
    this.#settings = deps.settings;
    this.#recursor = deps.recursor;
    this.#cache = new AnswerCache(deps.catalogs);
  }

  /** Takes effect with the next question. */
  reconfigure(settings: AnswerSettings, recursor: Recursor | undefined): void {
    this.#settings = settings;
    this.#recursor = recursor;
    this.#cache.clear();
  }

  answerQuestion(
    packet: Uint8Array,
    transport: Transport,
    client?: string,
  ): Eventual<Uint8Array | undefined> {
    const query = decodeQuery(packet);
    if (!query) return undefined;
    if (query.fault !== rcodes.NOERROR) return this.#fault(query, packet);
    const cached = this.#cache.find(packet, query, this.#settings);
    if (cached) return this.#reply(cached, query, packet, transport);
    return this.#lookUp(query, packet, transport, client);
  }

  #lookUp(
    query: Query,
    packet: Uint8Array,
    transport: Transport,
    client: string | undefined,
  ): Eventual<Uint8Array> {
    const fail = (error: unknown) => {
      this.#deps.onFailure(error);
      return this.#failure(rcodes.SERVFAIL, query, packet, transport);
    };
    try {
      const reply = whenReady(this.#resolve(query, packet, client), (resolution) =>
        'answer' in resolution
          ? this.#replyFrom(resolution, query, packet, transport)
          : this.#askElsewhere(resolution.rcode, query, packet, transport),
      );
      return reply instanceof Promise ? reply.catch(fail) : reply;
    } catch (error) {
      return fail(error);
    }
  }

  #resolve(query: Query, packet: Uint8Array, client: string | undefined): Eventual<Resolution> {
    const { catalogs, queries, nowMs } = this.#deps;
    const question = {
      labels: decodeQuestionLabels(packet),
      qtype: query.qtype,
      hasEdns: query.edns !== undefined,
      source: selectSource(query, client),
      nowMs: nowMs(),
      aliasDepth: aliasDepthMax,
    };
    return resolveQuestion(question, {
      settings: this.#settings,
      catalogs,
      queries,
      recursor: this.#recursor,
    });
  }

  #replyFrom(
    { answer, basis }: Resolved,
    query: Query,
    packet: Uint8Array,
    transport: Transport,
  ): Uint8Array {
    const encoded = encodeAnswer(answer, packet, !this.#settings.disableCompression);
    if (basis) this.#cache.store(packet, query, encoded, basis);
    return this.#reply(encoded, query, packet, transport);
  }

  /** @param rcode the answer when there is nobody to ask. */
  #askElsewhere(rcode: Rcode, query: Query, packet: Uint8Array, transport: Transport): Eventual<Uint8Array> {
    if (!this.#recursor) return this.#failure(rcode, query, packet, transport);
    return this.#recursor
      .exchange(packet, transport)
      .then((reply) => reply ?? this.#failure(rcodes.SERVFAIL, query, packet, transport));
  }

  #failure(rcode: Rcode, query: Query, packet: Uint8Array, transport: Transport): Uint8Array {
    const encoded = encodeAnswer(makeAnswer(rcode, { authoritative: false }), packet, true);
    return this.#reply(encoded, query, packet, transport);
  }

  #reply(encoded: EncodedAnswer, query: Query, packet: Uint8Array, transport: Transport): Uint8Array {
    // Consul claims recursion when it fails, too, so that resolvers do not take it for a server of another kind.
    const recursionAvailable = this.#recursor !== undefined || encoded.rcode === rcodes.SERVFAIL;
    const limits = selectLimits(query, transport, this.#settings);
    const { random } = this.#deps;
    const length = writeReply(this.#arena.room(), encoded, query, packet, {
      limits,
      recursionAvailable,
      random,
    });
    return this.#arena.take(length);
  }

  #fault(query: Query, packet: Uint8Array): Uint8Array {
    return this.#arena.take(writeFault(this.#arena.room(), query, packet));
  }
}

function selectSource({ edns }: Query, client: string | undefined): string | undefined {
  const address = edns?.clientSubnet && subnetAddress(edns.clientSubnet);
  return address ? formatIpAddress(address) : client;
}
