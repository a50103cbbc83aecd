/**
 * How much of an answer a client can take, and which items a reply carries: the first that fit, of an order shuffled
 * for this reply. Meta and authority go before any answer does.
 *
 * Invariant: a reply is within the limits, or carries one item that is larger than them by itself.
 */
import { type AnswerSettings, udpAnswersMax } from './answer-settings.ts';
import type { EncodedAnswer, EncodedItem } from './wire/encoded-answer.ts';
import { messageBytesMax, pointerOffsetMax } from './wire/format.ts';
import type { Query } from './wire/query.ts';

export type Transport = 'udp' | 'tcp';

/** The size that any client takes over UDP (RFC 1035), and the least that an EDNS0 size means. */
const udpBytesMin = 512;
/** The largest datagram's payload, less room for IP options. */
export const udpBytesMax = 65_467;
/** Left free in replies without EDNS0, as Consul does. */
const udpReserveBytes = 8;
const unlimited = Number.POSITIVE_INFINITY;

export interface ReplyLimits {
  bytesMax: number;
  /** Items; an alias counts as one, however many records it takes. */
  answersMax: number;
  /** Sizes are reckoned without compression once answers are left out: a forwarder may expand the reply. */
  countsPlain: boolean;
  /** An answer that alone exceeds the limits is left out, with TC set, and not sent regardless. */
  truncates: boolean;
}

export function selectLimits(query: Query, transport: Transport, settings: AnswerSettings): ReplyLimits {
  const truncates = settings.enableTruncate;
  if (transport === 'tcp') {
    return { bytesMax: messageBytesMax, answersMax: unlimited, countsPlain: false, truncates };
  }
  const size = query.edns ? query.edns.udpSize : 0;
  if (size > udpBytesMin) {
    const bytesMax = Math.min(size, udpBytesMax);
    return { bytesMax, answersMax: unlimited, countsPlain: false, truncates };
  }
  const bytesMax = query.edns ? udpBytesMin : udpBytesMin - udpReserveBytes;
  const answersMax = Math.min(settings.udpAnswerLimit, udpAnswersMax);
  return { bytesMax, answersMax, countsPlain: true, truncates };
}

/** Which items a reply carries: the first `count` in the order of `encoded`. */
export interface Selection {
  /** The answer, or where the reply may get too long for pointers, its far form. */
  encoded: EncodedAnswer;
  count: number;
  /** With meta, authority and all else: nothing had to be left out for lack of space. */
  whole: boolean;
  /** Where there are no items the SOA is what the answer says, and stays when all else goes. */
  withAuthority: boolean;
  withGlue: boolean;
  /** Items were left out for lack of space. */
  truncated: boolean;
}

/**
 * Shuffles the answer's order as far as the reply needs it, and chooses.
 *
 * @param fixedBytes of header, question and OPT.
 * @param random a number in [0, 1).
 */
export function selectItems(
  answer: EncodedAnswer,
  limits: ReplyLimits,
  fixedBytes: number,
  random: () => number,
): Selection {
  const isFar = answer.far && Math.min(fixedBytes + answer.bytes.length, limits.bytesMax) > pointerOffsetMax;
  const encoded = isFar ? answer.far! : answer;
  const { items, order } = encoded;
  const wanted = Math.min(items.length, encoded.itemsMax);
  const fits = fixedBytes + encoded.bytes.length <= limits.bytesMax && items.length <= limits.answersMax;
  const whole = fits && wanted === items.length;
  const plain = limits.countsPlain && items.length > limits.answersMax;
  let bytes = fixedBytes;
  let count = 0;
  for (; count < wanted; count++) {
    if (encoded.shuffled) swapRandomly(order, count, random);
    if (whole) continue;
    const item = items[order[count]!]!;
    bytes += plain ? item.plainLength : item.metaStart - item.start;
    if (bytes > limits.bytesMax || count === limits.answersMax) break;
  }
  const withAuthority = whole || wanted === 0;
  const selection = { encoded, count, whole, withAuthority, withGlue: true, truncated: count < wanted };
  if (count > 0 || wanted === 0 || limits.answersMax === 0) return selection;
  return selectOne(items[order[0]!]!, selection, limits, fixedBytes);
}

/** When not even one item fits: it goes without glue, or where answers are cut silently, in spite of the limit. */
function selectOne(
  { start, glueStart }: EncodedItem,
  selection: Selection,
  limits: ReplyLimits,
  fixedBytes: number,
): Selection {
  const length = fixedBytes + glueStart - start;
  const goes = length <= (limits.truncates ? limits.bytesMax : udpBytesMax);
  return goes ? { ...selection, count: 1, withGlue: false } : selection;
}

/** One step of Fisher and Yates: puts a random one of those from `at` on in its place. */
function swapRandomly(order: Uint32Array, at: number, random: () => number): void {
  const other = at + Math.floor(random() * (order.length - at));
  const taken = order[other]!;
  order[other] = order[at]!;
  order[at] = taken;
}
