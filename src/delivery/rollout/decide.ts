/**
 * Decides the next move of a rollout. Pure: no clock, no I/O, no randomness.
 *
 * In order: what is over stays over; harm takes the candidate away, also while a person has paused and
 * while it bakes; what is paused, held or not ready does not move; what cannot be judged asks a person;
 * then the step that the policy is in (passage.ts) says whether it is over, and the windows whether
 * exposure may grow now.
 */
import { formatDurationMs, formatInstant, unreachable } from "#std";
import { bucketCount, finalRolloutStates, type Rollout, type Verdict } from "#domain";
import { type Case, type Decision, type Facts, wordTo } from "./decision.ts";
import type { Evidence } from "./evidence.ts";
import { nextExposure } from "./exposure.ts";
import { dataMissingHoldMs, telemetryMissingMs } from "./limits.ts";
import { passageOf } from "./passage.ts";
import { probedFirst } from "./probed.ts";
import { countedMs, stepIndexOf, stepsOf, titleOf } from "./steps.ts";
import { verdictOf } from "./verdict.ts";
import { closedAt } from "./windows.ts";

export type { Decision, Facts } from "./decision.ts";

export function decide(rollout: Rollout, evidence: Evidence, facts: Facts): Decision {
  if (finalRolloutStates.has(rollout.state)) {
    return { kind: "wait", because: `the rollout is over: ${rollout.state}` };
  }
  const verdict = verdictOf(rollout.policy, evidence, facts);
  const at: Case = { rollout, evidence, facts, verdict };
  if (verdict.kind === "harmful") return takenBack(at);
  if (rollout.state === "baking") return baked(at);
  return standing(at) ?? unjudged(at) ?? probing(at) ?? onStep(at);
}

/** Once everybody has it, taking it away means to have something else that answers. */
function takenBack({ rollout, facts, verdict }: Case): Decision {
  return rollout.state === "baking" && facts.isBaselineReady === false
    ? { kind: "wait", because: `${verdict.sentence}; waits until the release before is ready` }
    : { kind: "roll_back", because: verdict.sentence };
}

/** Everybody but the control has it: time that passes without harm is the proof that is wanted. */
function baked(at: Case): Decision {
  const { rollout, facts, verdict } = at;
  const { bake } = rollout.policy;
  const endsAt = (rollout.publishedAt ?? rollout.startedAt) + (bake?.forMs ?? 0);
  if (facts.now < endsAt) {
    const because = `bakes until ${formatInstant(endsAt)}: ${verdict.sentence}`;
    return { kind: "wait", because };
  }
  const doubt = doubtOf(at);
  if (doubt !== undefined) return { kind: "wait", because: doubt };
  return grown(at, {
    kind: "promote",
    because: `nothing spoke against it for ${formatDurationMs(bake?.forMs ?? 0)} after everybody got it`,
  });
}

/** Why the rollout does not move at all, if so. */
function standing({ rollout, facts }: Case): Decision | undefined {
  if (rollout.state !== "running")
    return { kind: "wait", because: `${rollout.state}: ${rollout.reason}` };
  if (!facts.isReady) return { kind: "wait", because: "the candidate is not ready" };
  return undefined;
}

/** What cannot be judged is let in to nobody more: a moment's silence waits, anything else asks. */
function unjudged(at: Case): Decision | undefined {
  const { rollout, facts, verdict } = at;
  const because = rollout.baseline === undefined ? undefined : doubtOf(at);
  if (because === undefined) return undefined;
  const isBrief =
    verdict.kind !== "split_broken" &&
    silentMs(rollout, facts) < dataMissingHoldMs &&
    // A guardrail's source may come back; its silence asks a person when time is over, and not before.
    (facts.missing === undefined || countedMs(rollout, facts.now) < rollout.policy.maxDurationMs);
  if (isBrief) return { kind: "wait", because };
  return {
    kind: "hold",
    because,
    next: `${wordTo("abort", rollout)}, or ${wordTo("promote", rollout)}`,
  };
}

