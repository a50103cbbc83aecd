/**
 * Many datagrams in and many out with one system call each (`recvmmsg`, `sendmmsg`), where Node.js makes at least one for
 * each and wraps every datagram in objects of its own. The memory is laid out once, as the kernel reads it.
 *
 * A turn: {@link PacketBatch.receive}; for each packet {@link PacketBatch.reply}, {@link PacketBatch.lend} or neither; then
 * {@link PacketBatch.send}.
 */
import type { Libc } from '../system/libc.ts';
import { encodeSocketName, formatSocketName, isSameHost, nameBytesMax } from './socket-name.ts';

export const packetsMax = 64;
/** More than any question has; of a longer packet only this much is seen. */
export const packetBytesMax = 4_096;
/** Longer replies are sent from where they are. */
export const replySlotBytes = 4_096;
/** One for each packet, and one to somebody else. */
const repliesMax = packetsMax + 1;

/** `struct mmsghdr`, `struct iovec`, and a `sockaddr` with room to the next. */
const headerBytes = 64;
const partBytes = 16;
const nameSlotBytes = 32;
/** Where things are in these, in words of 4 bytes. */
const header = { nameLow: 0, nameHigh: 1, nameBytes: 2, partLow: 4, partHigh: 5, parts: 6, received: 14 };
const part = { low: 0, high: 1, bytes: 2 };
const pollOut = 4;
const dontWait = 0x40;
/** How long a network that is slower than we answer holds up everything else, before replies are lost to it. */
const sendWaitMs = 20;

const words = (bytes: number) => bytes / Uint32Array.BYTES_PER_ELEMENT;

/** Headers of as many messages as there may be replies, each with one part. */
class Headers {
  readonly address: bigint;
  readonly #memory = new Uint32Array(words(repliesMax * (headerBytes + partBytes)));

  constructor(libc: Libc) {
    const partsAt = repliesMax * headerBytes;
    this.address = libc.addressOf(new Uint8Array(this.#memory.buffer));
    for (let i = 0; i < repliesMax; i++) {
      const address = this.address + BigInt(partsAt + i * partBytes);
      this.#setPointer(this.#header(i) + header.partLow, address);
      this.#memory[this.#header(i) + header.parts] = 1;
    }
  }

  setName(i: number, low: number, high: number, bytes: number): void {
    const at = this.#header(i);
    this.#memory[at + header.nameLow] = low;
    this.#memory[at + header.nameHigh] = high;
    this.#memory[at + header.nameBytes] = bytes;
  }

  setPart(i: number, address: bigint): void {
    this.#setPointer(this.#part(i) + part.low, address);
  }

  setPartBytes(i: number, bytes: number): void {
    this.#memory[this.#part(i) + part.bytes] = bytes;
  }

  nameBytes(i: number): number {
    return this.#memory[this.#header(i) + header.nameBytes]!;
  }

  /** How many bytes came. */
  received(i: number): number {
    return this.#memory[this.#header(i) + header.received]!;
  }

  #header(i: number): number {
    return words(i * headerBytes);
  }

  #part(i: number): number {
    return words(repliesMax * headerBytes + i * partBytes);
  }

  #setPointer(at: number, address: bigint): void {
    this.#memory[at] = lowOf(address);
    this.#memory[at + 1] = highOf(address);
  }
}

export class PacketBatch {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #in: Headers;
  readonly #out: Headers;
  readonly #packets: Uint8Array[] = [];
  /** Who asked: a `sockaddr` for each packet. */
  readonly #names = new Uint8Array(repliesMax * nameSlotBytes);
  readonly #namesLow: number[] = [];
  readonly #namesHigh: number[] = [];
  readonly #slots = new Uint8Array(repliesMax * replySlotBytes);
  readonly #slotAddresses: bigint[] = [];
  /** Replies that are not in their slots, until they are sent. */
  readonly #longReplies = new Map<number, Uint8Array>();
  #replies = 0;
  #lastClient = { name: new Uint8Array(0), text: '' };

