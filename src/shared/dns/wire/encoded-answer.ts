/**
 * An answer in ready pieces: its records are encoded once, each item on its own, and replies are put together of them.
 * That is what a cache holds, so that a cached answer costs a few copies and is still shuffled and cut anew each time.
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
  items: EncodedItem[];
  /** Indexes of `items`; each reply shuffles on from where the last one left off. */
  order: Uint32Array;
  /** Bytes of everything, in a reply that leaves nothing out; and with {@link Piece.farBytes}. */
  bytes: number;
  farBytes: number;
  authority: Piece;
  additional: Piece;
}

export interface EncodedItem {
  answer: Piece;
  /** Where in `answer` the name is that glue is about; -1 without glue. */
  targetAt: number;
  glue: Piece;
  meta: Piece;
}

/** Records one after the other. */
export interface Piece {
  records: number;
  bytes: Uint8Array;
  /** Offsets in `bytes` of pointers to the item's target, to be filled in. */
  marks: number[];
  /** The same records with the names written out: for targets that stand too far back to be pointed at. */
  farBytes: Uint8Array;
  /** Bytes when no name is compressed. */
  plainLength: number;
}

/** @param packet the query, for names are compressed against its question. */
export function encodeAnswer(answer: Answer, packet: Uint8Array, compress: boolean): EncodedAnswer {
  const scope = makeNameScope(packet, compress);
  const items = answer.items.map((item) => encodeItem(item, scope));
  const authority = encodePiece(answer.authority, scope);
  const additional = encodePiece(answer.additional, scope);
  const sum = (size: (item: EncodedItem) => number) => items.reduce((total, item) => total + size(item), 0);
  const otherBytes = authority.bytes.length + additional.bytes.length;
  return {
    rcode: answer.rcode,
    authoritative: answer.authoritative,
    subnetSpecific: answer.subnetSpecific,
    shuffled: answer.shuffled,
    itemsMax: answer.itemsMax,
    items,
    order: Uint32Array.from(items.keys()),
    bytes: otherBytes + sum(({ answer, glue, meta }) => lengthOf(answer.bytes, glue.bytes, meta.bytes)),
    farBytes:
      otherBytes + sum(({ answer, glue, meta }) => lengthOf(answer.bytes, glue.farBytes, meta.farBytes)),
    authority,
    additional,
  };
}

const lengthOf = (...parts: Uint8Array[]) => parts.reduce((total, part) => total + part.length, 0);

function encodeItem(item: AnswerItem, scope: NameScope): EncodedItem {
  const first = item.answer[0]!;
  const target = 'target' in first ? first.target : undefined;
  const ownerBytes = scope.compress ? 2 : scope.askedName.length;
  const inData = first.type === 'SRV' ? format.srvFixedBytes : 0;
  return {
    answer: encodePiece(item.answer, scope),
    targetAt: ownerBytes + format.recordFixedBytes + inData,
    glue: encodePiece(item.glue, scope, target),
    meta: encodePiece(item.meta, scope, target),
  };
}

function encodePiece(records: ResourceRecord[], scope: NameScope, target?: string): Piece {
  const far = new RecordWriter(scope);
  for (const record of records) far.record(record);
  const farBytes = far.finish();
  const piece = { records: records.length, farBytes, plainLength: far.plainLength };
  if (!scope.compress || !records.some((record) => record.name === target)) {
    return { ...piece, bytes: farBytes, marks: [] };
  }
  const near = new RecordWriter(scope);
  const marks: number[] = [];
  for (const record of records) {
    if (record.name === target) marks.push(near.recordOfMark(record));
    else near.record(record);
  }
  return { ...piece, bytes: near.finish(), marks };
}
