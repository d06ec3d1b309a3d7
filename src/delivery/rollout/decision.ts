/** What a rollout may do next, and what that is decided from. */
import type { Rollout, ShadowCounts, Verdict } from "#domain";
import type { Evidence } from "./evidence.ts";
import type { RuledCounts } from "./exposure.ts";
import type { CrashFact, MissingFact, SaturationFact } from "./verdict.ts";

export type Decision =
  /** Nothing to do until more evidence or time has come. */
  | {
      readonly kind: "wait";
      readonly because: string;
      readonly forecastMs?: number;
      /** When the windows open that alone keep exposure from growing. */
      readonly untilAt?: number;
    }
  /**
   * Moves exposure; only ever up, while the rollout runs. With `step`, the index of the policy's step
   * that is entered with it, and then exposure may be what it was.
   */
  | {
      readonly kind: "expose";
      readonly to: number;
      readonly because: string;
      readonly step?: number;
      /** The first users are let in, and no more requests than this came to the app in the last minute: too few. */
      readonly quietRequests?: number;
    }
  /** Lets everybody in; of a rollout that bakes: ends the bake. */
  | { readonly kind: "promote"; readonly because: string }
  | { readonly kind: "roll_back"; readonly because: string }
  /** Keeps exposure as it is and asks a person. */
  | { readonly kind: "hold"; readonly because: string; readonly next: string };

export interface Facts {
  readonly now: number;
  /** Of the app, both arms, lately. */
  readonly requestsPerSecond: number;
  /** The same, as a count; absent: as many as that rate gives. One visit a second ago is a rate, and no traffic. */
  readonly requestsInLastMinute?: number;
  /** Whether the candidate's instances answer. */
  readonly isReady: boolean;
  /** Whether the baseline's do: who is to go back needs somewhere to go. Absent: they do. */
  readonly isBaselineReady?: boolean;
  /** An instance of the candidate that exited without being asked to. */
  readonly crash?: CrashFact;
  /** A custom guardrail that is not measured, or a fresh baseline that is gone. */
  readonly missing?: MissingFact;
  readonly saturation?: SaturationFact;
  /** How old the newest counts are when they arrive. */
  readonly telemetryDelayMs: number;
  /** When the newest interval ended; absent before the first. */
  readonly lastIntervalAt?: number;
  /** Edges whose counts do not come. */
  readonly edgesMissing: readonly string[];
  /** For how long some edge has been missing; absent: for as long as there are no counts. */
  readonly edgesMissingMs?: number;
  /** When the last request was counted, if that is a while ago. */
  readonly quietSinceAt?: number;
  /** What users by rule met so far; absent: there were none. */
  readonly ruled?: RuledCounts;
  /** What copies of requests said so far; absent: there were none. */
  readonly shadow?: ShadowCounts;
}

/** Everything that a step is judged by. */
export interface Case {
  readonly rollout: Rollout;
  readonly evidence: Evidence;
  readonly facts: Facts;
  readonly verdict: Verdict;
}

/** Requests to the app in the last minute, both arms. */
export function requestsOfMinute({ requestsInLastMinute, requestsPerSecond }: Facts): number {
  return requestsInLastMinute ?? Math.ceil(60 * requestsPerSecond);
}

/** The command for a person, as it is typed. */
export function wordTo(
  word: "approve" | "promote" | "abort" | "resume",
  { id, app }: Pick<Rollout, "id" | "app">,
  step?: number,
): string {
  if (word === "abort" || word === "resume") return `tidegate rollout ${word} --app ${app}`;
  if (word === "promote") return `tidegate rollout promote --app ${app} --reason "…"`;
  return `tidegate rollout approve ${id} --step ${step ?? 1} --reason "…"`;
}
