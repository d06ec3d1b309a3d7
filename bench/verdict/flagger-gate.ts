/**
 * Flagger's metric checks with the example of its documentation (docs/gitbook/usage/how-it-works.md and
 * metrics.md): interval 1m, threshold 10, stepWeight 5, maxWeight 50, request-success-rate at least 99 %,
 * request-duration p99 at most 500 ms. As in its scheduler: a failed check halts the step and
 * counts; the number of failed checks is looked at before the next check; no values is a failed check.
 */
import { type ArmWindow, type Gate, errorRatio, quantileMs, stay } from "./gate.ts";

interface State {
  readonly percent: number;
  readonly failedChecks: number;
}

const example = {
  intervalS: 60,
  threshold: 10,
  stepPercent: 5,
  maxPercent: 50,
  successPercentMin: 99,
  p99MsMax: 500,
} as const;

export const flaggerGate: Gate<State> = {
  name: "Flagger",
  lookEveryS: example.intervalS,
  startPercent: example.stepPercent,
  begin: () => ({ percent: example.stepPercent, failedChecks: 0 }),
  look(state, { candidate }) {
    if (state.failedChecks >= example.threshold) return { state, move: { kind: "roll_back" } };
    if (!passes(candidate)) {
      return { state: { ...state, failedChecks: state.failedChecks + 1 }, move: stay };
    }
    if (state.percent >= example.maxPercent) return { state, move: { kind: "promote" } };
    const percent = state.percent + example.stepPercent;
    return { state: { ...state, percent }, move: { kind: "expose", percent } };
  },
};

/** NaN (no traffic) passes neither comparison. */
function passes(candidate: ArmWindow): boolean {
  const successPercent = 100 * (1 - errorRatio(candidate));
  return (
    successPercent >= example.successPercentMin && quantileMs(candidate, 0.99) <= example.p99MsMax
  );
}
