/**
 * A collection for things that come and go thousands of times a second.
 *
 * Not a `Set`: V8 rehashes a Set every few dozen additions and removals, and each old table points to
 * its successor and keeps what was in it. Once one such table is old, every later request lives until
 * the next full collection: measured as 17 % of the edge's time in the collector, and 250 MB.
 */
import { assert } from "#std";

/** A member knows its place; -1 when it is in no bag. */
export interface Baggable {
  slot: number;
}

export class Bag<T extends Baggable> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    assert(item.slot === -1, "a member is in one bag, once");
    item.slot = this.#items.length;
    this.#items.push(item);
  }

  /** Takes a member out, if it is in; the last takes its place. */
  delete(item: T): void {
    if (item.slot === -1) return;
    const last = this.#items.pop();
    assert(last !== undefined);
    if (last !== item) {
      this.#items[item.slot] = last;
      last.slot = item.slot;
    }
    item.slot = -1;
  }

  /** A copy, so that members may leave while it is walked. */
  members(): readonly T[] {
    return [...this.#items];
  }
}
