/**
 * The home-made gate: totals of both arms since the start, compared by a one-sided z-test at 5 %, which two
 * metrics share: the error ratio (pooled) and mean latency (Welch). The ramp is 1, 5, 25, 50 %.
 * Looked at every interval of ten seconds, or once, at the end, as the test was made for.
 */
import { type ArmWindow, type Gate, type Ramp, latencySums, percentAt, stay } from "./gate.ts";

interface Sums {
  readonly requests: number;
  readonly errors: number;
  readonly latencySum: number;
  readonly latencySquares: number;
}

interface State {
  readonly percent: number;
  readonly baseline: Sums;
  readonly candidate: Sums;
}

const ramp: Ramp = [
  [0, 1],
  [300, 5],
  [600, 25],
  [1200, 50],
];
export const zTestEndS = 1800;
const lookEveryS = 10;
/** One-sided 2.5 %: 5 % in two equal parts. */
const zMin = 1.959963984540054;
const nothing: Sums = { requests: 0, errors: 0, latencySum: 0, latencySquares: 0 };

export const zTestAtEveryLook = gateWith("z-test, every 10 s", () => true);
export const zTestAtTheEnd = gateWith("z-test, one look", (atS) => atS >= zTestEndS);

function gateWith(name: string, isLook: (atS: number) => boolean): Gate<State> {
  return {
    name,
    lookEveryS,
    startPercent: percentAt(ramp, 0),
    begin: () => ({ percent: percentAt(ramp, 0), baseline: nothing, candidate: nothing }),
    look(before, window) {
      const { atS } = window;
      const state: State = {
        percent: percentAt(ramp, atS),
        baseline: added(before.baseline, window.baseline),
        candidate: added(before.candidate, window.candidate),
      };
      if (isLook(atS) && isWorse(state)) return { state, move: { kind: "roll_back" } };
      if (atS >= zTestEndS) return { state, move: { kind: "promote" } };
      const { percent } = state;
      return { state, move: percent > before.percent ? { kind: "expose", percent } : stay };
    },
  };
}

function added(sums: Sums, arm: ArmWindow): Sums {
  const { sum, squares } = latencySums(arm);
  return {
    requests: sums.requests + arm.requests,
    errors: sums.errors + arm.errors,
    latencySum: sums.latencySum + sum,
    latencySquares: sums.latencySquares + squares,
  };
}

function isWorse({ baseline, candidate }: State): boolean {
  if (baseline.requests === 0 || candidate.requests === 0) return false;
  return zOfErrors(baseline, candidate) > zMin || zOfLatency(baseline, candidate) > zMin;
}

export function zOfErrors(baseline: Sums, candidate: Sums): number {
  const pooled = (baseline.errors + candidate.errors) / (baseline.requests + candidate.requests);
  const variance = pooled * (1 - pooled) * (1 / baseline.requests + 1 / candidate.requests);
  if (variance <= 0) return 0;
  const difference = candidate.errors / candidate.requests - baseline.errors / baseline.requests;
  return difference / Math.sqrt(variance);
}

function zOfLatency(baseline: Sums, candidate: Sums): number {
  const of = ({ requests, latencySum, latencySquares }: Sums) => {
    const mean = latencySum / requests;
    return { mean, error: Math.max(0, latencySquares / requests - mean * mean) / requests };
  };
  const [b, c] = [of(baseline), of(candidate)];
  return b.error + c.error <= 0 ? 0 : (c.mean - b.mean) / Math.sqrt(b.error + c.error);
}
