/**
 * Decides the next move of a rollout. Pure: no clock, no I/O, no randomness.
 *
 * In order: what is over stays over; harm takes the candidate away, also while a person has paused and
 * while it bakes; what is paused, held or not ready does not move; what cannot be judged asks a person;
 * then the step that the policy is in (passage.ts) says whether it is over, and the windows whether
 * exposure may grow now.
 */
import { formatDurationMs, formatInstant, unreachable } from "#std";
import {
  bucketCount,
  finalRolloutStates,
  firstReleaseReason,
  noVerdictWithin,
  quietRequestsAMinute,
  type Rollout,
} from "#domain";
import { type Case, type Decision, type Facts, requestsOfMinute } from "./decision.ts";
import type { Evidence } from "./evidence.ts";
import { nextExposure } from "./exposure.ts";
import {
  bakeOvertimeMs,
  dataMissingHoldMs,
  requestsMissedMin,
  telemetryMissingMs,
} from "./limits.ts";
import { budgetSpent, isBudgetSpent, passageOf } from "./passage.ts";
import { probedFirst } from "./probed.ts";
import { countedMs, stepIndexOf, stepsOf, titleOf } from "./steps.ts";
import { verdictOf } from "./verdict.ts";
import { closedAt } from "./windows.ts";
import { wordsTaken } from "./words-taken.ts";

export type { Decision, Facts } from "./decision.ts";

export function decide(rollout: Rollout, evidence: Evidence, facts: Facts): Decision {
  if (finalRolloutStates.has(rollout.state)) {
    return { kind: "wait", because: `the rollout is over: ${rollout.state}` };
  }
  const at = caseOf(rollout, evidence, facts);
  if (at.verdict.kind === "harmful") return takenBack(at);
  if (rollout.state === "baking") return baked(at);
  return withSilence(standing(at) ?? unjudged(at) ?? probing(at) ?? onStep(at), at);
}

/** Says of the move that opens it to users that hardly any come: what follows is not judged until some come. */
function withSilence(decision: Decision, { rollout, facts }: Case): Decision {
  const isFirst = decision.kind === "expose" && rollout.exposure === 0 && decision.to > 0;
  const quietRequests = requestsOfMinute(facts);
  const isQuiet = quietRequests < quietRequestsAMinute && isCompared(rollout);
  return isFirst && isQuiet ? { ...decision, quietRequests } : decision;
}

/** What harm alone makes of a rollout that is not over; nothing while none is proven. */
export function harmOf(rollout: Rollout, evidence: Evidence, facts: Facts): Decision | undefined {
  const at = caseOf(rollout, evidence, facts);
  return at.verdict.kind === "harmful" ? takenBack(at) : undefined;
}

function caseOf(rollout: Rollout, evidence: Evidence, facts: Facts): Case {
  return { rollout, evidence, facts, verdict: verdictOf(rollout.policy, evidence, facts) };
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
  // The control needs somebody who serves it. It does not come back: that would move users to and fro.
  if (facts.isBaselineReady === false && facts.isReady && rollout.exposure < bucketCount) {
    const because = "the release before does not answer, so the control goes over to the new one";
    return { kind: "expose", to: bucketCount, because };
  }
  const endsAt = (rollout.publishedAt ?? rollout.startedAt) + (bake?.forMs ?? 0);
  const doubted = unjudgedBake(at, endsAt);
  if (doubted !== undefined) return doubted;
  if (facts.now < endsAt) {
    const because = `bakes until ${formatInstant(endsAt)}: ${verdict.sentence}`;
    return { kind: "wait", because };
  }
  return grown(at, {
    kind: "promote",
    because: `nothing spoke against it for ${formatDurationMs(bake?.forMs ?? 0)} after everybody got it`,
  });
}

