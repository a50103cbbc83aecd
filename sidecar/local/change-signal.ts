/** Tells whoever waits that something has changed; what it was, they look up themselves. */
export class ChangeSignal {
  readonly #waiting = new Set<() => void>();

  fire(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Calls `wake` at every change until the result is called. */
  listen(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }

  get size(): number {
    return this.#waiting.size;
  }
}
