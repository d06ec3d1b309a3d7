/**
 * A bounded set of 64-bit user hashes: open addressing over one typed array, because a `Set` of
 * strings would take ten times the memory and a heap object per user.
 */
import type { UserHash } from "./hash.ts";

const slotsFirst = 1024;

export class UserSet {
  readonly #usersMax: number;
  #slots = new Uint32Array(slotsFirst * 2);
  #size = 0;

  constructor(usersMax: number) {
    this.#usersMax = usersMax;
  }

  get isFull(): boolean {
    return this.#size >= this.#usersMax;
  }

  /** Adds a user; true when it was not in the set before. When full, nobody is new any more. */
  add(user: UserHash): boolean {
    // The pair (0, 0) marks an empty slot; the one user in 2^64 who has it becomes (0, 1).
    const low = user.high === 0 && user.low === 0 ? 1 : user.low;
    const at = this.#find(user.high, low);
    if (!this.#isEmpty(at) || this.isFull) return false;
    this.#slots[at] = user.high;
    this.#slots[at + 1] = low;
    this.#size += 1;
    if (this.#size * 4 > this.#slots.length) this.#grow();
    return true;
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
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += 2) {
      const [high = 0, low = 0] = [old[at], old[at + 1]];
      if (high === 0 && low === 0) continue;
      const to = this.#find(high, low);
      this.#slots[to] = high;
      this.#slots[to + 1] = low;
    }
  }
}
