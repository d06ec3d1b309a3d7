/** The verdict in one sentence: values per arm, tolerance, sample, evidence. Numbers first, no blame. */
import { formatDurationMs, unreachable } from "#std";
import type { GuardrailState, Tolerance, VerdictKind } from "#domain";
import { candidateThresholdMs } from "./latency-guardrail.ts";
import { type ArmTotals, type Totals, unitOf } from "./totals.ts";
import { safeUsersMin } from "./limits.ts";
import type { CrashFact } from "./verdict.ts";

export interface SentenceParts {
  readonly states: readonly GuardrailState[];
  readonly totals: Totals;
  /** The guardrail that is harmful, or that takes longest. */
  readonly culprit?: GuardrailState;
  readonly crash?: CrashFact;
}

export function sentenceOf(kind: VerdictKind, parts: SentenceParts): string {
  switch (kind) {
    case "harmful":
      return harmful(parts);
    case "safe":
      return safe(parts);
    case "no_traffic":
      return noTraffic(parts.totals);
    case "not_enough_evidence":
      return notEnough(parts);
    case "split_broken":
      return "split broken: users are not in the arms in the shares that chance would give them, so nothing can be compared";
    case "data_missing":
      return "data missing: users are exposed, and nothing is heard of what they meet";
    default:
      return unreachable(kind);
  }
}

function harmful({ culprit, totals, crash }: SentenceParts): string {
  if (culprit === undefined || culprit.name === "crashes") {
    return `crashes: instance ${crash?.instance ?? "?"} of the candidate exited ${crash?.exits ?? 0} times, last with ${crash?.exit ?? "an unknown status"}`;
  }
  return `${culprit.name}: ${compared(culprit, totals)}, ${tolerated(culprit)}; evidence ${odds(culprit.logEHarm)} against the candidate`;
}

function safe({ states, totals }: SentenceParts): string {
  const parts = states
    .filter(({ name }) => name !== "crashes")
    .map(
      (state) =>
        `${state.name}: ${compared(state, totals)}, ${tolerated(state)}; evidence ${odds(state.logESafe)} that it is within that`,
    );
  return parts.join("; ");
}

function noTraffic({ baseline }: Totals): string {
  return baseline.requests === 0
    ? "no traffic: neither release has had a request since the rollout began, so nothing can be said"
    : `no traffic: the candidate has had no request yet (the baseline ${count(baseline.requests)}), so nothing can be said`;
}

function notEnough({ culprit, totals }: SentenceParts): string {
  if (culprit === undefined) return "not enough evidence: no guardrail compares the two releases";
  const isShortOfUsers =
    unitOf(totals) === "users" && totals.candidate.usersFirstSeen < safeUsersMin;
  const missing = isShortOfUsers ? usersMissing(totals.candidate) : when(culprit.forecastMs);
  return `not enough evidence yet on ${culprit.name}: ${compared(culprit, totals)}, ${tolerated(culprit)}; ${missing}`;
}

/** Requests without a user's key are not users: of whom they came nothing is known. */
function usersMissing({ usersFirstSeen: users }: ArmTotals): string {
  if (users === 0)
    return `no user that can be told apart has met it, and ${safeUsersMin} are needed`;
  return `only ${users} user${users === 1 ? " has" : "s have"} met it, and ${safeUsersMin} are needed`;
}

function when(forecastMs: number | undefined): string {
  return forecastMs === undefined
    ? "at the present traffic and error ratio a verdict is not in sight"
    : `a release as good as the baseline would be let in after about ${formatDurationMs(forecastMs)} more of the present traffic`;
}

function compared(state: GuardrailState, totals: Totals): string {
  if (state.name !== "latency" || state.thresholdMs === undefined) {
    return (
      `${percent(totals.candidate.errors, totals.candidate.requests)} of candidate requests failed ` +
      `(${sample(totals.candidate, state.unit)}) against ` +
      `${percent(totals.baseline.errors, totals.baseline.requests)} of the baseline's (${sample(totals.baseline, state.unit)})`
    );
  }
  const { baseline, candidate, thresholdMs, tolerance } = state;
  return (
    `${percent(candidate.events, candidate.sample)} of candidate requests took longer than ` +
    `${Math.round(candidateThresholdMs(thresholdMs, tolerance.ratio))} ms (${of(candidate)}) against ` +
    `${percent(baseline.events, baseline.sample)} of the baseline's longer than ${Math.round(thresholdMs)} ms (${of(baseline)})`
  );
}

function sample(arm: ArmTotals, unit: GuardrailState["unit"]): string {
  const requests = of({ events: arm.errors, sample: arm.requests });
  if (unit !== "users" || arm.usersFirstSeen === 0) return requests;
  return `${requests}; ${of({ events: arm.usersFirstHarmed, sample: arm.usersFirstSeen })} users`;
}

function tolerated({ name, tolerance }: GuardrailState): string {
  const points = pointsOf(tolerance);
  if (name === "latency")
    return points === undefined ? "none tolerated" : `tolerance ${points} points`;
  return `tolerance ${tolerance.ratio}x${points === undefined ? "" : ` or ${points} points`}`;
}

function pointsOf({ absolute }: Tolerance): string | undefined {
  return absolute === undefined ? undefined : `+${Number((100 * absolute).toPrecision(3))}`;
}

/** Evidence of e^logE to 1. */
function odds(logE: number): string {
  if (logE > Math.log(1e6)) return "more than 1,000,000 : 1";
  const value = Math.exp(Math.max(0, logE));
  return `${count(value < 100 ? Number(value.toPrecision(2)) : Math.round(value))} : 1`;
}

function percent(events: number, all: number): string {
  if (all === 0) return "none";
  const value = (100 * events) / all;
  return `${value > 0 && value < 0.1 ? value.toPrecision(1) : value.toFixed(1)} %`;
}

function of({ events, sample: all }: { readonly events: number; readonly sample: number }): string {
  return `${count(events)} of ${count(all)}`;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
