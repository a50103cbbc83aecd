/** What a thread answered, told to the main thread together: a message for each answer would cost more than the answer. */
import type { Clock } from '../../system/clock.ts';
import type { DnsMeter } from '../measured-answerer.ts';

export interface Answered {
  rcodes: Uint8Array;
  durationsMs: Float32Array;
}

const answersMax = 4_096;
const tellEveryMs = 100;

export class AnswerLog {
  readonly #clock: Clock;
  readonly #tell: (answered: Answered) => void;
  readonly #rcodes = new Uint8Array(answersMax);
  readonly #durationsMs = new Float32Array(answersMax);
  #count = 0;

  constructor(clock: Clock, tell: (answered: Answered) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  readonly meter: DnsMeter = (rcode, durationMs) => {
    if (this.#count === 0) this.#clock.after(tellEveryMs, () => this.#tellAll());
    this.#rcodes[this.#count] = rcode;
    this.#durationsMs[this.#count] = durationMs;
    this.#count += 1;
    if (this.#count === answersMax) this.#tellAll();
  };

  #tellAll(): void {
    if (this.#count === 0) return;
    const [rcodes, durationsMs] = [
      this.#rcodes.slice(0, this.#count),
      this.#durationsMs.slice(0, this.#count),
    ];
    this.#count = 0;
    this.#tell({ rcodes, durationsMs });
  }
}
