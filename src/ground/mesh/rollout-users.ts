/**
 * The users one rollout has met at this edge process: in which arms, and whether one harmed them.
 *
 * One set for both arms: when it is full, further users are left out of the user counts of either arm, and
 * harm is counted of those within only. Sets of their own would fill one after the other, and the arm
 * with room left would look as if it had drawn more than its share of users.
 *
 * A user is stuck after a few failed requests in a row. A request is counted before it is known to have failed, so
 * each counted request leaves a mark that its failure takes away; who still has it at the next one was served.
 */
import { stuckAfterFailures, type Arm } from "#domain";
import { assert } from "#std";
import type { UserHash } from "./hash.ts";
import { limits } from "./limits.ts";
import { UserSet } from "./user-set.ts";

const marks = {
  baseline: 1,
  candidate: 2,
  harmed: 4,
  served: 8,
  failedOnce: 16,
  stuck: 64,
} as const;
/** Failed requests in a row, 0..3, in two bits from `failedOnce` up. */
const failedMask = marks.failedOnce * 3;
assert(stuckAfterFailures <= 3, "failures in a row are counted in two bits");
const bothArms = marks.baseline | marks.candidate;

export class RolloutUsers {
  readonly #users = new UserSet(limits.usersPerRolloutMax);

  /** No further user is remembered. */
  get isFull(): boolean {
    return this.#users.isFull;
  }

  /**
   * Notes that a user is in an arm. `new`: met for the first time. `moved`: met in the other arm before.
   * `known`: nothing new, or no room to remember.
   */
  meet(user: UserHash, arm: Arm): "new" | "moved" | "known" {
    const before = this.#users.mark(user, marks[arm]);
    if (before === -1 || (before & marks[arm]) !== 0) return "known";
    return (before & bothArms) === 0 ? "new" : "moved";
  }

  /** Notes a request of a user, of which `fail` may follow. */
  request(user: UserHash): void {
    const before = this.#users.marksOf(user);
    if (before === -1) return;
    const wasServed = (before & marks.served) !== 0;
    this.#users.remark(user, wasServed ? failedMask : 0, marks.served);
  }

  /** Notes that the last request failed; true when it makes the user stuck for the first time. */
  fail(user: UserHash): boolean {
    const before = this.#users.marksOf(user);
    if (before === -1 || (before & marks.stuck) !== 0) return false;
    const inARow = (before & failedMask) / marks.failedOnce + 1;
    const isStuck = inARow >= stuckAfterFailures;
    const now = isStuck ? marks.stuck : inARow * marks.failedOnce;
    this.#users.remark(user, failedMask | marks.served, now);
    return isStuck;
  }

  /** Notes that a user was harmed; true the first time. */
  harm(user: UserHash): boolean {
    const before = this.#users.mark(user, marks.harmed);
    return before !== -1 && (before & marks.harmed) === 0;
  }
}