/** What late harm would not be seen in does not end by itself, nor goes on for ever without a word. */
function unjudgedBake(at: Case, endsAt: number): Decision | undefined {
  const { facts } = at;
  const doubt = doubtOf(at);
  // Everybody has it already, so that nobody came says nothing against it.
  if (doubt === undefined || doubt.kind === "silence") return undefined;
  const isLasting = lostMs(at) >= dataMissingHoldMs || facts.now >= endsAt + bakeOvertimeMs;
  if (doubt.kind === "broken" || isLasting) {
    return asked(at, `the bake cannot be judged: ${doubt.because}`, "abort");
  }
  return facts.now < endsAt ? undefined : { kind: "wait", because: doubt.because };
}

/** How long counts that were made have not come, as far as that can be told. */
function lostMs({ rollout, evidence, facts, verdict }: Case): number {
  const silent = unheardMs(rollout, facts);
  if (verdict.kind !== "data_missing") return silent;
  const { missing } = facts;
  const isSince = missing !== undefined && missing.what !== "fresh";
  return Math.max(silent, isSince ? missing.forMs : evidence.totals.silence.forMs);
}

/** Why the rollout does not move at all, if so. */
function standing({ rollout, facts }: Case): Decision | undefined {
  if (rollout.state !== "running")
    return { kind: "wait", because: `${rollout.state}: ${rollout.reason}` };
  if (!facts.isReady) return { kind: "wait", because: "the candidate is not ready" };
  return undefined;
}

/** What cannot be judged is let in to nobody more: silence waits, and what lasts, or is broken, asks. */
function unjudged(at: Case): Decision | undefined {
  const { rollout, facts } = at;
  const doubt = isCompared(rollout) ? doubtOf(at) : undefined;
  if (doubt === undefined) return undefined;
  const { kind, because } = doubt;
  const isLasting = kind === "loss" && unheardMs(rollout, facts) >= dataMissingHoldMs;
  if (kind === "broken" || isLasting) {
    return asked(at, because, "abort");
  }
  if (kind === "silence" && isAtGate(rollout)) return undefined;
  return countedMs(rollout, facts.now) >= rollout.policy.maxDurationMs
    ? atEnd(at, because)
    : { kind: "wait", because };
}

/** Whether a person decides how it goes on from here: then it is asked, though nobody came. */
function isAtGate(rollout: Rollout): boolean {
  const step = stepsOf(rollout.policy)[stepIndexOf(rollout) ?? 0];
  return step?.kind === "weight" && step.until === "approval";
}

/** Whether its steps grow by what is counted: others go by time, by rule or by a person's word. */
function isCompared({ policy, baseline }: Rollout): boolean {
  return baseline !== undefined && (policy.strategy === "adaptive" || policy.strategy === "steps");
}

/** `loss`: counts were made and do not come; `silence`: that, or nobody came. */
interface Doubt {
  readonly kind: "broken" | "loss" | "silence";
  readonly because: string;
}

function doubtOf({ rollout, evidence, facts, verdict }: Case): Doubt | undefined {
  const { edgesMissing, missing } = facts;
  // What was started in its place would be younger than the candidate, and flatter it.
  if (missing?.what === "fresh") return { kind: "broken", because: verdict.sentence };
  if (edgesMissing.length > 0) {
    const verb = edgesMissing.length === 1 ? "does" : "do";
    const because = `data missing: ${edgesMissing.join(", ")} ${verb} not answer, so exposure stays`;
    return { kind: "loss", because };
  }
  if (rollout.exposure === 0) return undefined; // nobody has it, so nothing of it could be counted
  // Who has no buckets has nothing to be counted, nor to be compared with.
  const isAlone = rollout.state === "baking" && rollout.exposure >= bucketCount;
  if (verdict.kind === "split_broken" && !isAlone) {
    return { kind: "broken", because: verdict.sentence };
  }
  if (verdict.kind === "data_missing" && !isAlone) {
    return { kind: "loss", because: verdict.sentence };
  }
  return silenceOf({ rollout, evidence, facts, verdict });
}

/**
 * Silence is never good news, however long it lasts: after a minute of it the traffic of the last minute
 * is nothing, which looks as if nobody came.
 */
