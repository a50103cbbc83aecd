/** What is looked at in messages that go to a recursor and come back: ID, question and rcode. */
import { rcodes } from '../record.ts';
import * as format from './format.ts';
import { decodeQuery } from './query.ts';

/** A copy of the message under another ID. */
export function withId(packet: Uint8Array, id: number): Uint8Array {
  const copy = format.copyBytes(packet);
  copy[0] = id >> 8;
  copy[1] = id & 0xff;
  return copy;
}

/** Whether `reply` is a response with the ID and the question of `packet`, in the same letters. */
export function isReplyTo(packet: Uint8Array, reply: Uint8Array): boolean {
  if (reply.length < format.headerBytes || (reply[2]! & format.flags.response) === 0) return false;
  const query = decodeQuery(packet);
  if (!query || format.read16(reply, 0) !== query.id || reply.length < query.questionEnd) return false;
  for (let at = format.headerBytes; at < query.questionEnd; at++) if (reply[at] !== packet[at]) return false;
  return true;
}

/** An answer or the certainty that there is none. With any other rcode the next recursor may know more. */
export function isUsableReply(reply: Uint8Array): boolean {
  const rcode = reply[3]! & 0xf;
  return rcode === rcodes.NOERROR || rcode === rcodes.NXDOMAIN;
}
