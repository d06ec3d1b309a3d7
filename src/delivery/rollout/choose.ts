/** Chooses what a rollout does next: a person's word first, then what the evidence says. Pure. */
import type { Rollout } from "#domain";
import { applyCommand } from "./command.ts";
import { decide, harmOf } from "./decide.ts";
import type { Decision, Facts } from "./decision.ts";
import type { Evidence } from "./evidence.ts";

export function choose(rollout: Rollout, evidence: Evidence, facts: Facts): Decision {
  const asked = askedOf(rollout, facts);
  if (asked === undefined) return decide(rollout, evidence, facts);
  return yieldsToHarm(rollout, asked) ? (harmOf(rollout, evidence, facts) ?? asked) : asked;
}

/**
 * Letting everybody in is the one end that harm still turns: where the evidence itself began it, the evidence
 * may take it back, and where a person did, as long as there is nothing ready to carry it out with. Then the
 * abort is noted, and is not turned any more.
 */
function yieldsToHarm({ command }: Rollout, asked: Decision): boolean {
  return command?.kind === "promote" && (command.by === "rollout" || asked.kind === "wait");
}

/** What was asked for, once there is something ready that can serve those whom it moves. */
function askedOf(rollout: Rollout, facts: Facts): Decision | undefined {
  const outcome = rollout.command && applyCommand(rollout, rollout.command);
  if (outcome?.ok !== true || outcome.value.kind !== "decision") return undefined;
  const { decision } = outcome.value;
  if (decision.kind === "promote" && !facts.isReady && rollout.state !== "baking") {
    return { kind: "wait", because: `${decision.because}; waits until the candidate is ready` };
  }
  const isTakingBack = decision.kind === "roll_back" && rollout.state === "baking";
  // Exposure 0: everybody went back already, and the end has only to be written down.
  if (isTakingBack && rollout.exposure > 0 && facts.isBaselineReady === false) {
    return { kind: "wait", because: `${decision.because}; waits until the baseline is ready` };
  }
  return decision;
}
