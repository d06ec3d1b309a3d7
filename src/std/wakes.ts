/**
 * Wake-up calls by key. A caller notes the tick it has seen, looks at the state, and waits for a later
 * tick: a call between the look and the wait is never lost.
 */
export class Wakes {
  readonly #ticks = new Map<string, number>();
  readonly #waiters = new Map<string, Set<() => void>>();

  tick(key: string): number {
    return this.#ticks.get(key) ?? 0;
  }

  wake(key: string): void {
    this.#ticks.set(key, this.tick(key) + 1);
    const waiters = this.#waiters.get(key);
    this.#waiters.delete(key);
    for (const resolve of waiters ?? []) resolve();
  }

  /** Resolves once the tick is past `seen`, or when `signal` aborts. */
  async past(key: string, seen: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.tick(key) > seen) return;
    await new Promise<void>((resolve) => {
      const waiters = this.#waiters.get(key) ?? new Set();
      this.#waiters.set(key, waiters);
      const done = (): void => {
        signal.removeEventListener("abort", done);
        waiters.delete(done);
        resolve();
      };
      waiters.add(done);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  /** Drops what is known of a key that will not be used again. */
  forget(key: string): void {
    this.wake(key);
    this.#ticks.delete(key);
  }
}
