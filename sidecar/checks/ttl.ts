import type { CheckDefinition, Status } from '../../src/shared/model.ts';
import type { Clock } from '../system/clock.ts';
import { limitNote } from './output.ts';
import { critical, type ProbeResult } from './probe.ts';

interface TtlOptions {
  clock: Clock;
  outputBytesMax(): number;
  /** How long until it first expires; its whole TTL unless it goes on after a restart. */
  remainingMs: number;
  /** Said again when it expires. */
  lastOutput: string;
  onResult(result: ProbeResult): void;
}

/**
 * A check that others keep alive: it turns critical when no status was set for the length of its TTL. Once expired it
 * stays so until the next update, which starts the time anew.
 */
export class TtlCheck {
  readonly #ttlMs: number;
  readonly #options: TtlOptions;
  #lastOutput: string;
  #expiresAtMs = 0;
  #cancel: () => void = () => {};

  constructor(definition: CheckDefinition, options: TtlOptions) {
    this.#ttlMs = definition.TTLMs!;
    this.#options = options;
    this.#lastOutput = options.lastOutput;
    this.#wait(options.remainingMs);
  }

  /** By the host's clock; in the past once it has expired. */
  get expiresAtMs(): number {
    return this.#expiresAtMs;
  }

  set(status: Status, output: string): void {
    this.#lastOutput = limitNote(output, this.#options.outputBytesMax());
    this.#wait(this.#ttlMs);
    this.#options.onResult({ Status: status, Output: this.#lastOutput });
  }

  stop(): void {
    this.#cancel();
  }

  #wait(ms: number): void {
    const { clock } = this.#options;
    this.#cancel();
    this.#expiresAtMs = clock.nowMs() + ms;
    this.#cancel = clock.after(ms, () => this.#expire());
  }

  #expire(): void {
    const last = this.#lastOutput && ` (last output before timeout follows): ${this.#lastOutput}`;
    this.#options.onResult(critical(`TTL expired${last}`));
  }
}
