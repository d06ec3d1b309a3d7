/** What a person's command makes of a rollout. Pure; the controller carries it out and records it. */
import { err, ok, type Result, unreachable } from "#std";
import { finalRolloutStates, type Rollout, type RolloutCommand, type WrongState } from "#domain";
import type { Decision } from "./decide.ts";

/** A new state to take, or a decision to carry out as if `decide` had made it. */
export type CommandOutcome =
  | { readonly kind: "state"; readonly state: "paused" | "running"; readonly reason: string }
  | { readonly kind: "decision"; readonly decision: Decision };

/** Refuses, with `wrong_state`, what has no meaning in the rollout's state; never revives a final one. */
export function applyCommand(
  rollout: Rollout,
  command: RolloutCommand,
): Result<CommandOutcome, WrongState> {
  if (finalRolloutStates.has(rollout.state)) {
    return refused(rollout, "push a new change, or run: tidegate release rollback");
  }
  const because = inWords(command);
  switch (command.kind) {
    case "promote":
      return ok({ kind: "decision", decision: { kind: "promote", because } });
    case "abort":
    case "supersede":
      return ok({ kind: "decision", decision: { kind: "roll_back", because } });
    case "pause":
      return rollout.state === "running"
        ? ok({ kind: "state", state: "paused", reason: because })
        : refused(rollout, "run: tidegate rollout resume");
    case "resume":
      return resume(rollout, command, because);
    default:
      return unreachable(command.kind);
  }
}

/** The controller notes its own verdict as a command, and a newer change says itself why it came. */
function inWords({ kind, by, reason }: RolloutCommand): string {
  if (by === "rollout" || kind === "supersede") return reason;
  return reason.trim() === "" ? `${kind} by ${by}` : `${kind} by ${by}: ${reason}`;
}

function resume(
  rollout: Rollout,
  command: RolloutCommand,
  because: string,
): Result<CommandOutcome, WrongState> {
  if (rollout.state === "running") return refused(rollout, "it runs already");
  // Held since its time is over: it would be held again at once, so say what can be done instead.
  const isOver = command.at - rollout.startedAt >= rollout.policy.maxDurationMs;
  if (rollout.state === "held" && isOver) {
    return refused(rollout, "run: tidegate rollout promote, or tidegate rollout abort");
  }
  return ok({ kind: "state", state: "running", reason: because });
}

function refused(rollout: Rollout, next: string): Result<never, WrongState> {
  return err({ code: "wrong_state", what: "rollout", state: rollout.state, next });
}
