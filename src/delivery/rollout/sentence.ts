/** The verdict in one sentence: values per arm, tolerance, sample, evidence. Numbers first, no blame. */
import { formatDurationMs, formatInstant, formatRoughMs, unreachable } from "#std";
import {
  forecastBegins,
  forecastBeginsInSteps,
  forecastEnds,
  latencyThresholds,
  noForecast,
  tooFewToForecast,
  stuckAfterFailures,
  type GuardrailState,
  type RolloutPolicy,
  type Tolerance,
  type VerdictKind,
} from "#domain";
import { worseOf } from "./custom-guardrail.ts";
import type { Evidence } from "./evidence.ts";
import { isOfCopies, isStatistical, kindOf } from "./guardrails.ts";
import { safeUsersMin } from "./limits.ts";
import { type ArmTotals, isTooFewToForecast, safeUsersNeeded, unitOf } from "./totals.ts";
import type { MissingFact, VerdictFacts } from "./verdict.ts";

export interface SentenceParts {
  readonly policy: RolloutPolicy;
  readonly states: readonly GuardrailState[];
  readonly evidence: Evidence;
  readonly facts: VerdictFacts;
  /** The guardrail that is harmful, or that takes longest. */
  readonly culprit?: GuardrailState;
  readonly missing?: MissingFact;
}

export function sentenceOf(kind: VerdictKind, parts: SentenceParts): string {
  switch (kind) {
    case "harmful":
      return harmful(parts);
    case "safe":
      return safe(parts);
    case "no_traffic":
      return noTraffic(parts.evidence);
    case "not_enough_evidence":
      return notEnough(parts);
    case "split_broken":
      return splitBroken(parts.evidence);
    case "data_missing":
      return dataMissing(parts.missing);
    default:
      return unreachable(kind);
  }
}

function harmful(parts: SentenceParts): string {
  const { culprit, facts } = parts;
  if (culprit === undefined || culprit.name === "crashes") {
    const { crash } = facts;
    return `crashes: instance ${crash?.instance ?? "?"} of the candidate exited ${crash?.exits ?? 0} times, last with ${crash?.exit ?? "an unknown status"}`;
  }
  if (culprit.name === "saturation") return outOfMemory(culprit, facts);
  const against = `evidence ${odds(culprit.logEHarm)} against the candidate${marginOf(culprit)}`;
  return `${culprit.name}: ${compared(culprit, parts)}, ${tolerated(culprit)}; ${against}`;
}

/** Says that luck is allowed for; a sentence without it would seem to be slow for no reason. */
function marginOf({ margin }: GuardrailState): string {
  return margin === undefined ? "" : `, a margin of ${margin}x for luck included`;
}

function outOfMemory({ tolerance }: GuardrailState, { saturation }: VerdictFacts): string {
  const { candidateBytes = 0, baselineBytes, limitBytes = 0, restarts = 0 } = saturation ?? {};
  const used = `saturation: an instance of the candidate uses ${megabytes(candidateBytes)} of the ${megabytes(limitBytes)} it may have`;
  const before =
    baselineBytes === undefined
      ? ""
      : ` against ${megabytes(baselineBytes)} of the baseline's at like age, tolerance ${tolerance.ratio}x`;
  return `${used}${before}${restarts === 0 ? "" : `; ${restarts} were ended for their memory`}`;
}

function safe(parts: SentenceParts): string {
  let text = "";
  for (const state of parts.states) {
    if (!isStatistical(state) || isOfCopies(state)) continue;
    const within = `evidence ${odds(state.logESafe)} that it is within that`;
    const separator = text === "" ? "" : "; ";
    text += `${separator}${state.name}: ${compared(state, parts)}, ${tolerated(state)}; ${within}`;
  }
  return text;
}

function noTraffic({ totals: { baseline, freshBuckets } }: Evidence): string {
  if (freshBuckets !== undefined) {
    return "no traffic: the candidate has had no request yet, so nothing can be said";
  }
  return baseline.requests === 0
    ? "no traffic: no request has been counted since the rollout began, so nothing can be said yet"
    : `no traffic: the candidate has had no request yet (the baseline ${count(baseline.requests)}), so nothing can be said`;
}

