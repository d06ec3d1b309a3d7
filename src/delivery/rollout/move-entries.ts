/** What the journal says of a move of exposure. Pure. */
import type { NewEntry, Rollout } from "#domain";
import type { Decision } from "./decision.ts";
import { stepIndexOf, stepsOf, titleOf } from "./steps.ts";

export function delayedEntry(
  { id, app, change }: Rollout,
  untilAt: number,
  because: string,
): NewEntry<"dev.tidegate.rollout.delayed"> {
  return {
    type: "dev.tidegate.rollout.delayed",
    app,
    change,
    actor: "rollout",
    data: { rollout: id, untilAt, because },
  };
}

/** The step first, then who is let in with it. */
export function exposeEntries(
  rollout: Rollout,
  decision: Extract<Decision, { kind: "expose" }>,
): readonly NewEntry[] {
  const steps = stepsOf(rollout.policy);
  const step = decision.step === undefined ? undefined : steps[decision.step];
  const isEntered = decision.step !== undefined && decision.step !== rollout.step?.index;
  const entered: readonly NewEntry[] =
    step === undefined || decision.step === undefined || !isEntered
      ? []
      : [
          {
            type: "dev.tidegate.rollout.step_entered",
            app: rollout.app,
            change: rollout.change,
            actor: "rollout",
            data: {
              rollout: rollout.id,
              step: decision.step + 1,
              steps: steps.length,
              kind: step.kind,
              title: titleOf(step),
              because: decision.because,
            },
          },
        ];
  return decision.to === rollout.exposure
    ? entered
    : [...entered, exposureEntry(rollout, decision)];
}

function exposureEntry(
  rollout: Rollout,
  decision: Extract<Decision, { kind: "expose" }>,
): NewEntry<"dev.tidegate.rollout.exposure_changed"> {
  const { maxDurationMs, atMaxDuration } = rollout.policy;
  const { quietRequests: requests } = decision;
  const index = decision.step ?? stepIndexOf(rollout) ?? 0;
  const isWeight = stepsOf(rollout.policy)[index]?.kind === "weight";
  return {
    type: "dev.tidegate.rollout.exposure_changed",
    app: rollout.app,
    change: rollout.change,
    actor: "rollout",
    data: {
      rollout: rollout.id,
      from: rollout.exposure,
      to: decision.to,
      because: decision.because,
      verdict: rollout.verdict,
      totals: rollout.totals,
      ...(isWeight ? { isPrescribed: true } : {}),
      ...(requests === undefined ? {} : { quiet: { maxDurationMs, atMaxDuration, requests } }),
    },
  };
}
