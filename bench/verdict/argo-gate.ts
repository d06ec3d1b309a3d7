/**
 * Argo Rollouts' background analysis with the example of its documentation (docs/features/analysis.md):
 * setWeight 20, 40, 60, 80 with pauses of 10 minutes; from the second weight on the success ratio, an `irate`
 * (so: the last two scrapes), is measured every 5 minutes and must be at least 95 %; failureLimit 3.
 * The page says that three failed measurements fail the analysis; analysis.go says `failed > failureLimit`,
 * so four, which is what is done here. The page's query covers both versions of the service;
 * here it sees the candidate alone, in Argo's favour. No traffic is NaN, which is not >= 0.95.
 */
import { type Gate, type Ramp, errorRatio, percentAt, stay } from "./gate.ts";

interface State {
  readonly percent: number;
  readonly failures: number;
}

const ramp: Ramp = [
  [0, 20],
  [600, 40],
  [1200, 60],
  [1800, 80],
];
const example = {
  scrapeS: 15,
  measureFromS: 600,
  measureEveryS: 300,
  endS: 2400,
  successRatioMin: 0.95,
  failureLimit: 3,
} as const;

export const argoGate: Gate<State> = {
  name: "Argo Rollouts",
  lookEveryS: example.scrapeS,
  startPercent: percentAt(ramp, 0),
  begin: () => ({ percent: percentAt(ramp, 0), failures: 0 }),
  look(state, { atS, candidate }) {
    const isMeasured =
      atS >= example.measureFromS && (atS - example.measureFromS) % example.measureEveryS === 0;
    const isFailed = isMeasured && !(1 - errorRatio(candidate) >= example.successRatioMin);
    const failures = state.failures + (isFailed ? 1 : 0);
    if (failures > example.failureLimit) return { state, move: { kind: "roll_back" } };
    if (atS >= example.endS) return { state, move: { kind: "promote" } };
    const percent = percentAt(ramp, atS);
    const move = percent > state.percent ? ({ kind: "expose", percent } as const) : stay;
    return { state: { percent, failures }, move };
  },
};
