/**
 * A custom guardrail: a share of events in a sample that the app or a metric server counts per arm.
 *
 * Harm and safety are as for errors counted by requests (`errors-guardrail.ts`): proof of being worse
 * than the margin and an estimate above the tolerance, or proof of being within it. Where fewer events are worse
 * (orders, log-ins) what did not happen is the event, and tolerances become lines for it (`tolerance.ts`).
 * Its counts come when their source is asked, in intervals of their own or with the edge's, and have their own sums.
 */
import type { GuardrailPolicy, IntervalCounts, MetricCounts } from "#domain";
import { type Estimate, emptyEstimate, fadeInto, isAbove } from "./estimate.ts";
import { secondsToReach } from "./forecast.ts";
import type { FoldContext, ForecastContext, Guardrail, ReadContext, Reading } from "./guardrail.ts";
import {
  type Trial,
  lineHarmBets,
  lineHarmIncrements,
  lineSafeIncrements,
  lineSafeWeights,
  ratioSafeWeights,
} from "./line-test.ts";
import {
  type MarginTests,
  emptyMarginTests,
  foldMarginTests,
  logEAt,
  marginInForce,
  marginLine,
  rememberMax,
  requestMargins,
} from "./margin.ts";
import { emptyHarm, emptySafe, eOfSafe, foldHarm, foldSafe, logOf } from "./mixture.ts";
import { linesOf } from "./tolerance.ts";
import { ratioSoFar } from "./totals.ts";

export interface CustomState {
  /** As they were counted: events are good ones where fewer are worse. */
  readonly baseline: MetricCounts;
  readonly candidate: MetricCounts;
  readonly sinceMs: number;
  readonly harm: MarginTests;
  readonly ratio: readonly number[];
  /** Absent when nothing is tolerated in points. */
  readonly excess?: readonly number[];
  readonly estimate: Estimate;
}

const ratioWeight = 1 / 2;
const none: MetricCounts = { events: 0, sample: 0 };

export const customGuardrail: Guardrail<CustomState> = {
  empty: () => ({
    baseline: none,
    candidate: none,
    sinceMs: 0,
    harm: emptyMarginTests(requestMargins, emptyHarm(lineHarmBets)),
    ratio: emptySafe(ratioSafeWeights),
    estimate: emptyEstimate,
  }),
  fold,
  read,
  secondsToSafe,
};

function fold(state: CustomState, context: FoldContext): CustomState {
  const { counts, policy, started, elapsedMs, moments } = context;
  const sinceMs = state.sinceMs + elapsedMs;
  const baseline = countsOf(counts, "baseline", policy);
  const candidate = countsOf(counts, "candidate", policy);
  if (baseline === undefined && candidate === undefined) {
    const harm = foldMarginTests(state.harm, (values) => foldHarm(values, undefined, { started }));
    return { ...state, sinceMs, harm };
  }
  const worse = worseOf(policy);
  const trial: Trial = {
    baseline: badOf(baseline ?? none, worse),
    candidate: badOf(candidate ?? none, worse),
    guess: guessOf(state, policy),
  };
  const lines = linesOf(policy.tolerance, worse);
  const estimate = fadeInto(state.estimate, trial, sinceMs);
  const harm = foldMarginTests(state.harm, (values, margin) =>
    foldHarm(values, lineHarmIncrements(trial, marginLine(margin, trial.guess)), { started }),
  );
  const isWorse =
    isAbove(estimate, lines.ratio) &&
    (lines.excess === undefined || isAbove(estimate, lines.excess));
  return {
    baseline: sum(state.baseline, baseline ?? none),
    candidate: sum(state.candidate, candidate ?? none),
    sinceMs: 0,
    harm: isWorse ? rememberMax(harm, moments) : harm,
    ratio: foldSafe(state.ratio, lineSafeIncrements(trial, lines.ratio)),
    ...(lines.excess === undefined
      ? {}
      : {
          excess: foldSafe(
            state.excess ?? lineSafeWeights,
            lineSafeIncrements(trial, lines.excess),
          ),
        }),
    estimate,
  };
}

function read(state: CustomState, { luck }: ReadContext): Reading {
  const { baseline, candidate, ratio, excess } = state;
  const safe =
    excess === undefined
      ? eOfSafe(ratio)
      : ratioWeight * eOfSafe(ratio) + (1 - ratioWeight) * eOfSafe(excess);
  return {
    unit: "requests",
    baseline,
    candidate,
    margin: marginInForce(state.harm, luck.requests),
    logEHarm: logEAt(state.harm, luck.requests),
    logESafe: logOf(safe),
  };
}

/** Its sample comes at its own pace, which is taken to be the edge's times their ratio so far. */
function secondsToSafe(
  state: CustomState,
  { policy, traffic, logThreshold, totals }: ForecastContext,
): number {
  const requests = totals.baseline.requests + totals.candidate.requests;
  const sample = state.baseline.sample + state.candidate.sample;
  const pace = sample / Math.max(1, requests);
  const guess = guessOf(state, policy);
  const lines = linesOf(policy.tolerance, worseOf(policy));
  const at = {
    guess,
    traffic: {
      baselinePerSecond: traffic.baselinePerSecond * pace,
      candidatePerSecond: traffic.candidatePerSecond * pace,
    },
  };
  if (lines.excess === undefined) {
    return secondsToReach(state.ratio, { ...at, line: lines.ratio, logThreshold });
  }
  const halved = { ...at, logThreshold: logThreshold - Math.log(ratioWeight) };
  return Math.min(
    secondsToReach(state.ratio, { ...halved, line: lines.ratio }),
    secondsToReach(state.excess ?? lineSafeWeights, { ...halved, line: lines.excess }),
  );
}

function guessOf(state: CustomState, policy: GuardrailPolicy): number {
  const { events, sample } = badOf(state.baseline, worseOf(policy));
  return ratioSoFar(events, sample);
}

export function worseOf({ metric }: GuardrailPolicy): "higher" | "lower" {
  return metric?.worse ?? "higher";
}

function badOf({ events, sample }: MetricCounts, worse: "higher" | "lower"): MetricCounts {
  return worse === "higher" ? { events, sample } : { events: sample - events, sample };
}

function countsOf(
  counts: IntervalCounts,
  arm: "baseline" | "candidate",
  { name }: GuardrailPolicy,
): MetricCounts | undefined {
  const { custom } = counts[arm];
  return custom !== undefined && Object.hasOwn(custom, name) ? custom[name] : undefined;
}

function sum(a: MetricCounts, b: MetricCounts): MetricCounts {
  return { events: a.events + b.events, sample: a.sample + b.sample };
}