function notEnough(parts: SentenceParts): string {
  const { culprit } = parts;
  const { totals } = parts.evidence;
  if (culprit === undefined) {
    const silent = parts.states.find(({ verdict }) => verdict === "no_traffic");
    return silent === undefined
      ? "not enough evidence: no guardrail compares the two releases"
      : `not enough evidence yet on ${silent.name}: nothing was counted of it for the candidate`;
  }
  const users = totals.candidate.usersFirstSeen;
  const isShortOfUsers =
    unitOf(totals, parts.policy) === "users" && users < safeUsersNeeded(totals, parts.policy);
  // While requests are missing, too, the time they take says more.
  const isAllElseThere = culprit.logESafe >= (culprit.logESafeThreshold ?? Infinity);
  const needed =
    isShortOfUsers && (isAllElseThere || users < safeUsersMin)
      ? usersMissing(parts)
      : when(culprit.forecastMs, parts);
  const missing = parts.facts.quietSinceAt === undefined ? needed : quiet(parts);
  return `not enough evidence yet on ${culprit.name}: ${compared(culprit, parts)}, ${tolerated(culprit)}${marginOf(culprit)}; ${missing}`;
}

/** Where nobody comes, no time brings a verdict; said with the moment, so that it does not change by the second. */
function quiet({ facts: { quietSinceAt = 0 } }: SentenceParts): string {
  return `no request has been counted since ${formatInstant(quietSinceAt)}, and without requests it stays so`;
}

/** Requests without a user's key are not users: of whom they came nothing is known. */
function usersMissing({ policy, evidence: { totals } }: SentenceParts): string {
  const { usersFirstSeen: users } = totals.candidate;
  const needed = `and ${safeUsersNeeded(totals, policy)} are needed`;
  if (users === 0) return `no user that can be told apart has met it, ${needed}`;
  return `only ${users} user${users === 1 ? " has" : "s have"} met it, ${needed}`;
}

function when(forecastMs: number | undefined, { policy, evidence }: SentenceParts): string {
  if (isTooFewToForecast(evidence.totals)) return tooFewToForecast;
  if (forecastMs === undefined) return noForecast;
  const begins = policy.strategy === "steps" ? forecastBeginsInSteps : forecastBegins;
  return `${begins} ${formatRoughMs(forecastMs)} ${forecastEnds}`;
}

function splitBroken({ split }: Evidence): string {
  const { usersNew, usersNewOfCandidate, usersExpected, max } = split;
  return (
    `split broken: ${count(usersNewOfCandidate)} of ${count(usersNew)} new users ` +
    `(${percent(usersNewOfCandidate, usersNew)}) met the candidate where its share of exposure gives ` +
    `${count(Math.round(usersExpected))} (${percent(usersExpected, usersNew)}), evidence ${odds(Math.log(max))}: ` +
    "users are not in the arms as chance would put them, so nothing can be compared"
  );
}

function dataMissing(missing: MissingFact | undefined): string {
  if (missing === undefined) {
    return "data missing: users are exposed, and nothing is heard of what they meet";
  }
  if (missing.what === "fresh") return `data missing: ${missing.because}`;
  const forText = formatDurationMs(missing.forMs);
  switch (missing.what) {
    case "counts":
      return `data missing: users are exposed, and no counts have come from the edge for ${forText}`;
    case "arm":
      return `data missing: no request of the ${missing.arm} was counted for ${forText}, though the other release has its share and more`;
    case "metric":
      return `data missing: nothing usable on ${missing.guardrail} for ${forText}: ${missing.because}`;
    default:
      return unreachable(missing);
  }
}

function compared(state: GuardrailState, parts: SentenceParts): string {
  switch (kindOf(state)) {
    case "latency":
      return slower(state, parts.evidence);
    case "custom":
      return counted(state, parts);
    case "shadow":
      return mirrored(state, parts);
    case "shadow-answers":
      return answered(state);
    default:
      return failed(state, parts.evidence);
  }
}

