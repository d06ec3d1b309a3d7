/** Which release a way back leads to. Pure: the server goes there, and a dry run says where that is. */
import { err, ok, type Result } from "#std";
import type { NotFound, WrongState } from "#domain";

/** What the rule asks of a release, as the domain has it or as it travels. */
interface Known {
  readonly id: string;
  readonly number: number;
  readonly publishedAt?: number | undefined;
  readonly restores?: string | undefined;
}

/**
 * The release by its number, or without one the release that was live before the live one. `releases` are
 * the app's, newest first. Refuses what there is not (`not_found`), and what nobody ever had (`wrong_state`).
 */
export function wayBack<R extends Known>(
  live: Known,
  releases: readonly R[],
  to: number | undefined,
): Result<R, NotFound | WrongState> {
  const others = releases.filter(({ id }) => id !== live.id);
  const target =
    to === undefined ? before(live, others) : others.find(({ number }) => number === to);
  if (target === undefined) {
    const name = to === undefined ? `before v${live.number}` : `v${to}`;
    return err({ code: "not_found", what: "release", name });
  }
  if (target.publishedAt !== undefined) return ok(target);
  return err({
    code: "wrong_state",
    what: `release v${target.number}`,
    state: "one that was never let in",
    next: "choose a release that everybody had: tidegate release list",
  });
}

/** What the live one restored is what it is: going back from it means before that. */
function before<R extends Known>(live: Known, others: readonly R[]): R | undefined {
  const restored = others.find(({ id }) => id === live.restores)?.number ?? live.number;
  return others.find((each) => each.publishedAt !== undefined && each.number < restored);
}
