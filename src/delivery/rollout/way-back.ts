/** Which release a way back leads to. Pure: the server goes there, and a dry run says where that is. */
import { err, ok, type Result } from "#std";
import { takenBackWords, type NotFound, type TakenBack, type WrongState } from "#domain";

/** What the rule asks of a release, as the domain has it or as it travels. */
interface Known {
  readonly id: string;
  readonly number: number;
  readonly artifact: string;
  readonly configVersion: number;
  readonly publishedAt?: number | undefined;
  readonly restores?: string | undefined;
}

interface Listed extends Known {
  /** Set of one whose change was taken away from users, and is not live again. */
  readonly takenBack?: TakenBack | undefined;
}

/**
 * The release by its number, or without one the newest that was live before the live one and was not taken back.
 * `releases` are the app's, newest first. Refuses what there is not (`not_found`), and where there is nowhere to
 * go: what nobody ever had, what is live, or what is no other than that (`wrong_state`).
 */
export function wayBack<R extends Listed>(
  live: Known,
  releases: readonly R[],
  to: number | undefined,
): Result<R, NotFound | WrongState> {
  return to === undefined ? before(live, releases) : named(live, releases, to);
}

function named<R extends Listed>(
  live: Known,
  releases: readonly R[],
  to: number,
): Result<R, NotFound | WrongState> {
  const next = "choose a release that everybody had: tidegate release list";
  const what = `release v${to}`;
  if (to === live.number) {
    const goBack = "to go to what was live before it: tidegate release rollback";
    return err({ code: "wrong_state", what, state: "live already", next: goBack });
  }
  const target = releases.find(({ number }) => number === to);
  if (target === undefined) return err({ code: "not_found", what: "release", name: `v${to}` });
  if (target.publishedAt === undefined) {
    return err({ code: "wrong_state", what, state: "one that was never let in", next });
  }
  if (!isSame(target, live)) return ok(target);
  const state = `the code and configuration of v${live.number}, which is live: nothing to do`;
  return err({ code: "wrong_state", what, state, next });
}

/** A version that was gone back from is not "before": whoever asks twice would meet again what was taken away. */
function before<R extends Listed>(
  live: Known,
  releases: readonly R[],
): Result<R, NotFound | WrongState> {
  const root = rootOf(live, releases);
  const target = releases.find(
    (each) =>
      each.publishedAt !== undefined &&
      each.takenBack === undefined &&
      each.number < root.number &&
      !isSame(each, live),
  );
  if (target !== undefined) return ok(target);
  const what = `live release v${live.number}`;
  const newest = releases.find((each) => isAway(each, live) && !isSame(each, live));
  if (newest?.takenBack === undefined) {
    const state = "the oldest code and configuration: nothing was live before it";
    return err({ code: "wrong_state", what, state, next: "tidegate release list" });
  }
  const example = `tidegate release rollback v${newest.number}`;
  return err({
    code: "wrong_state",
    what,
    state: `the oldest that was not taken back; ${takenBackWords(newest.number, newest.takenBack)}`,
    next: `to have one back all the same, name it: tidegate release list, then such as ${example}`,
  });
}

/** What the live one restored, and that one in turn, is what it is: going back from it means before that. */
function rootOf(live: Known, releases: readonly Known[]): Known {
  const restored = releases.find(({ id }) => id === live.restores);
  // A release restores an older one, so this ends.
  return restored === undefined || restored.number >= live.number
    ? live
    : rootOf(restored, releases);
}

function isSame(one: Known, other: Known): boolean {
  return one.artifact === other.artifact && one.configVersion === other.configVersion;
}

function isAway({ takenBack, publishedAt, number }: Listed, live: Known): boolean {
  return takenBack !== undefined && publishedAt !== undefined && number < live.number;
}
