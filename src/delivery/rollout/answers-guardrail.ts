/**
 * Answers of mirrored requests that differ, of pairs of which neither failed; only where the policy sets how many may.
 *
 * There is no second arm: the pair itself is the comparison. With q a share above (harm) or below (safe) the tolerated
 * share t, x differing of n pairs in an interval add x ln(q/t) + (n-x) ln((1-q)/(1-t)). The mean of its exponential
 * is at most 1 while each pair differs with a probability of at most t (harm) or at least t (safe), whatever was seen
 * before; a mean over a grid of q is one again. Pages with a time or a token in them always differ: a tolerance
 * has to leave room for their share at any moment, not on average, as a burst of them is not told from a fault.
 */
import { assert } from "#std";
import type { FoldContext, Guardrail, Reading } from "./guardrail.ts";
import {
  emptyHarm,
  emptySafe,
  eOfHarm,
  eOfSafe,
  evenWeights,
  foldHarm,
  foldSafe,
  logOf,
} from "./mixture.ts";

export interface AnswersState {
  readonly pairs: number;
  readonly differed: number;
  readonly harm: readonly number[];
  readonly harmMax: number;
  readonly safe: readonly number[];
}

/** How far from the tolerated share towards 1 (harm), and of it (safe), the bets lie. */
const harmBets: readonly number[] = [0.02, 0.05, 0.1, 0.25, 0.5, 0.9];
const safeBets: readonly number[] = [0, 0.1, 0.25, 0.5, 0.75];

export const answersGuardrail: Guardrail<AnswersState> = {
  empty: () => ({
    pairs: 0,
    differed: 0,
    harm: emptyHarm(harmBets.length),
    harmMax: 1,
    safe: emptySafe(evenWeights(safeBets.length)),
  }),
  fold,
  read,
  // As of copies: how many there are is a matter of the policy.
  secondsToSafe: () => Infinity,
};

function fold(state: AnswersState, context: FoldContext): AnswersState {
  const { counts, policy, started, moments } = context;
  const { shadow } = counts;
  const tolerated = policy.tolerance.absolute ?? 0;
  assert(tolerated >= 0 && tolerated <= 1);
  const failed =
    shadow === undefined
      ? 0
      : shadow.candidateOnlyFailed + shadow.baselineOnlyFailed + shadow.bothFailed;
  const pairs = Math.max(0, (shadow?.mirrored ?? 0) - failed);
  // Where all may differ, or none, there is nothing to bet on.
  if (shadow === undefined || pairs === 0 || tolerated === 0 || tolerated === 1) {
    return { ...state, harm: foldHarm(state.harm, undefined, { started }) };
  }
  const differed = Math.min(pairs, shadow.answersDiffered);
  const seen = { pairs: state.pairs + pairs, differed: state.differed + differed };
  const worse = harmBets.map((bet) => tolerated + (1 - tolerated) * bet);
  const harm = foldHarm(state.harm, gains({ pairs, differed }, tolerated, worse), { started });
  const isWorse = seen.differed > tolerated * seen.pairs;
  const better = safeBets.map((bet) => tolerated * bet);
  return {
    ...seen,
    harm,
    harmMax: isWorse ? Math.max(state.harmMax, eOfHarm(harm, moments)) : state.harmMax,
    safe: foldSafe(state.safe, gains({ pairs, differed }, tolerated, better)),
  };
}

function gains(
  { pairs, differed }: { readonly pairs: number; readonly differed: number },
  tolerated: number,
  shares: readonly number[],
): readonly number[] {
  return shares.map((share) => {
    const same = (pairs - differed) * Math.log((1 - share) / (1 - tolerated));
    return differed === 0 ? same : same + differed * Math.log(share / tolerated);
  });
}

function read({ pairs, differed, harmMax, safe }: AnswersState): Reading {
  return {
    unit: "requests",
    baseline: { events: 0, sample: pairs },
    candidate: { events: differed, sample: pairs },
    logEHarm: logOf(harmMax),
    logESafe: logOf(eOfSafe(safe)),
  };
}
