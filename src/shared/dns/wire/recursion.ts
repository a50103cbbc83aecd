/** What is looked at in messages that go to a recursor and come back: ID, question and rcode. */
import { rcodes } from '../record.ts';
import * as format from './format.ts';
import { decodeQuery, isSameQuestion, sliceQuestion } from './query.ts';

/** A copy of the message under another ID. */
export function withId(packet: Uint8Array, id: number): Uint8Array {
  const copy = packet.slice();
  copy[0] = id >> 8;
  copy[1] = id & 0xff;
  return copy;
}

/** Whether `reply` is a response with the ID and the question of `packet`. */
export function isReplyTo(packet: Uint8Array, reply: Uint8Array): boolean {
  if (reply.length < format.headerBytes || (reply[2]! & format.flags.response) === 0) return false;
  const query = decodeQuery(packet);
  if (!query || format.read16(reply, 0) !== query.id) return false;
  return (
    reply.length >= query.questionEnd &&
    isSameQuestion(reply.subarray(0, query.questionEnd), query, sliceQuestion(packet, query))
  );
}

/** An answer or the certainty that there is none. With any other rcode the next recursor may know more. */
export function isUsableReply(reply: Uint8Array): boolean {
  const rcode = reply[3]! & 0xf;
  return rcode === rcodes.NOERROR || rcode === rcodes.NXDOMAIN;
}
