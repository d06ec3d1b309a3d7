/**
 * The users one rollout has met at this edge process: in which arms, or aside, and whether one harmed them.
 * Who was met aside and is compared later is moved, not new: chance put the new ones among those compared.
 *
 * One set for both arms: when it is full, further users are left out of the user counts of either arm, and
 * harm is counted of those within only. Sets of their own would fill one after the other, and the arm
 * with room left would look as if it had drawn more than its share of users.
 */
import type { Arm } from "#domain";
import type { UserHash } from "./hash.ts";
import { limits } from "./limits.ts";
import { UserSet } from "./user-set.ts";

const marks = { baseline: 1, candidate: 2, harmed: 4, aside: 8 } as const;
const anywhere = marks.baseline | marks.candidate | marks.aside;

export class RolloutUsers {
  readonly #users = new UserSet(limits.usersPerRolloutMax);

  /** No further user is remembered. */
  get isFull(): boolean {
    return this.#users.isFull;
  }

  /**
   * Notes that a user is in an arm, or aside. `new`: met for the first time. `moved`: met elsewhere before.
   * `known`: nothing new, or no room to remember.
   */
  meet(user: UserHash, arm: Arm | "aside"): "new" | "moved" | "known" {
    const before = this.#users.mark(user, marks[arm]);
    if (before === -1 || (before & marks[arm]) !== 0) return "known";
    return (before & anywhere) === 0 ? "new" : "moved";
  }

  /** Notes that a user was harmed; true the first time. */
  harm(user: UserHash): boolean {
    const before = this.#users.mark(user, marks.harmed);
    return before !== -1 && (before & marks.harmed) === 0;
  }
}
