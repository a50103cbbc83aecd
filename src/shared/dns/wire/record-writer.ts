/**
 * Writing records. A record is written without knowing where in a message it will stand, because replies are put
 * together of ready pieces in a new order each time; so names point at the question only, which always follows the
 * header, and at marks that are filled in when the piece has found its place.
 */
import { asked, type RecordData, type ResourceRecord, recordTypes } from '../record.ts';
import * as format from './format.ts';
import { decodeQuestionLabels } from './query.ts';

const utf8 = new TextEncoder();
const nowhere: ReadonlyMap<string, number> = new Map();

/** The length of a dotted name on the wire; -1 for one that DNS cannot carry. */
function wireLength(name: string): number {
  if (name === '') return 1;
  let length = 1;
  for (let start = 0; start <= name.length; ) {
    const end = labelEnd(name, start);
    const bytes = labelBytes(name, start, end);
    if (bytes === 0 || bytes > format.labelBytesMax) return -1;
    length += 1 + bytes;
    start = end + 1;
  }
  return length <= format.nameBytesMax ? length : -1;
}

function labelEnd(name: string, start: number): number {
  const dot = name.indexOf('.', start);
  return dot < 0 ? name.length : dot;
}

/** Nearly all names are ASCII, whose characters are their bytes: encoding them one by one would take most of the time. */
function labelBytes(name: string, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    if (name.charCodeAt(i) > 0x7f) return utf8.encode(name.slice(start, end)).length;
  }
  return end - start;
}

/** Whether DNS can carry `name`: labels of 1 to 63 bytes, 255 bytes in all. */
export const isEncodableName = (name: string): boolean => wireLength(name) > 0;

/** DNS folds the case of ASCII letters only. */
const toLower = (name: string) => name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** What a record's names may refer to. */
export interface NameScope {
  /** The question's name as it was asked, in wire form. */
  askedName: Uint8Array;
  /** Offsets of the names that the question ends in, in lower case; empty when names must not be compressed. */
  offsets: ReadonlyMap<string, number>;
  compress: boolean;
}

/** @param packet a well-formed query. */
export function makeNameScope(packet: Uint8Array, compress: boolean): NameScope {
  const askedName = format.copyBytes(packet, format.headerBytes, format.nameEnd(packet, format.headerBytes));
  return { askedName, offsets: compress ? findOffsets(packet) : new Map(), compress };
}

function findOffsets(packet: Uint8Array): Map<string, number> {
  const offsets = new Map<string, number>();
  const labels = decodeQuestionLabels(packet);
  // A dot inside a label, or bytes that are no UTF-8, would let two different names look alike.
  if (labels.some((label) => label.includes('.') || label.includes('\ufffd'))) return offsets;
  let at = format.headerBytes;
  for (let i = 0; i < labels.length; i++) {
    offsets.set(toLower(labels.slice(i).join('.')), at);
    at += 1 + packet[at]!;
  }
  return offsets;
}

/** Collects records' bytes, and their length had nothing been compressed. */
export class RecordWriter {
  #bytes = new Uint8Array(128);
  #length = 0;
  #saved = 0;
  #targetAt = 0;
  readonly #scope: NameScope;

  constructor(scope: NameScope) {
    this.#scope = scope;
  }

  get offset(): number {
    return this.#length;
  }

  /** Where the target is that was written last: of a CNAME, NS, PTR or SRV record. */
  get targetAt(): number {
    return this.#targetAt;
  }

  get plainLength(): number {
    return this.#length + this.#saved;
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  record(record: ResourceRecord): void {
    if (record.name === asked) this.#askedName();
    else this.#name(record.name);
    this.#body(record);
  }

  /** As {@link record}, with a pointer for a name which is at an offset that is not known yet. Returns where it is. */
  recordOfMark(record: ResourceRecord): number {
    const at = this.#length;
    this.#u16(format.pointerMark);
    this.#saved += wireLength(record.name) - 2;
    this.#body(record);
    return at;
  }

  #askedName(): void {
    if (this.#scope.compress) {
      this.#u16(format.pointerMark | format.headerBytes);
      this.#saved += this.#scope.askedName.length - 2;
    } else this.#raw(this.#scope.askedName);
  }

  #body(record: ResourceRecord): void {
    this.#u16(recordTypes[record.type]);
    this.#u16(format.classIn);
    this.#u32(record.ttlS);
    const lengthAt = this.#length;
    this.#u16(0);
    this.#data(record);
    const length = this.#length - lengthAt - 2;
    this.#bytes[lengthAt] = length >> 8;
    this.#bytes[lengthAt + 1] = length & 0xff;
  }

  #data(data: RecordData): void {
    switch (data.type) {
      case 'A':
      case 'AAAA':
        this.#raw(data.address);
        break;
      case 'CNAME':
      case 'NS':
      case 'PTR':
        this.#targetAt = this.#length;
        this.#name(data.target);
        break;
      case 'SRV':
        this.#u16(data.priority);
        this.#u16(data.weight);
        this.#u16(data.port);
        // RFC 2782 forbids compression of the target.
        this.#targetAt = this.#length;
        this.#name(data.target, nowhere);
        break;
      case 'TXT':
        this.#text(utf8.encode(data.text));
        break;
      case 'SOA':
        this.#name(data.primary);
        this.#name(data.mailbox);
        for (const value of [data.serial, data.refreshS, data.retryS, data.expireS, data.minTtlS]) {
          this.#u32(value);
        }
    }
  }

  /** @throws {RangeError} where {@link isEncodableName} is false; names that users chose are asked about first. */
  #name(name: string, offsets = this.#scope.offsets): void {
    if (wireLength(name) < 0) throw new RangeError(`not a name that DNS can carry: ${JSON.stringify(name)}`);
    for (let start = 0; start < name.length; ) {
      const rest = name.slice(start);
      const offset = offsets.get(toLower(rest));
      if (offset !== undefined) {
        this.#u16(format.pointerMark | offset);
        this.#saved += wireLength(rest) - 2;
        return;
      }
      const end = labelEnd(name, start);
      this.#label(name, start, end);
      start = end + 1;
    }
    this.#byte(0);
  }

  #label(name: string, start: number, end: number): void {
    const bytes = labelBytes(name, start, end);
    this.#byte(bytes);
    if (bytes > end - start) this.#raw(utf8.encode(name.slice(start, end)));
    else for (let i = start; i < end; i++) this.#byte(name.charCodeAt(i));
  }

  /** What is longer than a character string can be (255 bytes) becomes several, which readers join. */
  #text(text: Uint8Array): void {
    for (let at = 0; at === 0 || at < text.length; at += 255) {
      const part = text.subarray(at, at + 255);
      this.#byte(part.length);
      this.#raw(part);
    }
  }

  #u32(value: number): void {
    this.#u16(Math.floor(value / 0x10000));
    this.#u16(value);
  }

  #u16(value: number): void {
    this.#byte((value >> 8) & 0xff);
    this.#byte(value & 0xff);
  }

  #raw(bytes: Uint8Array): void {
    for (const byte of bytes) this.#byte(byte);
  }

  #byte(value: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = value;
  }
}
