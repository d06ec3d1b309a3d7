/**
 * Intervals that have come from edges and are not acknowledged. Whoever starts to iterate gets all of
 * them first, so one that was taken and never stored is given again. Bounded by the edges: each sends
 * at most a window of unacknowledged ones.
 */
import type { EdgeInterval } from "#domain";

export class IntervalQueue {
  #waiting: EdgeInterval[] = [];
  readonly #wakes = new Set<() => void>();

  /** Takes one in; a repeat after a reconnect is recognised. */
  put(interval: EdgeInterval): void {
    if (this.#waiting.some((known) => isSame(known, interval))) return;
    this.#waiting.push(interval);
    for (const wake of this.#wakes) wake();
  }

  acknowledge(interval: EdgeInterval): void {
    const { edge, boot, seq } = interval;
    this.#waiting = this.#waiting.filter(
      (known) => known.edge !== edge || known.boot !== boot || known.seq > seq,
    );
  }

  async *iterate(signal: AbortSignal): AsyncIterable<EdgeInterval> {
    let given = new Set<EdgeInterval>();
    while (!signal.aborted) {
      const next = this.#waiting.find((interval) => !given.has(interval));
      if (next === undefined) {
        await this.#wake(signal);
        continue;
      }
      given.add(next);
      yield next;
      given = new Set(this.#waiting.filter((interval) => given.has(interval)));
    }
  }

  async #wake(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = () => {
        signal.removeEventListener("abort", wake);
        this.#wakes.delete(wake);
        resolve();
      };
      this.#wakes.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }
}

function isSame(one: EdgeInterval, other: EdgeInterval): boolean {
  return one.seq === other.seq && one.boot === other.boot && one.edge === other.edge;
}
