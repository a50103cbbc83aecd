/**
 * One number for each topic, in memory that all threads share: a thread can tell by them whether an answer still stands,
 * without a message. The numbers only rise; topics that share a place rise together, which costs an answer, never its truth.
 */
import type { MovingIndex, Topic } from '../../../src/shared/catalog-reader.ts';

const places = 65_536;
/** Rises with everything. */
const everything = 0;
/** Rises with the settings. */
const settings = 1;
const topicsFrom = 2;

export class SharedIndexes {
  readonly buffer: SharedArrayBuffer;
  readonly #indexes: Int32Array;

  constructor(buffer = new SharedArrayBuffer(places * Int32Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#indexes = new Int32Array(buffer);
  }

  get(datacenter: string, topic: Topic): number {
    return this.#at(everything) + this.#at(placeOf(datacenter, topic));
  }

  moving(datacenter: string, topic: Topic): MovingIndex {
    const place = placeOf(datacenter, topic);
    const value = () => this.#at(everything) + this.#at(place);
    return {
      get value() {
        return value();
      },
    };
  }

  /** How often the settings have changed. */
  get settings(): number {
    return this.#at(settings);
  }

  raise(datacenter: string, topics: Iterable<Topic>): void {
    for (const topic of topics) Atomics.add(this.#indexes, placeOf(datacenter, topic), 1);
  }

  raiseAll(): void {
    Atomics.add(this.#indexes, everything, 1);
  }

  raiseSettings(): void {
    Atomics.add(this.#indexes, settings, 1);
  }

  #at(place: number): number {
    return Atomics.load(this.#indexes, place);
  }
}

function placeOf(datacenter: string, topic: Topic): number {
  const hash = hashOn(hashOn(hashStart, datacenter), topic);
  return topicsFrom + ((hash >>> 0) % (places - topicsFrom));
}

/** FNV-1a. */
const hashStart = 0x811c9dc5;

function hashOn(hash: number, text: string): number {
  let next = hash;
  for (let i = 0; i < text.length; i++) next = Math.imul(next ^ text.charCodeAt(i), 0x01000193);
  return next;
}