function doubtOf({ rollout, facts, verdict }: Case): string | undefined {
  if (rollout.exposure === 0) return undefined;
  if (verdict.kind === "split_broken" || verdict.kind === "data_missing") return verdict.sentence;
  if (!isTelemetryMissing(rollout, facts)) return undefined;
  const silent = formatDurationMs(silentMs(rollout, facts));
  return `data missing: no counts from the edge for ${silent}, so exposure stays`;
}

/** Whether probes still have to speak before the first user comes; for ever, they need not. */
function probing(at: Case): Decision | undefined {
  const { rollout, facts, verdict } = at;
  const wait = probedFirst(at);
  if (wait === undefined || countedMs(rollout, facts.now) < rollout.policy.maxDurationMs)
    return wait;
  return atEnd(rollout, verdict);
}

function onStep(at: Case): Decision {
  const { rollout, facts, verdict } = at;
  const { policy, baseline } = rollout;
  if (baseline === undefined && policy.strategy !== "hold") {
    const because = "the first release: there is no baseline to compare with";
    return grown(at, { kind: "promote", because });
  }
  const steps = stepsOf(policy);
  const index = stepIndexOf(rollout);
  const step = index === undefined ? undefined : steps[index];
  if (index === undefined || step === undefined) return entered(at, 0, "the candidate is ready");
  const passage = passageOf(step, at);
  if (passage.kind === "over") {
    return index + 1 < steps.length
      ? entered(at, index + 1, passage.because)
      : grown(at, { kind: "promote", because: passage.because });
  }
  const { decision } = passage;
  const isMoving = decision.kind === "wait" || decision.kind === "expose";
  if (isMoving && countedMs(rollout, facts.now) >= policy.maxDurationMs) {
    return atEnd(rollout, verdict);
  }
  return decision.kind === "expose" ? grown(at, decision) : decision;
}

/** Goes on to a step of the policy, with the exposure that belongs to it. */
function entered(at: Case, index: number, because: string): Decision {
  const { rollout, evidence, facts } = at;
  const { policy, exposure } = rollout;
  const step = stepsOf(policy)[index];
  if (step === undefined) return { kind: "wait", because };
  const weight =
    step.kind === "weight" ? Math.floor((step.weightPercent * bucketCount) / 100) : exposure;
  const to =
    step.kind === "adaptive"
      ? nextExposure(policy, evidence, { ...facts, exposure })
      : Math.max(exposure, weight);
  const decision: Decision = {
    kind: "expose",
    to,
    step: index,
    because: `${titleOf(step)}: ${because}`,
  };
  return to > exposure || step.kind === "cohorts" ? grown(at, decision) : decision;
}

/** More users than before: not while the windows are closed, and the wait says until when. */
function grown({ rollout, facts }: Case, decision: Decision): Decision {
  const closed = closedAt(rollout.policy.windows, facts.now);
  return closed === undefined
    ? decision
    : { kind: "wait", because: `${closed.because}, then: ${decision.because}` };
}

function atEnd(rollout: Rollout, verdict: Verdict): Decision {
  const because = `no verdict within ${formatDurationMs(rollout.policy.maxDurationMs)}: ${verdict.sentence}`;
  switch (rollout.policy.atMaxDuration) {
    case "hold":
      return {
        kind: "hold",
        because,
        next: `${wordTo("promote", rollout)}, or ${wordTo("abort", rollout)}`,
      };
    case "abort":
      return { kind: "roll_back", because };
    case "promote":
      return { kind: "promote", because: `${because}; the policy is to let everybody in then` };
    default:
      return unreachable(rollout.policy.atMaxDuration);
  }
}

/** Silence from the edge while users are exposed and requests are known to come in is not good news. */
function isTelemetryMissing(rollout: Rollout, facts: Facts): boolean {
  if (facts.requestsPerSecond <= 0) return false;
  return silentMs(rollout, facts) > Math.max(telemetryMissingMs, 3 * facts.telemetryDelayMs);
}

function silentMs(rollout: Rollout, facts: Facts): number {
  return facts.now - Math.max(facts.lastIntervalAt ?? 0, rollout.firstExposedAt ?? 0);
}
