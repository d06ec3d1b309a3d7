/** Since when a user has what they have in a rollout, from the journal's moves of exposure. Pure. */
import type { JournalEntry, RolloutId, UserPlace } from "#domain";

type Decided = Exclude<UserPlace, { readonly by: "everybody" }>;

/**
 * Gives when the user's bucket came to the side on which it is now; for a rule, when its users were let in. `undefined`
 * when the journal's entries do not say so. Entries in order.
 */
export function inSince(
  place: Decided,
  told: {
    readonly rollout: RolloutId;
    readonly startedAt: number;
    readonly entries: readonly JournalEntry[];
  },
): number | undefined {
  const { rollout, startedAt, entries } = told;
  if (place.by === "rule") {
    const entered = entries.find(
      ({ type, data }) =>
        type === "dev.tidegate.rollout.step_entered" &&
        data.rollout === rollout &&
        data.kind !== "shadow",
    );
    return entered?.at;
  }
  let [isIn, sinceAt] = [false, startedAt];
  for (const { type, at, data } of entries) {
    if (type !== "dev.tidegate.rollout.exposure_changed" || data.rollout !== rollout) continue;
    const isInNow = place.bucket < data.to;
    if (isInNow !== isIn) [isIn, sinceAt] = [isInNow, at];
  }
  return isIn === (place.arm === "candidate") ? sinceAt : undefined;
}
