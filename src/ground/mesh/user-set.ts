/**
 * A bounded set of 64-bit user hashes with a few marks each: open addressing over typed arrays, because
 * a `Map` of strings would take ten times the memory and a heap object per user.
 */
import type { UserHash } from "./hash.ts";

const slotsFirst = 1024;

export class UserSet {
  readonly #usersMax: number;
  #slots = new Uint32Array(slotsFirst * 2);
  #marks = new Uint8Array(slotsFirst);
  #size = 0;

  constructor(usersMax: number) {
    this.#usersMax = usersMax;
  }

  get isFull(): boolean {
    return this.#size >= this.#usersMax;
  }

  /**
   * Adds marks (bits, at least one) to a user and gives those there were before, 0 for a new user. When
   * full, a new user is not taken in: -1.
   */
  mark(user: UserHash, marks: number): number {
    // The pair (0, 0) marks an empty slot; the one user in 2^64 who has it becomes (0, 1).
    const low = user.high === 0 && user.low === 0 ? 1 : user.low;
    const at = this.#find(user.high, low);
    if (this.#isEmpty(at)) return this.#add({ high: user.high, low }, at, marks);
    const before = this.#marks[at >> 1] ?? 0;
    this.#marks[at >> 1] = before | marks;
    return before;
  }

  /** Takes the marks `from` away from a user and then adds `to`; gives those there were, or -1 for nobody it knows. */
  remark(user: UserHash, from: number, to: number): number {
    const at = this.#find(user.high, user.high === 0 && user.low === 0 ? 1 : user.low);
    if (this.#isEmpty(at)) return -1;
    const before = this.#marks[at >> 1] ?? 0;
    this.#marks[at >> 1] = (before & ~from) | to;
    return before;
  }

  /** The marks of a user, or -1 for nobody it knows. */
  marksOf(user: UserHash): number {
    return this.remark(user, 0, 0);
  }

  #add({ high, low }: UserHash, at: number, marks: number): number {
    if (this.isFull) return -1;
    this.#slots[at] = high;
    this.#slots[at + 1] = low;
    this.#marks[at >> 1] = marks;
    this.#size += 1;
    if (this.#size * 4 > this.#slots.length) this.#grow();
    return 0;
  }

  /** Index of the user's slot, or of the empty one where they would go; load stays below a half. */
  #find(high: number, low: number): number {
    const mask = this.#slots.length - 1;
    let at = (low * 2) & mask;
    while (!this.#isEmpty(at) && (this.#slots[at] !== high || this.#slots[at + 1] !== low)) {
      at = (at + 2) & mask;
    }
    return at;
  }

  #isEmpty(at: number): boolean {
    return this.#slots[at] === 0 && this.#slots[at + 1] === 0;
  }

  #grow(): void {
    const [slots, marks] = [this.#slots, this.#marks];
    this.#slots = new Uint32Array(slots.length * 2);
    this.#marks = new Uint8Array(marks.length * 2);
    for (let at = 0; at < slots.length; at += 2) {
      const [high = 0, low = 0] = [slots[at], slots[at + 1]];
      if (high === 0 && low === 0) continue;
      const to = this.#find(high, low);
      this.#slots[to] = high;
      this.#slots[to + 1] = low;
      this.#marks[to >> 1] = marks[at >> 1] ?? 0;
    }
  }
}
