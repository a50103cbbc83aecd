/**
 * Reads that were asked before, word for word, and answered from the own copy while that was up to date. The whole answer is
 * kept, as its headers were made by all that a request passes, and given again for as long as nothing it came from has
 * moved: the copy, the index of what was read, the settings, whether tokens are in use. So it differs in nothing from one
 * made anew. What is about who asks is asked each time: the token, and the headers that have a say in an answer; a request
 * with any of them that is not known here is answered as if nothing were kept.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MovingIndex, Topic } from '../../src/shared/catalog-reader.ts';
import { acceptsGzip } from '../../src/shared/http/accepts-gzip.ts';
import type { Index } from '../../src/shared/model.ts';
import type { CatalogCache } from '../cache/catalog-cache.ts';
import { EdgeUnreachable } from '../sync/edge-client.ts';
import type { Clock } from '../system/clock.ts';
import type { RequestMeter } from './metrics-routes.ts';

export interface RepeatedReadsOptions {
  /** The own copy while it follows the catalog. */
  liveCopy(): CatalogCache | undefined;
  /** As {@link Confirmations.confirm}. */
  confirm(): Promise<boolean>;
  /** Whether this token is known to be good; false: it has to be asked about. */
  isAdmitted(token: string): boolean;
  tokensInUse(): boolean;
  /** Another object after a reload. */
  settings(): object;
  clock: Clock;
}

/** What an answer was read from. */
export interface AnswerSource {
  topics: Topic[];
  /** The highest of the topics' when it was read. */
  index: Index;
  /** The edge has to say each time that the copy is all there is. */
  isConfirmed: boolean;
  meter: RequestMeter;
}

/** All else that an answer depends on. */
interface Basis {
  copy: CatalogCache;
  settings: object;
  tokensInUse: boolean;
}

interface Kept extends Omit<AnswerSource, 'topics'> {
  basis: Basis;
  /** Of the topics, as they are now. */
  current: MovingIndex[];
  /** Names and values in turn. */
  head: string[];
  body: string | Buffer;
  bytes: number;
}

const keptBytesMax = 4 * 1024 * 1024;
const answerBytesMax = keptBytesMax / 8;
const urlCharsMax = 1_000;
/** What else is kept of an answer. */
const overheadBytes = 1_000;
/** A string goes out with the head in one piece, if it is short. */
const textBytesMax = 32 * 1024;

/** Requests whose answer may be kept. */
const sources = new WeakMap<Request, AnswerSource>();

/** The answer to this request was read from there, by nothing but its URL and the headers that are looked at here. */
export function noteSource(request: Request, source: AnswerSource): void {
  sources.set(request, source);
}

export class RepeatedReads {
  readonly #options: RepeatedReadsOptions;
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(options: RepeatedReadsOptions) {
    this.#options = options;
  }

  /**
   * Answers, if there is an answer: `now`, or `later`, when the edge has said that it stands; `otherwise` is called if it says
   * something else. Undefined: nothing is done.
   */
  answer(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    otherwise: () => void,
  ): 'now' | 'later' | undefined {
    const kept = this.#find(incoming);
    if (!kept) return undefined;
    const startedAtMs = this.#options.clock.monotonicMs();
    if (kept.isConfirmed) {
      void this.#answerConfirmed(incoming, outgoing, startedAtMs, otherwise);
      return 'later';
    }
    this.#send(kept, outgoing, startedAtMs);
    return 'now';
  }

