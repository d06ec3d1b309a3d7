/**
 * The two-sample rank test as Kayenta runs it: not a p-value but a confidence interval and an estimate of
 * the shift between two series, found by inverting the test. Written anew from the published algorithm
 * (kayenta-mannwhitney, Apache-2.0, and the zeroin method of Brent 1973 that it uses), down to
 * its tolerance of 1e-4, which is why an interval that ought to end at 0 ends at 6.8e-5.
 */

export interface Shift {
  readonly lower: number;
  readonly upper: number;
  /** Hodges-Lehmann: the median of all differences, as far as ties allow. */
  readonly estimate: number;
}

const rootTolerance = 1e-4;
const machineEpsilon = 2 ** -52;
const iterationsMax = 1000;

/** All observations are tied at the shift that was tried: the interval does not exist. */
export class AllTied extends Error {}

/** How much larger `experiment` is than `control`; `z` is the two-sided normal quantile of the confidence. */
export function shiftBetween(
  experiment: readonly number[],
  control: readonly number[],
  z: number,
): Shift {
  const from = Math.min(...experiment) - Math.max(...control);
  const to = Math.max(...experiment) - Math.min(...control);
  const statistic = (shift: number): number => standardised(experiment, control, shift);
  const atFrom = statistic(from);
  const atTo = statistic(to);
  const bound = (quantile: number): number => {
    if (atFrom - quantile <= 0) return from;
    if (atTo - quantile >= 0) return to;
    return rootOf((shift) => statistic(shift) - quantile, from, to);
  };
  return { lower: bound(z), upper: bound(-z), estimate: rootOf(statistic, from, to) };
}

/** The rank sum of `experiment - shift` among both, standardised, with continuity and tie corrections. */
function standardised(
  experiment: readonly number[],
  control: readonly number[],
  shift: number,
): number {
  const [m, n] = [experiment.length, control.length];
  const all = [
    ...experiment.map((value) => ({ value: value - shift, isExperiment: true })),
    ...control.map((value) => ({ value, isExperiment: false })),
  ].toSorted((a, b) => a.value - b.value);
  let [rankSum, ties] = [0, 0];
  for (let start = 0; start < all.length;) {
    let end = start;
    let experiments = 0;
    while (end < all.length && all[end]?.value === all[start]?.value) {
      if (all[end]?.isExperiment === true) experiments += 1;
      end += 1;
    }
    const count = end - start;
    rankSum += experiments * ((start + 1 + end) / 2);
    ties += count ** 3 - count;
    start = end;
  }
  const excess = rankSum - (m * (m + 1)) / 2 - (m * n) / 2;
  const variance = ((m * n) / 12) * (m + n + 1 - ties / ((m + n) * (m + n - 1)));
  if (variance <= 0) throw new AllTied("every observation is tied");
  return (excess - Math.sign(excess) / 2) / Math.sqrt(variance);
}

interface Bracket {
  /** The best point, the one before, and the other end; f at each. */
  b: number;
  a: number;
  c: number;
  fb: number;
  fa: number;
  fc: number;
}

/** Brent's method: where `f` crosses 0 between `from` and `to`. */
function rootOf(f: (at: number) => number, from: number, to: number): number {
  const at: Bracket = { a: from, fa: f(from), b: to, fb: f(to), c: from, fc: f(from) };
  if (at.fa === 0) return from;
  if (at.fb === 0) return to;
  for (let left = iterationsMax; left > 0; left -= 1) {
    const previousStep = at.b - at.a;
    if (Math.abs(at.fc) < Math.abs(at.fb)) turnRound(at);
    const tolerance = 2 * machineEpsilon * Math.abs(at.b) + rootTolerance / 2;
    const half = (at.c - at.b) / 2;
    if (Math.abs(half) <= tolerance || at.fb === 0) return at.b;
    const step = stepOf(at, { previousStep, tolerance, half });
    at.a = at.b;
    at.fa = at.fb;
    at.b += Math.abs(step) < tolerance ? tolerance * Math.sign(step || -1) : step;
    at.fb = f(at.b);
    if (at.fb * at.fc > 0) [at.c, at.fc] = [at.a, at.fa];
  }
  return at.b;
}

function turnRound(at: Bracket): void {
  [at.a, at.b, at.c] = [at.b, at.c, at.b];
  [at.fa, at.fb, at.fc] = [at.fb, at.fc, at.fb];
}

/** By interpolation where it helps, else half the bracket. */
function stepOf(
  at: Bracket,
  {
    previousStep,
    tolerance,
    half,
  }: Readonly<Record<"previousStep" | "tolerance" | "half", number>>,
): number {
  const { a, b, c, fa, fb, fc } = at;
  if (Math.abs(previousStep) < tolerance || Math.abs(fa) <= Math.abs(fb)) return half;
  const width = c - b;
  let p: number;
  let q: number;
  if (a === c) {
    p = width * (fb / fa);
    q = 1 - fb / fa;
  } else {
    const [ac, bc, ba] = [fa / fc, fb / fc, fb / fa];
    p = ba * (width * ac * (ac - bc) - (b - a) * (bc - 1));
    q = (ac - 1) * (bc - 1) * (ba - 1);
  }
  if (p > 0) q = -q;
  else p = -p;
  const helps =
    p < 0.75 * width * q - Math.abs(tolerance * q) / 2 && p < Math.abs((previousStep * q) / 2);
  return helps ? p / q : half;
}
