/**
 * What a statistical guardrail is: a state that is folded and read. A new kind is a new file and a line in
 * `guardrails.ts`; sharing alpha, verdicts, sentences and forecasts follow from it.
 */
import type { GuardrailPolicy, GuardrailState, IntervalCounts } from "#domain";
import type { Luck } from "./calibration.ts";
import type { StartingMoments } from "./mixture.ts";
import type { Totals } from "./totals.ts";

export interface FoldContext {
  readonly policy: GuardrailPolicy;
  /** What errors may be judged by: by requests alone, users are not counted at all. */
  readonly unit: "users" | "requests";
  readonly counts: IntervalCounts;
  /** Before this interval: guesses may use it. */
  readonly before: Totals;
  /** With this interval. */
  readonly after: Totals;
  readonly elapsedMs: number;
  /** Weight of the starting moments that join with this interval. */
  readonly started: number;
  /** With this interval. */
  readonly moments: StartingMoments;
}

export interface ReadContext {
  readonly totals: Totals;
  readonly moments: StartingMoments;
  readonly luck: Luck;
  /** What errors are counted by now. */
  readonly unit: "users" | "requests";
}

/** What a guardrail makes of its evidence; the shared part of the verdict is added to it. */
export interface Reading {
  readonly unit: GuardrailState["unit"];
  readonly baseline: GuardrailState["baseline"];
  readonly candidate: GuardrailState["candidate"];
  readonly thresholdMs?: number;
  /** Harm is more than this many times the baseline, by the luck that calibration found; absent: 1. */
  readonly margin?: number;
  readonly logEHarm: number;
  readonly logESafe: number;
}

/** The baseline's and a like candidate's samples per second, for the forecast. */
export interface Traffic {
  readonly baselinePerSecond: number;
  readonly candidatePerSecond: number;
}

export interface ForecastContext {
  readonly policy: GuardrailPolicy;
  readonly traffic: Traffic;
  readonly logThreshold: number;
  readonly totals: Totals;
}

/** `State` is plain data: it can be stored as JSON and compared by value. */
export interface Guardrail<State> {
  empty(): State;
  /** Gives the state with one more interval; never changes the one it was given. */
  fold(state: State, context: FoldContext): State;
  read(state: State, context: ReadContext): Reading;
  /** Seconds until the evidence of safety reaches `logThreshold` if the candidate is like the baseline. */
  secondsToSafe(state: State, context: ForecastContext): number;
}
