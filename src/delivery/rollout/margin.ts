/**
 * Margins: how much worse than the baseline a candidate may look by luck, and tests that allow for it.
 *
 * Harm is tested against several null hypotheses at once, "not more than m times the baseline" for each m of
 * a grid, each over the whole history. A verdict reads the one whose m covers what calibration says about
 * luck (`calibration.ts`). So a margin that is learnt late also applies to what came before it, and
 * since evidence against a larger m is smaller, choosing it from data errs with alpha plus the
 * probability that calibration underrates the luck of this very draw.
 */
import type { Line } from "./line-test.ts";
import { eOfHarm, logOf, type StartingMoments } from "./mixture.ts";

/** Margins of the tests; a wanted margin is rounded up to the next, and to the last when beyond. */
const ladder: readonly number[] = [1, 1.25, 1.6, 2.2, 3.3, 5, 8];
/** Where requests are counted some margin is always in force. */
export const requestMargins: readonly number[] = ladder.slice(1);
export const userMargins: readonly number[] = ladder;
/** Who is stuck is so by a multiple, whatever the margin: fewer rungs will do. */
export const stuckMargins: readonly number[] = [1, 2.2, 5];

/** Evidence of harm for each margin, and the most there ever was while the estimate was above the tolerance. */
export interface MarginTests {
  readonly margins: readonly number[];
  readonly values: readonly (readonly number[])[];
  readonly max: readonly number[];
}

export function emptyMarginTests(
  margins: readonly number[],
  empty: readonly number[],
): MarginTests {
  return { margins, values: margins.map(() => empty), max: margins.map(() => 1) };
}

/** `fold` gives the cells of one margin after this interval. */
export function foldMarginTests(
  { margins, values, max }: MarginTests,
  fold: (values: readonly number[], margin: number) => readonly number[],
): MarginTests {
  const next = values.slice();
  for (const [index, margin] of margins.entries()) next[index] = fold(next[index] ?? [], margin);
  return { margins, values: next, max };
}

/** Keeps what the evidence is now as the most there was: once is enough (Ville). */
export function rememberMax(
  { margins, values, max }: MarginTests,
  moments: StartingMoments,
): MarginTests {
  const next = max.slice();
  for (const [index, cells] of values.entries()) {
    next[index] = Math.max(next[index] ?? 1, eOfHarm(cells, moments));
  }
  return { margins, values, max: next };
}

/** The margin that the tests have for the one that is wanted. */
export function marginInForce({ margins }: MarginTests, wanted: number): number {
  return margins[indexOf(margins, wanted)] ?? 1;
}

/** Natural log of the most evidence there was at the wanted margin; none where luck is beyond all margins. */
export function logEAt({ margins, max }: MarginTests, wanted: number): number {
  const isBeyond = wanted - 1e-9 > (margins.at(-1) ?? 1);
  return isBeyond ? 0 : logOf(max[indexOf(margins, wanted)] ?? 1);
}

function indexOf(margins: readonly number[], wanted: number): number {
  const index = margins.findIndex((margin) => margin >= wanted - 1e-9);
  return index < 0 ? margins.length - 1 : index;
}

/**
 * The line that luck of up to `margin` keeps to. Luck multiplies odds: then the ratio of bad events grows by at most
 * `margin`, and that of good ones falls by at most as much. Both are lines, and either is a valid null hypothesis; the
 * one on the rarer side is the tighter. `guess` is the ratio of bad events, known before the interval.
 */
export function marginLine(margin: number, guess: number): Line {
  return guess <= 1 / 2
    ? { slope: margin, offset: 0 }
    : { slope: 1 / margin, offset: 1 - 1 / margin };
}
