/**
 * What a statistical guardrail is: one record. A new one (saturation, a custom counter) is a new file and a
 * line in `guardrails.ts`; folding, sharing alpha, verdicts, sentences and forecasts follow from it.
 */
import type { GuardrailState, IntervalCounts, Tolerance } from "#domain";
import type { Totals } from "./totals.ts";

export interface FoldContext {
  readonly tolerance: Tolerance;
  readonly counts: IntervalCounts;
  /** Before this interval: guesses may use it. */
  readonly before: Totals;
  /** With this interval. */
  readonly after: Totals;
  /** The interval's length over the policy's maximum duration, 0..1. */
  readonly startShare: number;
}

/** What a guardrail makes of its evidence; the shared part of the verdict is added to it. */
export interface Reading {
  readonly unit: GuardrailState["unit"];
  readonly baseline: GuardrailState["baseline"];
  readonly candidate: GuardrailState["candidate"];
  readonly thresholdMs?: number;
  readonly logEHarm: number;
  readonly logESafe: number;
}

/** The baseline's and a like candidate's requests per second, for the forecast. */
export interface Traffic {
  readonly baselinePerSecond: number;
  readonly candidatePerSecond: number;
}

/** `State` is plain data: it can be stored as JSON and compared by value. */
export interface Guardrail<State> {
  empty(): State;
  /** Gives the state with one more interval; never changes the one it was given. */
  fold(state: State, context: FoldContext): State;
  read(state: State, totals: Totals): Reading;
  /** Seconds until the evidence of safety reaches `logThreshold` if the candidate is like the baseline. */
  secondsToSafe(
    state: State,
    context: {
      readonly tolerance: Tolerance;
      readonly traffic: Traffic;
      readonly logThreshold: number;
      readonly totals: Totals;
    },
  ): number;
}
