/**
 * An answer in ready pieces: its records are encoded once, and replies are put together of them. That is what a cache
 * holds, so that a cached answer costs a few copies and is still shuffled and cut anew each time.
 *
 * All bytes of an answer stand together, and its objects are few: with thousands of answers in the cache, what a reply
 * costs is the memory that it touches.
 */
import type { Answer, AnswerItem, Rcode, ResourceRecord } from '../record.ts';
import * as format from './format.ts';
import { makeNameScope, type NameScope, RecordWriter } from './record-writer.ts';

export interface EncodedAnswer {
  rcode: Rcode;
  authoritative: boolean;
  subnetSpecific: boolean;
  shuffled: boolean;
  itemsMax: number;
  /** The records of all items, then authority, then what else is in Additional. */
  bytes: Uint8Array;
  items: EncodedItem[];
  /** Indexes of `items`; each reply shuffles on from where the last one left off. */
  order: Uint32Array;
  authority: Span;
  additional: Span;
  /** Offsets in `bytes` of pointers at an item's target, to be filled in where the item has found its place. */
  marks: Uint32Array;
  /** The same without marks, for replies in which a target may stand too far back to be pointed at. */
  far: EncodedAnswer | undefined;
}

/** Records in `bytes`. */
export interface Span {
  start: number;
  end: number;
  records: number;
}

/** An item's answer is from `start` to `glueStart`, its glue from there to `metaStart`, its meta from there to `end`. */
export interface EncodedItem {
  start: number;
  glueStart: number;
  metaStart: number;
  end: number;
  answerRecords: number;
  glueRecords: number;
  metaRecords: number;
  /** Where the target's name is, from `start` on. */
  targetAt: number;
  /** The item's marks in `marks`: those in its glue, then those in its meta. */
  glueMarks: number;
  metaMarks: number;
  marksEnd: number;
  /** Bytes of answer and glue when no name is compressed. */
  plainLength: number;
}

/** @param packet the query, for names are compressed against its question. */
export function encodeAnswer(answer: Answer, packet: Uint8Array, compress: boolean): EncodedAnswer {
  const scope = makeNameScope(packet, compress);
  const encoded = encodePieces(answer, scope, compress);
  const isFar = compress && packet.length + encoded.bytes.length > format.pointerOffsetMax;
  return isFar ? { ...encoded, far: encodePieces(answer, scope, false) } : encoded;
}

function encodePieces(answer: Answer, scope: NameScope, pointsAtTargets: boolean): EncodedAnswer {
  const writer = new RecordWriter(scope);
  const marks: number[] = [];
  const items = answer.items.map((item) => encodeItem(item, writer, pointsAtTargets ? marks : undefined));
  const authority = encodeSpan(answer.authority, writer);
  const additional = encodeSpan(answer.additional, writer);
  return {
    rcode: answer.rcode,
    authoritative: answer.authoritative,
    subnetSpecific: answer.subnetSpecific,
    shuffled: answer.shuffled,
    itemsMax: answer.itemsMax,
    bytes: writer.finish(),
    items,
    order: Uint32Array.from(items.keys()),
    authority,
    additional,
    marks: Uint32Array.from(marks),
    far: undefined,
  };
}

function encodeSpan(records: ResourceRecord[], writer: RecordWriter): Span {
  const start = writer.offset;
  for (const record of records) writer.record(record);
  return { start, end: writer.offset, records: records.length };
}

/** @param marks where marks are added; undefined when targets are written out instead. */
function encodeItem(
  { answer, glue, meta }: AnswerItem,
  writer: RecordWriter,
  marks: number[] | undefined,
): EncodedItem {
  const plainStart = writer.plainLength;
  const { start, end: glueStart } = encodeSpan(answer, writer);
  const target = marks && targetOf(answer[0]!);
  const targetAt = writer.targetAt - start;
  const glueMarks = marks?.length ?? 0;
  encodeAbout(target, glue, writer, marks);
  const plainLength = writer.plainLength - plainStart;
  const metaStart = writer.offset;
  const metaMarks = marks?.length ?? 0;
  encodeAbout(target, meta, writer, marks);
  return {
    start,
    glueStart,
    metaStart,
    end: writer.offset,
    answerRecords: answer.length,
    glueRecords: glue.length,
    metaRecords: meta.length,
    targetAt,
    glueMarks,
    metaMarks,
    marksEnd: marks?.length ?? 0,
    plainLength,
  };
}

const targetOf = (record: ResourceRecord) => ('target' in record ? record.target : undefined);

/** Writes records, those of `target` with a mark for its name. */
function encodeAbout(
  target: string | undefined,
  records: ResourceRecord[],
  writer: RecordWriter,
  marks: number[] | undefined,
): void {
  for (const record of records) {
    if (marks && record.name === target) marks.push(writer.recordOfMark(record));
    else writer.record(record);
  }
}
