/** That the newest change of an app has no rollout yet: what is said to the app is heard by the rollout before. */
import { finalRolloutStates, type Change, type Rollout, type WrongState } from "#domain";

/** What is read of a change, as the domain has it or as it travels. */
type Newest = Pick<Change, "state"> & {
  readonly id: string;
  readonly commit: string;
  /** Its own, once it has one. */
  readonly rollout?: string;
  readonly stages: readonly Pick<Change["stages"][number], "name" | "state">[];
};

/**
 * Gives the refusal of a command to a rollout of the app, which is `rollout`: it has ended, or there is none, and the
 * newest change is on its way to one of its own.
 */
export function notBegun(
  rollout: (Pick<Rollout, "state"> & { readonly change: string }) | undefined,
  newest: Newest | undefined,
): WrongState | undefined {
  const isOver = rollout === undefined || finalRolloutStates.has(rollout.state);
  if (!isOver || newest?.state !== "delivering" || newest.id === rollout?.change) return undefined;
  // An older one was named by its id.
  if (newest.rollout !== undefined) return undefined;
  const none = `the newest change, ${newest.commit.slice(0, 7)}, has none yet: ${whereIs(newest)}`;
  const before = rollout === undefined ? "not begun" : `over (${words(rollout.state)})`;
  return {
    code: "wrong_state",
    what: "rollout",
    state: `${before}, and ${none}`,
    next: `tidegate change watch ${newest.id}`,
  };
}

function words(state: Rollout["state"]): string {
  return state.replaceAll("_", " ");
}

function whereIs({ stages }: Newest): string {
  const running = stages.find(({ state }) => state === "running");
  if (running === undefined) return "it waits for its turn";
  return running.name === "rollout" ? "it is being started" : `it is in the stage ${running.name}`;
}