function silenceOf({ rollout, evidence, facts, verdict }: Case): Doubt | undefined {
  const silent = silentMs(rollout, facts);
  if (silent <= Math.max(telemetryMissingMs, 3 * facts.telemetryDelayMs)) return undefined;
  const { baseline, candidate } = evidence.totals;
  if (baseline.requests + candidate.requests === 0) {
    return { kind: "silence", because: verdict.sentence }; // there was none to miss
  }
  const since = `no request has been counted for ${formatDurationMs(silent)}`;
  // Traffic that ends looks the same at first: only when it lasts is it called missing data.
  const calm = `${since}: nobody comes, or the counts are late; exposure stays`;
  const missed = (facts.requestsPerSecond * silent) / 1_000;
  if (missed >= requestsMissedMin) {
    const isLasting = silent >= dataMissingHoldMs;
    return {
      kind: "loss",
      because: isLasting ? `data missing: ${since}, so exposure stays` : calm,
    };
  }
  return { kind: "silence", because: `${calm}; ${verdict.sentence}` };
}

/** Whether probes still have to speak before the first user comes; for ever, they need not. */
function probing(at: Case): Decision | undefined {
  const { rollout, facts, verdict } = at;
  const wait = probedFirst(at);
  if (wait === undefined || countedMs(rollout, facts.now) < rollout.policy.maxDurationMs)
    return wait;
  return atEnd(at, verdict.sentence);
}

function onStep(at: Case): Decision {
  const { rollout, facts, verdict } = at;
  const { policy, baseline } = rollout;
  if (baseline === undefined && policy.strategy !== "hold") {
    return grown(at, { kind: "promote", because: firstReleaseReason });
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
    return atEnd(at, verdict.sentence);
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
  if (closed === undefined) return decision;
  const { because, opensAt } = closed;
  return {
    kind: "wait",
    because: `${because}, then: ${decision.because}`,
    ...(opensAt === undefined ? {} : { untilAt: opensAt }),
  };
}

function atEnd(at: Case, why: string): Decision {
  const { rollout } = at;
  const because = `${noVerdictWithin} ${formatDurationMs(rollout.policy.maxDurationMs)}: ${why}`;
  switch (rollout.policy.atMaxDuration) {
    case "hold":
      return asked(at, because, "promote");
    case "abort":
      return { kind: "roll_back", because };
    case "promote":
      return grown(at, letIn(at, because));
    default:
      return unreachable(rollout.policy.atMaxDuration);
  }
}

/**
 * Time that passed lets everybody in, unless it has cost what it may cost, or what would have spoken against it
 * could not be heard.
 */
function letIn(at: Case, because: string): Decision {
  if (isBudgetSpent(at)) {
    const words = because.includes(budgetSpent) ? because : `${because}; ${budgetSpent}`;
    return asked(at, `${words}, so time alone lets nobody in`, "abort");
  }
  const doubt = doubtOf(at);
  const unheard =
    doubt === undefined || doubt.kind === "silence" ? probedFirst(at)?.because : doubt.because;
  if (unheard === undefined) {
    return { kind: "promote", because: `${because}; the policy is to let everybody in then` };
  }
  return asked(at, because.includes(unheard) ? because : `${because}; ${unheard}`, "abort");
}

/** A person is to decide: nothing that is still to come would. */
function asked({ rollout, facts }: Case, because: string, first: "promote" | "abort"): Decision {
  const words = [first, first === "abort" ? "promote" : "abort"] as const;
  return { kind: "hold", because, next: wordsTaken(rollout, words, facts.now) };
}

/** How long counts may have been lost: where nobody came, an edge that went away has lost them only since then. */
function unheardMs(rollout: Rollout, facts: Facts): number {
  const silent = silentMs(rollout, facts);
  return facts.edgesMissing.length === 0
    ? silent
    : Math.min(silent, facts.edgesMissingMs ?? silent);
}

function silentMs(rollout: Rollout, facts: Facts): number {
  return facts.now - Math.max(facts.lastIntervalAt ?? 0, rollout.firstExposedAt ?? 0);
}
