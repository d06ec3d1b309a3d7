/**
 * What many runs of a scenario show, and whether what is claimed of it holds. Every number comes with the
 * interval in which its true value lies with 95 % confidence: few runs show little.
 */
import { bucketCount } from "#domain";
import { quantileOf, shareInterval, type QuantileEstimate } from "./intervals.ts";
import type { Claims, Scenario } from "./scenario.ts";
import type { RunOutcome } from "./simulate.ts";
import { isFaulty } from "./world.ts";

/** A share of runs. */
export interface RunShare {
  readonly runs: number;
  readonly of: number;
  readonly ratio: number;
  readonly ratioLow: number;
  readonly ratioHigh: number;
}

/** A quantile over runs; `null`: not within the time of a run. */
export interface RunQuantile {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export interface RunExample {
  readonly seed: number;
  readonly end: RunOutcome["end"];
  readonly seconds: number;
  readonly sentence: string;
}

export interface ClaimResult {
  readonly claim: keyof Claims;
  readonly bound: "at_least" | "at_most";
  readonly unit: "ratio" | "ms" | "count";
  readonly claimed: number;
  /** `null`: not within the time of a run. */
  readonly found: number | null;
  readonly isMet: boolean;
  /** Whether there were runs enough to be sure of it, with 95 % confidence. */
  readonly isSure: boolean;
}

export interface SimulationReport {
  readonly title: string;
  readonly runs: number;
  /** Of the first run; run n has seed + n. */
  readonly seed: number;
  readonly isFaulty: boolean;
  /** Stopped although nothing was wrong, or not yet. */
  readonly falseStops: RunShare;
  /** Stopped after users met the fault. */
  readonly stopped: RunShare;
  readonly letIn: RunShare;
  readonly undecided: RunShare;
  /** Seconds from the first harm to the stop, of all runs with a fault; a miss takes for ever. */
  readonly secondsToStop: { readonly median: RunQuantile; readonly p90: RunQuantile };
  /** Seconds until everybody is in, of all runs. */
  readonly secondsToLetIn: { readonly median: RunQuantile; readonly p90: RunQuantile };
  /** Failed requests of the candidate beyond what the baseline would have failed. */
  readonly requestsHarmed: { readonly median: RunQuantile; readonly p95: RunQuantile };
  readonly usersHarmed: { readonly median: RunQuantile; readonly p95: RunQuantile };
  /** Largest share of users in the candidate before the end. */
  readonly exposureMax: { readonly median: RunQuantile; readonly p95: RunQuantile };
  /** The first run of each end. */
  readonly examples: readonly RunExample[];
  readonly claims: readonly ClaimResult[];
}

/** `outcomes[n]` is the run with the seed `seed + n`; there is at least one. */
export function reportOf(
  scenario: Scenario,
  seed: number,
  outcomes: readonly RunOutcome[],
): SimulationReport {
  const hasFault = isFaulty(scenario.world);
  const harmFromS = ({ exposedFromS = Infinity }: RunOutcome) =>
    hasFault ? Math.max(exposedFromS, scenario.world.fault.fromS) : Infinity;
  const isFalseStop = (run: RunOutcome) =>
    run.end === "rolled_back" && run.seconds <= harmFromS(run);
  const isStop = (run: RunOutcome) => run.end === "rolled_back" && !isFalseStop(run);
  const toStop = outcomes
    .filter((run) => hasFault && !isFalseStop(run))
    .map((run) => (isStop(run) ? run.seconds - harmFromS(run) : Infinity));
  const toLetIn = outcomes.map((run) =>
    run.end === "promoted" ? (run.letInAtS ?? run.seconds) : Infinity,
  );
  const harmed = outcomes.map((run) => run.requestsHarmed);
  const users = outcomes.map((run) => run.usersHarmed);
  const exposures = outcomes.map((run) => run.exposureMax / bucketCount);
  const found = {
    falseStops: shareOf(outcomes, isFalseStop),
    stopped: shareOf(outcomes, isStop),
    letIn: shareOf(outcomes, ({ end }) => end === "promoted"),
    undecided: shareOf(outcomes, ({ end }) => end === "undecided"),
    secondsToStop: { median: quantile(toStop, 0.5), p90: quantile(toStop, 0.9) },
    secondsToLetIn: { median: quantile(toLetIn, 0.5), p90: quantile(toLetIn, 0.9) },
    requestsHarmed: { median: quantile(harmed, 0.5), p95: quantile(harmed, 0.95) },
    usersHarmed: { median: quantile(users, 0.5), p95: quantile(users, 0.95) },
    exposureMax: { median: quantile(exposures, 0.5), p95: quantile(exposures, 0.95) },
  };
  return {
    title: scenario.title,
    runs: outcomes.length,
    seed,
    isFaulty: hasFault,
    ...found,
    examples: examplesOf(outcomes, seed),
    claims: claimResults(scenario.claims, found),
  };
}

function shareOf(outcomes: readonly RunOutcome[], isOne: (run: RunOutcome) => boolean): RunShare {
  const runs = outcomes.filter((run) => isOne(run)).length;
  const of = outcomes.length;
  const { low, high } = shareInterval(runs, of);
  return { runs, of, ratio: runs / of, ratioLow: low, ratioHigh: high };
}

function quantile(values: readonly number[], at: number): RunQuantile {
  if (values.length === 0) return { value: null, low: null, high: null };
  const estimate: QuantileEstimate = quantileOf(
    values.toSorted((a, b) => a - b),
    at,
  );
  return {
    value: finite(estimate.value),
    low: finite(estimate.low),
    high: finite(estimate.high),
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function examplesOf(outcomes: readonly RunOutcome[], seed: number): readonly RunExample[] {
  return (["rolled_back", "promoted", "undecided"] as const).flatMap((end) => {
    const at = outcomes.findIndex((run) => run.end === end);
    const run = outcomes[at];
    if (run === undefined) return [];
    return [{ seed: seed + at, end, seconds: run.seconds, sentence: run.sentence }];
  });
}

type Found = Omit<SimulationReport, "title" | "runs" | "seed" | "isFaulty" | "examples" | "claims">;

interface Measured {
  readonly bound: ClaimResult["bound"];
  readonly unit: ClaimResult["unit"];
  readonly found: number | null;
  /** The end of its interval that is worst for the claim. */
  readonly worst: number | null;
}

const measures: Readonly<Record<keyof Claims, (found: Found) => Measured>> = {
  falseStops: ({ falseStops }) => shareAtMost(falseStops),
  stopped: ({ stopped }) => shareAtLeast(stopped),
  letIn: ({ letIn }) => shareAtLeast(letIn),
  letInAtMost: ({ letIn }) => shareAtMost(letIn),
  detectedWithin: ({ secondsToStop }) => msAtMost(secondsToStop.median),
  detectedWithinP90: ({ secondsToStop }) => msAtMost(secondsToStop.p90),
  letInWithin: ({ secondsToLetIn }) => msAtMost(secondsToLetIn.median),
  harmedMedian: ({ requestsHarmed }) => countAtMost(requestsHarmed.median),
  harmedP95: ({ requestsHarmed }) => countAtMost(requestsHarmed.p95),
  usersHarmedP95: ({ usersHarmed }) => countAtMost(usersHarmed.p95),
  exposureP95: ({ exposureMax: { p95 } }) => ({ ...countAtMost(p95), unit: "ratio" }),
};

function shareAtMost({ ratio, ratioHigh }: RunShare): Measured {
  return { bound: "at_most", unit: "ratio", found: ratio, worst: ratioHigh };
}

function shareAtLeast({ ratio, ratioLow }: RunShare): Measured {
  return { bound: "at_least", unit: "ratio", found: ratio, worst: ratioLow };
}

function msAtMost({ value, high }: RunQuantile): Measured {
  return { bound: "at_most", unit: "ms", found: ms(value), worst: ms(high) };
}

function ms(seconds: number | null): number | null {
  return seconds === null ? null : seconds * 1000;
}

function countAtMost({ value, high }: RunQuantile): Measured {
  return { bound: "at_most", unit: "count", found: value, worst: high };
}

function claimResults(claims: Claims, found: Found): readonly ClaimResult[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of the table are those of claims
  const names = Object.keys(measures) as (keyof Claims)[];
  return names.flatMap((claim) => {
    const claimed = claims[claim];
    if (claimed === undefined) return [];
    const { worst, ...measured } = measures[claim](found);
    const holds = (value: number | null) =>
      value !== null && (measured.bound === "at_most" ? value <= claimed : value >= claimed);
    return [{ claim, ...measured, claimed, isMet: holds(measured.found), isSure: holds(worst) }];
  });
}
