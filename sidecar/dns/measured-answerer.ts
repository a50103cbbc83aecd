/** Counts what is answered, by its code, and how long it took. */
import type { Answerer } from '../../src/shared/dns/caching-answerer.ts';
import type { Clock } from '../system/clock.ts';

/** Told of every answer. */
export type DnsMeter = (rcode: number, durationMs: number) => void;

const rcodeMask = 0x0f;
/** The byte of a reply whose lower half is its code: RFC 1035, 4.1.1. */
const rcodeByte = 3;

export function measured(answerer: Answerer, meter: DnsMeter, clock: Clock): Answerer {
  return {
    answerQuestion(packet, transport, client) {
      const startedAtMs = clock.monotonicMs();
      const note = (reply: Uint8Array | undefined) => {
        if (reply) meter(reply[rcodeByte]! & rcodeMask, clock.monotonicMs() - startedAtMs);
        return reply;
      };
      const reply = answerer.answerQuestion(packet, transport, client);
      return reply instanceof Promise ? reply.then(note) : note(reply);
    },
  };
}