  /** @param fd of a UDP socket that does not block. Close it after the last turn. */
  constructor(libc: Libc, fd: number) {
    this.#libc = libc;
    this.#fd = fd;
    this.#in = new Headers(libc);
    this.#out = new Headers(libc);
    const namesAddress = libc.addressOf(this.#names);
    const slotsAddress = libc.addressOf(this.#slots);
    for (let i = 0; i < repliesMax; i++) {
      const nameAddress = namesAddress + BigInt(i * nameSlotBytes);
      this.#namesLow.push(lowOf(nameAddress));
      this.#namesHigh.push(highOf(nameAddress));
      this.#slotAddresses.push(slotsAddress + BigInt(i * replySlotBytes));
      this.#out.setPart(i, this.#slotAddresses[i]!);
    }
    for (let i = 0; i < packetsMax; i++) {
      this.#in.setName(i, this.#namesLow[i]!, this.#namesHigh[i]!, nameBytesMax);
      this.#in.setPartBytes(i, packetBytesMax);
      this.#renew(i);
    }
  }

  /** How many packets came; 0 when none is there. Those of the turn before are gone. */
  receive(): number {
    // The room for a name is now what the last one there took, which is the same for all that one socket hears.
    const count = this.#libc.recvmmsg(this.#fd, this.#in.address, packetsMax, dontWait, null);
    return Math.max(count, 0);
  }

  /** Valid until the next turn, unless it is lent. */
  packet(i: number): Uint8Array {
    return this.#packets[i]!.subarray(0, this.#in.received(i));
  }

  /** The IP address of who sent it. */
  client(i: number): string {
    const name = this.#name(i);
    if (!isSameHost(name, this.#lastClient.name))
      this.#lastClient = { name: name.slice(), text: formatSocketName(name) };
    return this.#lastClient.text;
  }

  /** Leaves a packet to whoever has it. The function sends the reply to it, later. */
  lend(i: number): (reply: Uint8Array) => void {
    this.#renew(i);
    const name = this.#name(i).slice();
    return (reply) => this.#libc.sendto(this.#fd, reply, reply.length, dontWait, name, name.length);
  }

  /** Copies the reply. */
  reply(i: number, reply: Uint8Array): void {
    this.#add(reply, i, this.#in.nameBytes(i));
  }

  /** A reply to somebody else, one in a turn. @returns false when it cannot be sent this way. */
  replyTo(address: string, port: number, reply: Uint8Array): boolean {
    const name = encodeSocketName(address, port);
    if (!name) return false;
    this.#names.set(name, packetsMax * nameSlotBytes);
    this.#add(reply, packetsMax, name.length);
    return true;
  }

  /** One that cannot be sent is lost, as any datagram may be. */
  send(): void {
    let sent = 0;
    let mayWait = true;
    while (sent < this.#replies) {
      const address = this.#out.address + BigInt(sent * headerBytes);
      const count = this.#libc.sendmmsg(this.#fd, address, this.#replies - sent, dontWait);
      if (count > 0) sent += count;
      else if (this.#libc.failure('sendmmsg').code !== 'EAGAIN') sent += 1;
      else if (mayWait) mayWait = this.#waitForRoom();
      else break;
    }
    this.#endTurn();
  }

  #add(reply: Uint8Array, nameAt: number, nameBytes: number): void {
    const at = this.#replies++;
    this.#out.setName(at, this.#namesLow[nameAt]!, this.#namesHigh[nameAt]!, nameBytes);
    this.#out.setPartBytes(at, reply.length);
    if (reply.length <= replySlotBytes) this.#slots.set(reply, at * replySlotBytes);
    else {
      this.#longReplies.set(at, reply);
      this.#out.setPart(at, this.#libc.addressOf(reply));
    }
  }

  #endTurn(): void {
    this.#replies = 0;
    for (const at of this.#longReplies.keys()) this.#out.setPart(at, this.#slotAddresses[at]!);
    this.#longReplies.clear();
  }

  #waitForRoom(): boolean {
    const poll = new Uint8Array(Int32Array.of(this.#fd, pollOut).buffer);
    return this.#libc.poll(poll, 1, sendWaitMs) > 0;
  }

  #renew(i: number): void {
    this.#packets[i] = new Uint8Array(packetBytesMax);
    this.#in.setPart(i, this.#libc.addressOf(this.#packets[i]));
  }

  #name(i: number): Uint8Array {
    const at = i * nameSlotBytes;
    return this.#names.subarray(at, at + this.#in.nameBytes(i));
  }
}

const lowOf = (address: bigint) => Number(address & 0xffff_ffffn);
const highOf = (address: bigint) => Number(address >> 32n);
