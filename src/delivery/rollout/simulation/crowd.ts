/** The users of a synthetic world: how active, how lucky, in which bucket, and what has met them so far. */
import { bucketCount, stuckAfterFailures } from "#domain";
import { choiceOf, normal, type Choice, type Random } from "./chance.ts";
import type { World } from "./world.ts";

export interface Crowd {
  /** Draws a user by activity. */
  readonly activity: Choice;
  readonly bucket: Uint16Array;
  /** The user's own error ratio over the base; the mean over users is 1. */
  readonly errorFactor: Float64Array;
  /** Which of the latency classes the user belongs to. */
  readonly latencyClass: Uint8Array;
  /** Bits of `met`. */
  readonly flags: Uint8Array;
  /** Failed requests in a row, up to where the user is stuck. */
  readonly failedInARow: Uint8Array;
}

/** Notes an answer; true when it makes the user stuck for the first time, which is once for all. */
export function becomesStuck({ failedInARow }: Crowd, user: number, isFailed: boolean): boolean {
  const before = failedInARow[user] ?? 0;
  if (before >= stuckAfterFailures) return false;
  const now = isFailed ? before + 1 : 0;
  failedInARow[user] = now;
  return now === stuckAfterFailures;
}

/** What has happened to a user. */
export const met = {
  baseline: 1,
  candidate: 2,
  /** Had a failed request in this rollout, in either arm. */
  harm: 4,
  /** Had a failed request at the candidate … */
  candidateFailure: 8,
  /** … and one that the baseline would have served. */
  candidateFault: 16,
  /** Is among those whom the fault can meet. */
  cohort: 32,
  /** Is sent to the baseline whatever the bucket. */
  misrouted: 64,
} as const;

const latencyClassCount = 9;

/** Factors on the median latency by class: quantiles of the log-normal, each for one user in nine. */
export function latencyClassFactors(world: World): readonly number[] {
  const logSd = world.userLatencyLogSd ?? 0;
  if (logSd === 0) return [1];
  return Array.from({ length: latencyClassCount }, (_, index) =>
    Math.exp(logSd * normalQuantile((index + 0.5) / latencyClassCount)),
  );
}

export function crowdOf(world: World, random: Random): Crowd {
  const size = world.users;
  const sd = world.userErrorLogSd;
  const classes = latencyClassFactors(world).length;
  const crowd: Crowd = {
    activity: choiceOf(Float64Array.from({ length: size }, (_, rank) => (rank + 1) ** -world.zipf)),
    bucket: new Uint16Array(size),
    errorFactor: new Float64Array(size),
    latencyClass: new Uint8Array(size),
    flags: new Uint8Array(size),
    failedInARow: new Uint8Array(size),
  };
  for (let user = 0; user < size; user += 1) {
    crowd.bucket[user] = Math.floor(random() * bucketCount);
    crowd.errorFactor[user] = sd === 0 ? 1 : Math.exp(sd * normal(random) - (sd * sd) / 2);
    if (classes > 1) crowd.latencyClass[user] = Math.floor(random() * classes);
    crowd.flags[user] = traitsOf(world, random);
  }
  return crowd;
}

function traitsOf({ fault, misroutedRatio }: World, random: Random): number {
  const isInCohort = fault.cohortRatio === undefined || random() < fault.cohortRatio;
  const isMisrouted = misroutedRatio !== undefined && random() < misroutedRatio;
  return (isInCohort ? met.cohort : 0) + (isMisrouted ? met.misrouted : 0);
}

export function countMet(crowd: Crowd, bit: number): number {
  let count = 0;
  for (const flags of crowd.flags) if ((flags & bit) !== 0) count += 1;
  return count;
}

/** Inverse of the normal distribution, to 4.5e-4 (Abramowitz and Stegun 26.2.23): classes need no more. */
function normalQuantile(at: number): number {
  if (at > 0.5) return -normalQuantile(1 - at);
  const t = Math.sqrt(-2 * Math.log(at));
  const above = 2.515517 + t * (0.802853 + t * 0.010328);
  const below = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308));
  return above / below - t;
}
