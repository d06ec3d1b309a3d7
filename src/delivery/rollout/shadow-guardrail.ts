/**
 * Shadow: requests of the baseline that were sent to the candidate too, before any user is exposed.
 *
 * Both answered the same request, so only pairs count in which one of them failed: under "no worse" a coin
 * decides which, whatever is asked and whoever asks (McNemar 1947, here as an e-process: it is the test of first
 * harms with a share of one half). Safe is the line test on both arms' failures: pairs fail together more
 * often than by chance, and that only makes its mean e-value smaller. Answers that differ without failing may hold a
 * time or a token: they are shown, and judged by answers-guardrail.ts where the policy says how many may.
 */
import type { ShadowCounts } from "#domain";
import { type Estimate, emptyEstimate, fadeInto, isAbove } from "./estimate.ts";
import { firstHarmIncrements, firstHarmWeights } from "./first-harm.ts";
import type { FoldContext, Guardrail, Reading } from "./guardrail.ts";
import { lineSafeIncrements, lineSafeWeights, ratioSafeWeights } from "./line-test.ts";
import { emptySafe, eOfHarm, eOfSafe, foldHarm, foldSafe, logOf, weightedHarm } from "./mixture.ts";
import { linesOf } from "./tolerance.ts";
import { ratioSoFar } from "./totals.ts";

export interface ShadowState {
  readonly seen: ShadowCounts;
  readonly harm: readonly number[];
  readonly harmMax: number;
  readonly ratio: readonly number[];
  readonly excess: readonly number[];
  readonly estimate: Estimate;
}

const nothing: ShadowCounts = {
  mirrored: 0,
  candidateOnlyFailed: 0,
  baselineOnlyFailed: 0,
  bothFailed: 0,
  answersDiffered: 0,
};

export const shadowGuardrail: Guardrail<ShadowState> = {
  empty: () => ({
    seen: nothing,
    harm: weightedHarm(firstHarmWeights),
    harmMax: 1,
    ratio: emptySafe(ratioSafeWeights),
    excess: emptySafe(lineSafeWeights),
    estimate: emptyEstimate,
  }),
  fold,
  read,
  // Mirrored traffic is a matter of the policy, and no share of what users send.
  secondsToSafe: () => Infinity,
};

function fold(state: ShadowState, context: FoldContext): ShadowState {
  const { counts, policy, started, elapsedMs, moments } = context;
  const { shadow } = counts;
  if (shadow === undefined || shadow.mirrored === 0) {
    return { ...state, harm: foldHarm(state.harm, undefined, { started }) };
  }
  const trial = {
    baseline: { events: shadow.baselineOnlyFailed + shadow.bothFailed, sample: shadow.mirrored },
    candidate: { events: shadow.candidateOnlyFailed + shadow.bothFailed, sample: shadow.mirrored },
    guess: ratioSoFar(state.seen.baselineOnlyFailed + state.seen.bothFailed, state.seen.mirrored),
  };
  const { ratio, excess } = linesOf(policy.tolerance);
  const pairs = {
    share: 1 / 2,
    baseline: shadow.baselineOnlyFailed,
    candidate: shadow.candidateOnlyFailed,
  };
  const harm = foldHarm(state.harm, firstHarmIncrements(pairs, 1), { started });
  const estimate = fadeInto(state.estimate, trial, elapsedMs);
  const isWorse = isAbove(estimate, ratio) && (excess === undefined || isAbove(estimate, excess));
  return {
    seen: sum(state.seen, shadow),
    harm,
    harmMax: isWorse ? Math.max(state.harmMax, eOfHarm(harm, moments)) : state.harmMax,
    ratio: foldSafe(state.ratio, lineSafeIncrements(trial, ratio)),
    excess: foldSafe(
      state.excess,
      excess === undefined ? undefined : lineSafeIncrements(trial, excess),
    ),
    estimate,
  };
}

function read({ seen, harmMax, ratio, excess }: ShadowState): Reading {
  return {
    unit: "requests",
    baseline: { events: seen.baselineOnlyFailed + seen.bothFailed, sample: seen.mirrored },
    candidate: { events: seen.candidateOnlyFailed + seen.bothFailed, sample: seen.mirrored },
    logEHarm: logOf(harmMax),
    logESafe: logOf((eOfSafe(ratio) + eOfSafe(excess)) / 2),
  };
}

function sum(a: ShadowCounts, b: ShadowCounts): ShadowCounts {
  return {
    mirrored: a.mirrored + b.mirrored,
    candidateOnlyFailed: a.candidateOnlyFailed + b.candidateOnlyFailed,
    baselineOnlyFailed: a.baselineOnlyFailed + b.baselineOnlyFailed,
    bothFailed: a.bothFailed + b.bothFailed,
    answersDiffered: a.answersDiffered + b.answersDiffered,
  };
}
