/**
 * Between sockets and whoever knows the answers: takes messages apart, keeps answers for as long as they stand, and puts
 * replies together. A thread that knows no catalog can run it as well.
 */
import { AnswerCache, type BasisSource } from './answer-cache.ts';
import type { AnswerSettings } from './answer-settings.ts';
import { type Eventual, whenReady } from './eventual.ts';
import type { Basis } from './question.ts';
import { rcodes } from './record.ts';
import { ReplyArena } from './reply-arena.ts';
import { selectLimits, type Transport } from './truncate.ts';
import type { EncodedAnswer } from './wire/encoded-answer.ts';
import { decodeQuery, type Query } from './wire/query.ts';
import { writeFault, writeReply } from './wire/reply.ts';

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

/** A question that has to be looked up. */
export interface Asked {
  query: Query;
  packet: Uint8Array;
  transport: Transport;
  client: string | undefined;
}

/** An answer, with what it was made from if it may be kept; or somebody else's reply as it came. */
export type Found = { encoded: EncodedAnswer; basis: Basis | undefined } | { reply: Uint8Array };

export interface AnswerSource {
  /** Never throws and never rejects. */
  find(asked: Asked): Eventual<Found>;
}

export interface CachingAnswererDeps {
  settings: AnswerSettings;
  /** Whether names outside our domain are looked up for clients. */
  recursionAvailable: boolean;
  /** Tells whether a basis still holds. */
  catalogs: BasisSource;
  source: AnswerSource;
  /** What kept answers may weigh; see {@link AnswerCache}. */
  cacheBytesMax?: number | undefined;
  /** A number in [0, 1). */
  random(): number;
}

export class CachingAnswerer implements Answerer {
  readonly #deps: CachingAnswererDeps;
  readonly #cache: AnswerCache;
  readonly #arena = new ReplyArena();
  #settings: AnswerSettings;
  #recursionAvailable: boolean;

  constructor(deps: CachingAnswererDeps) {
    this.#deps = deps;
    this.#settings = deps.settings;
    this.#recursionAvailable = deps.recursionAvailable;
    this.#cache = new AnswerCache(deps.catalogs, deps.cacheBytesMax);
  }

  /** Takes effect with the next question. */
  reconfigure(settings: AnswerSettings, recursionAvailable: boolean): void {
    this.#settings = settings;
    this.#recursionAvailable = recursionAvailable;
    this.#cache.clear();
  }

  answerQuestion(
    packet: Uint8Array,
    transport: Transport,
    client?: string,
  ): Eventual<Uint8Array | undefined> {
    const query = decodeQuery(packet);
    if (!query) return undefined;
    const asked = { query, packet, transport, client };
    if (query.fault !== rcodes.NOERROR)
      return this.#arena.take(writeFault(this.#arena.room(), query, packet));
    const settings = this.#settings;
    const cached = this.#cache.find(packet, query, settings);
    if (cached) return this.#reply(cached, asked, settings);
    return whenReady(this.#deps.source.find(asked), (found) => this.#take(found, asked, settings));
  }

  /** @param settings those the question was asked under. */
  #take(found: Found, asked: Asked, settings: AnswerSettings): Uint8Array {
    if ('reply' in found) return found.reply;
    // An answer that was waited for may be one of settings that have changed since; and one without compression spells
    // the letters that were asked.
    const isKept = settings === this.#settings && !settings.disableCompression;
    if (found.basis && isKept) this.#cache.store(asked.packet, asked.query, found.encoded, found.basis);
    return this.#reply(found.encoded, asked, settings);
  }

  #reply(encoded: EncodedAnswer, { query, packet, transport }: Asked, settings: AnswerSettings): Uint8Array {
    const options = {
      limits: selectLimits(query, transport, settings),
      // Consul says on every SERVFAIL that recursion is available, whether it is or not.
      recursionAvailable: this.#recursionAvailable || encoded.rcode === rcodes.SERVFAIL,
      random: this.#deps.random,
    };
    return this.#arena.take(writeReply(this.#arena.room(), encoded, query, packet, options));
  }
}
