/** How a change stands now, as every list and page says it. */
import type { Change, ChangeState } from "./change.ts";
import type { ChangeId } from "./ids.ts";
import type { RolloutState } from "./rollout.ts";

/**
 * Its state, and two that its own entries do not tell. `paused`: it is being delivered, and a person has paused its
 * rollout. `replaced`: everybody got it, and what is live now is another change.
 */
export type ChangeStanding = ChangeState | "paused" | "replaced";

/** In the order of a delivery. */
export const changeStandings = [
  "delivering",
  "paused",
  "held",
  "live",
  "replaced",
  "failed",
  "rolled_back",
  "superseded",
  "unchanged",
] as const satisfies readonly ChangeStanding[];

/** `rollout`: the state of its own, if it has one. `live`: the change of the app's live release, if there is one. */
export function standingOf(
  { id, state }: Pick<Change, "id" | "state">,
  { rollout, live }: { readonly rollout?: RolloutState; readonly live?: ChangeId },
): ChangeStanding {
  if (state === "delivering" && rollout === "paused") return "paused";
  return state === "live" && live !== undefined && live !== id ? "replaced" : state;
}
