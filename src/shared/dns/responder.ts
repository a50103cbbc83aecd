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

/** A question with all that its reply depends on. */
interface Message {
  query: Query;
  packet: Uint8Array;
  transport: Transport;
  client: string | undefined;
  /** Those it was asked under. */
  settings: AnswerSettings;
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
    const message = { query, packet, transport, client, settings: this.#settings };
    if (query.fault !== rcodes.NOERROR) return this.#fault(message);
    const cached = this.#cache.find(packet, query, this.#settings);
    return cached ? this.#reply(cached, message) : this.#lookUp(message);
  }

  #lookUp(message: Message): Eventual<Uint8Array> {
    const fail = (error: unknown) => {
      this.#deps.onFailure(error);
      return this.#failure(rcodes.SERVFAIL, message);
    };
    try {
      const reply = whenReady(this.#resolve(message), (resolution) =>
        'answer' in resolution
          ? this.#replyFrom(resolution, message)
          : this.#askElsewhere(resolution.rcode, message),
      );
      return reply instanceof Promise ? reply.catch(fail) : reply;
    } catch (error) {
      return fail(error);
    }
  }

  #resolve({ query, packet, client, settings }: Message): Eventual<Resolution> {
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

  #replyFrom({ answer, basis }: Resolved, message: Message): Uint8Array {
    const { query, packet, settings } = message;
    const encoded = encodeAnswer(answer, packet, !settings.disableCompression);
    // An answer that was waited for may be one of settings that have changed since; and one without compression spells
    // the letters that were asked.
    const isKept = settings === this.#settings && !settings.disableCompression;
    if (basis && isKept) this.#cache.store(packet, query, encoded, basis);
    return this.#reply(encoded, message);
  }

  /** @param rcode the answer when there is nobody to ask. */
  #askElsewhere(rcode: Rcode, message: Message): Eventual<Uint8Array> {
    if (!this.#recursor) return this.#failure(rcode, message);
    return this.#recursor
      .exchange(message.packet, message.transport)
      .then((reply) => reply ?? this.#failure(rcodes.SERVFAIL, message));
  }

  #failure(rcode: Rcode, message: Message): Uint8Array {
    return this.#reply(
      encodeAnswer(makeAnswer(rcode, { authoritative: false }), message.packet, true),
      message,
    );
  }

  #reply(encoded: EncodedAnswer, { query, packet, transport, settings }: Message): Uint8Array {
    const options = {
      limits: selectLimits(query, transport, settings),
      // Consul says on every SERVFAIL that recursion is available, whether it is or not.
      recursionAvailable: this.#recursor !== undefined || encoded.rcode === rcodes.SERVFAIL,
      random: this.#deps.random,
    };
    return this.#arena.take(writeReply(this.#arena.room(), encoded, query, packet, options));
  }

  #fault({ query, packet }: Message): Uint8Array {
    return this.#arena.take(writeFault(this.#arena.room(), query, packet));
  }
}

function selectSource({ edns }: Query, client: string | undefined): string | undefined {
  const address = edns?.clientSubnet && subnetAddress(edns.clientSubnet);
  return address ? formatIpAddress(address) : client;
}