  /** Has the app answer, and keeps what it says if it noted the source. Resolves to the response to send. */
  async serve(request: Request, answer: () => Response | Promise<Response>): Promise<Response> {
    const basis = this.#basis();
    const response = await answer();
    const source = sources.get(request);
    if (!source || !basis || response.status !== 200) return response;
    const bytes = Buffer.from(await response.arrayBuffer());
    const { topics, ...rest } = source;
    const current = topics.map((topic) => basis.copy.movingIndex(topic));
    const isStill = isSameBasis(basis, this.#basis()) && highestOf(current) === source.index;
    const { pathname, search } = new URL(request.url);
    const url = pathname + search;
    if (isStill && url.length <= urlCharsMax && bytes.length <= answerBytesMax)
      this.#remember(keyOf(url, request.headers.get('Accept-Encoding')), {
        ...rest,
        basis,
        current,
        head: [...[...response.headers].flat(), 'content-length', String(bytes.length)],
        body: isText(response, bytes) ? bytes.toString() : bytes,
        bytes: bytes.length + overheadBytes,
      });
    return new Response(bytes, response);
  }

  /** Undefined while there is no copy that is up to date. */
  #basis(): Basis | undefined {
    const { liveCopy, settings, tokensInUse } = this.#options;
    const copy = liveCopy();
    return copy && { copy, settings: settings(), tokensInUse: tokensInUse() };
  }

  #find({ method, url, headers }: IncomingMessage): Kept | undefined {
    if (method !== 'GET' || url === undefined || this.#kept.size === 0) return undefined;
    const kept = this.#kept.get(keyOf(url, headers['accept-encoding']));
    if (!kept || saysMore(headers)) return undefined;
    const { current, index, basis } = kept;
    if (!isSameBasis(basis, this.#basis()) || highestOf(current) !== index) return undefined;
    return this.#options.isAdmitted(String(headers['x-consul-token'] ?? '')) ? kept : undefined;
  }

  async #answerConfirmed(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    startedAtMs: number,
    otherwise: () => void,
  ): Promise<void> {
    // Deltas that came with the edge's word may have moved it. An edge that says nothing is no case for what is kept.
    const kept = (await this.#confirmed()) ? this.#find(incoming) : undefined;
    if (kept) this.#send(kept, outgoing, startedAtMs);
    else otherwise();
  }

  async #confirmed(): Promise<boolean> {
    try {
      return await this.#options.confirm();
    } catch (error) {
      if (error instanceof EdgeUnreachable) return false;
      throw error;
    }
  }

  #send({ head, body, meter }: Kept, outgoing: ServerResponse, startedAtMs: number): void {
    outgoing.writeHead(200, head);
    outgoing.end(body);
    meter(this.#options.clock.monotonicMs() - startedAtMs, 200);
  }

  #remember(key: string, kept: Kept): void {
    this.#forget(key);
    this.#kept.set(key, kept);
    this.#bytes += kept.bytes + key.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= keptBytesMax) break;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    const kept = this.#kept.get(key);
    if (!kept) return;
    this.#kept.delete(key);
    this.#bytes -= kept.bytes + key.length;
  }
}

const isSameBasis = (one: Basis, other: Basis | undefined): boolean =>
  one.copy === other?.copy && one.settings === other.settings && one.tokensInUse === other.tokensInUse;

const isText = ({ headers }: Response, bytes: Buffer): boolean =>
  !headers.has('Content-Encoding') && bytes.length <= textBytesMax;

const highestOf = (indexes: MovingIndex[]): Index => {
  let highest = 0;
  for (const { value } of indexes) highest = Math.max(highest, value);
  return highest;
};

/** Most clients send one and the same text. */
let lastEncodings: { text: string; takesGzip: boolean } = { text: '', takesGzip: false };

function keyOf(url: string, encodings: string | null | undefined): string {
  const text = encodings ?? '';
  if (text !== lastEncodings.text) lastEncodings = { text, takesGzip: acceptsGzip(text) };
  return lastEncodings.takesGzip ? `gzip ${url}` : url;
}

/** Headers that have, or may have, a say in the answer or in whether there is one. */
const telling = [
  'authorization',
  'cache-control',
  'content-length',
  'transfer-encoding',
  'x-consul-namespace',
  'x-consul-partition',
];

const plainHost = /^[\w.:[\]-]+$/;

/** `Host` is part of a URL, which must be one. */
const saysMore = (headers: IncomingMessage['headers']): boolean =>
  !plainHost.test(headers.host ?? '') || telling.some((name) => headers[name] !== undefined);
