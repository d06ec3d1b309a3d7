/**
 * Intervals that were counted and not yet stored by the control plane, oldest first. Kept for an hour
 * of traffic without one; what is dropped then is counted, so that the loss can be told.
 */
import type { EdgeInterval } from "#domain";
import { limits } from "./limits.ts";
import type { Tally } from "./tally.ts";

export class IntervalLog {
  readonly #edge: string;
  readonly #boot: string;
  readonly #dirty: Set<Tally>;
  #pending: EdgeInterval[] = [];
  #seq = 0;
  #startAt: number;
  #lost = 0;

  constructor(of: { edge: string; boot: string; dirty: Set<Tally>; startAt: number }) {
    this.#edge = of.edge;
    this.#boot = of.boot;
    this.#dirty = of.dirty;
    this.#startAt = of.startAt;
  }

  /** Ends the interval under way; one without any request leaves no trace. */
  flush(endAt: number, tableVersion: number): EdgeInterval | undefined {
    const startAt = this.#startAt;
    this.#startAt = endAt;
    if (this.#dirty.size === 0) return undefined;
    const rows = [...this.#dirty].map((tally) => tally.takeRow());
    this.#dirty.clear();
    this.#seq += 1;
    const interval: EdgeInterval = {
      edge: this.#edge,
      boot: this.#boot,
      seq: this.#seq,
      startAt,
      endAt: Math.max(startAt, endAt),
      tableVersion,
      rows,
    };
    this.#pending.push(interval);
    if (this.#pending.length > limits.intervalsKeptMax) {
      this.#pending.shift();
      this.#lost += 1;
    }
    return interval;
  }

  /** Forgets what is stored, up to and including `seq`. */
  acknowledge(boot: string, seq: number): void {
    if (boot !== this.#boot) return;
    this.#pending = this.#pending.filter((interval) => interval.seq > seq);
  }

  /** At most a window of unacknowledged intervals after `seq`. */
  window(seq: number): readonly EdgeInterval[] {
    return this.#pending
      .slice(0, limits.intervalsUnackedMax)
      .filter((interval) => interval.seq > seq);
  }

  /** Intervals dropped since the last call. */
  takeLost(): number {
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }
}