function failed({ unit }: GuardrailState, { totals }: Evidence): string {
  const { baseline, candidate } = totals;
  return (
    `${percent(candidate.errors, candidate.requests)} of candidate requests failed ` +
    `(${sample(candidate, unit)}) against ` +
    `${percent(baseline.errors, baseline.requests)} of the ${baselineOf(totals)}'s (${sample(baseline, unit)})` +
    (unit === "requests" ? ", judged by requests" : "")
  );
}

/** Which baseline it is: what was started with the candidate, or what everybody else is on. */
function baselineOf({ freshBuckets }: Evidence["totals"]): string {
  return freshBuckets === undefined ? "baseline" : "fresh baseline";
}

function counted({ name, baseline, candidate }: GuardrailState, { policy }: SentenceParts): string {
  const guardrail = policy.guardrails.find((one) => one.name === name);
  const isLower = guardrail !== undefined && worseOf(guardrail) === "lower";
  return (
    `${percent(candidate.events, candidate.sample)} at the candidate (${of(candidate)}) against ` +
    `${percent(baseline.events, baseline.sample)} at the baseline (${of(baseline)})` +
    (isLower ? ", where less is worse" : "")
  );
}

function mirrored({ baseline, candidate }: GuardrailState, parts: SentenceParts): string {
  return (
    `${percent(candidate.events, candidate.sample)} of mirrored requests failed at the candidate ` +
    `(${of(candidate)}) against ${percent(baseline.events, baseline.sample)} at the baseline ` +
    `(${of(baseline)})${differed(parts)}`
  );
}

/** Of pairs of which neither failed. */
function answered({ candidate }: GuardrailState): string {
  return `${percent(candidate.events, candidate.sample)} of mirrored answers differed from the baseline's (${of(candidate)})`;
}

function differed({ evidence }: SentenceParts): string {
  for (const data of evidence.states) {
    if (data?.kind !== "shadow") continue;
    const { answersDiffered } = data.state.seen;
    return answersDiffered === 0 ? "" : `; ${count(answersDiffered)} answers differed`;
  }
  return "";
}

/** Why it is about these times stands beside the guardrail's own numbers, wherever those are told. */
function slower(state: GuardrailState, { totals }: Evidence): string {
  const { baseline, candidate } = state;
  const { candidateMs = 0, baselineMs = 0 } = latencyThresholds(state) ?? {};
  return (
    `${percent(candidate.events, candidate.sample)} of candidate requests took longer than ` +
    `${candidateMs} ms (${of(candidate)}) against ` +
    `${percent(baseline.events, baseline.sample)} of the ${baselineOf(totals)}'s longer than ` +
    `${baselineMs} ms (${of(baseline)})`
  );
}

function sample(arm: ArmTotals, unit: GuardrailState["unit"]): string {
  const requests = of({ events: arm.errors, sample: arm.requests });
  if (unit !== "users" || arm.usersFirstSeen === 0) return requests;
  const users = `${of({ events: arm.usersFirstHarmed, sample: arm.usersFirstSeen })} users`;
  const stuck = arm.usersFirstStuck;
  return `${requests}; ${users}${stuck === 0 ? "" : `, ${count(stuck)} of them ${stuckAfterFailures} times in a row`}`;
}

function tolerated({ name, tolerance }: GuardrailState): string {
  const points = pointsOf(tolerance);
  if (name === "shadow-answers") return `at most ${points?.slice(1) ?? 0} % tolerated`;
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
  if (value > 0 && value < 0.1) return `${value.toPrecision(1)} %`;
  const tenths = Math.round(10 * value);
  return `${Math.floor(tenths / 10)}.${tenths % 10} %`;
}

function megabytes(bytes: number): string {
  return `${count(Math.round(bytes / 1024 ** 2))} MB`;
}

function of({ events, sample: all }: { readonly events: number; readonly sample: number }): string {
  return `${count(events)} of ${count(all)}`;
}

/** 12345 as 12,345. By hand: `toLocaleString` would cost more than the rest of a verdict. */
function count(value: number): string {
  const text = String(value);
  if (value < 1000 || !Number.isSafeInteger(value)) return text;
  let grouped = "";
  for (let end = text.length; end > 0; end -= 3) {
    const part = text.slice(Math.max(0, end - 3), end);
    grouped = grouped === "" ? part : `${part},${grouped}`;
  }
  return grouped;
}
