/**
 * Exposure from the harm budget.
 *
 *     w = budget left / ( (telemetry delay + one look) * requests per second * U )
 *
 * U is the largest excess of the candidate's error ratio over the baseline's that the evidence still allows,
 * so what could be hurt before it would be noticed stays inside the budget. Nothing known: U = 1.
 * As clean requests come in U falls and exposure grows; it is never lowered while a rollout runs, since
 * that would send users back and forth. Little traffic gives much exposure at once: few can be hurt.
 */
import { bucketCount, type RolloutPolicy } from "#domain";
import type { Evidence } from "./evidence.ts";
import {
  excessRatioFloor,
  exposureBoundAlpha,
  exposureGrowthFactorMin,
  firstExposurePercentMax,
  lookIntervalMs,
  plannedDeviations,
  plannedDeviationsFirst,
} from "./limits.ts";
import { ratioLowerBound, ratioUpperBound } from "./ratio-bound.ts";
import { recentPerSecond } from "./totals.ts";

export interface ExposureFacts {
  /** Buckets of the candidate now. */
  readonly exposure: number;
  /** Requests per second of the app, both arms. */
  readonly requestsPerSecond: number;
  readonly telemetryDelayMs: number;
  /** What users met whom a rule put there. They are never judged by the test, but they can be hurt. */
  readonly ruled?: RuledCounts;
}

export interface RuledCounts {
  readonly requests: number;
  readonly errors: number;
}

/** The exposure in buckets that the evidence allows now: never below the present one, nor above the policy's cap. */
export function nextExposure(
  policy: RolloutPolicy,
  evidence: Evidence,
  facts: ExposureFacts,
): number {
  const isFirst = evidence.totals.candidate.requests === 0;
  const capPercent = isFirst
    ? Math.min(policy.exposureMaxPercent, firstExposurePercentMax)
    : policy.exposureMaxPercent;
  const cap = Math.floor((bucketCount * capPercent) / 100);
  const wanted = Math.min(cap, Math.max(1, affordable(policy, evidence, facts)));
  if (wanted <= facts.exposure) return facts.exposure;
  const isWorthIt = wanted === cap || wanted >= facts.exposure * exposureGrowthFactorMin;
  return isWorthIt ? wanted : facts.exposure;
}

function affordable(policy: RolloutPolicy, evidence: Evidence, facts: ExposureFacts): number {
  const left = harmBudgetLeft(policy, evidence, facts.ruled);
  if (left <= 0) return 0;
  const planned = plannedHarm(left, evidence.totals.candidate.requests === 0);
  const unseenMs = Math.max(0, facts.telemetryDelayMs) + lookIntervalMs;
  // Traffic that has just begun is underrated by an average over a minute: take the larger of the two.
  const perSecond = Math.max(facts.requestsPerSecond, recentPerSecond(evidence.totals));
  const unseenRequests = (unseenMs / 1000) * perSecond;
  const share = planned / (unseenRequests * excessRatioMax(evidence));
  return Math.floor(bucketCount * Math.min(1, share));
}

/**
 * Chance may double up, and busy users come in lumps: failures m such that m + z sqrt(m), z standard
 * deviations of a Poisson count, still fit into what is left. Who will be drawn first is luck altogether.
 */
function plannedHarm(left: number, isFirst: boolean): number {
  const z = isFirst ? plannedDeviationsFirst : plannedDeviations;
  return ((Math.sqrt(z * z + 4 * left) - z) / 2) ** 2;
}

/**
 * What of the harm budget is left, in its own unit; 0 or less: it is spent. Counted in users, what may still
 * be hurt unseen is planned for as if each failed request hurt another user, which is the worst case.
 */
export function harmBudgetLeft(
  policy: RolloutPolicy,
  evidence: Evidence,
  ruled: RuledCounts = { requests: 0, errors: 0 },
): number {
  const { baseline, candidate } = evidence.totals;
  const errors = excessOf(baseline.errors, baseline.requests);
  const ruledExcess = errors.over(ruled.errors, ruled.requests);
  if (policy.harmBudgetUsers === undefined) {
    return (
      policy.harmBudgetRequests - errors.over(candidate.errors, candidate.requests) - ruledExcess
    );
  }
  const users = excessOf(baseline.usersFirstHarmed, baseline.usersFirstSeen);
  const excess = users.over(candidate.usersFirstHarmed, candidate.usersFirstSeen);
  return policy.harmBudgetUsers - excess - ruledExcess;
}

/** Events beyond what the baseline's ratio would have given. */
function excessOf(baselineEvents: number, baselineSample: number) {
  const ratio = baselineSample === 0 ? 0 : baselineEvents / baselineSample;
  return { over: (events: number, sample: number) => Math.max(0, events - ratio * sample) };
}

/** U: the largest excess of the candidate's error ratio still compatible with the evidence. */
export function excessRatioMax(evidence: Evidence): number {
  const { baseline, candidate } = evidence.totals;
  const upper = ratioUpperBound(
    { events: candidate.errors, sample: candidate.requests },
    exposureBoundAlpha,
  );
  const lower = ratioLowerBound(
    { events: baseline.errors, sample: baseline.requests },
    exposureBoundAlpha,
  );
  return Math.max(excessRatioFloor, upper - lower);
}
