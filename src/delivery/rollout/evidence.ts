/**
 * Evidence: what the intervals of a rollout add up to. Plain data, folded one stored interval at a time in
 * O(grid); folding the stored intervals again gives the same numbers bit for bit, however they are batched.
 */
import { err, ok, type Result } from "#std";
import type { InvalidInput, IntervalCounts, RolloutPolicy } from "#domain";
import { type Calibration, calibrate, noCalibration } from "./calibration.ts";
import { checkInterval } from "./check-interval.ts";
import { type GuardrailStateData, emptyState, foldState } from "./guardrails.ts";
import { type StartingMoments, nothingStarted, startInterval } from "./mixture.ts";
import { type Split, foldSplit, unseenSplit } from "./split.ts";
import { type Totals, addInterval, elapsedMs, emptyTotals, isOfEdge } from "./totals.ts";

export interface Evidence {
  /** The policy that it was begun with: tolerances do not change under a running test. */
  readonly policy: RolloutPolicy;
  /** Index of the newest interval; -1 before the first. */
  readonly throughIndex: number;
  readonly totals: Totals;
  readonly moments: StartingMoments;
  readonly split: Split;
  readonly calibration: Calibration;
  /** One per guardrail of the policy, in its order; null for those that are facts. */
  readonly states: readonly (GuardrailStateData | null)[];
}

export function emptyEvidence(policy: RolloutPolicy): Evidence {
  return {
    policy,
    throughIndex: -1,
    totals: emptyTotals,
    moments: nothingStarted,
    split: unseenSplit,
    calibration: noCalibration,
    states: policy.guardrails.map((one) => emptyState(one) ?? null),
  };
}

/**
 * Adds one interval. Pure: gives new evidence and leaves the old as it was. Refuses, with `invalid_input`,
 * counts that cannot be (negative, not whole, more errors than requests, another histogram) and
 * an interval that was folded already or is older than the newest. What a metric source or a probe
 * counted moves custom guardrails only.
 */
export function foldInterval(
  evidence: Evidence,
  counts: IntervalCounts,
): Result<Evidence, InvalidInput> {
  const problem = checkInterval(counts, evidence.throughIndex);
  if (problem !== undefined) return err(problem);
  return ok(isOfEdge(counts) ? foldEdge(evidence, counts) : foldMetrics(evidence, counts));
}

function foldEdge(evidence: Evidence, counts: IntervalCounts): Evidence {
  const { policy, totals } = evidence;
  const after = addInterval(totals, counts);
  const elapsed = elapsedMs(totals, counts);
  // Before anybody is exposed no harm begins.
  const exposedMs = counts.exposure === 0 ? 0 : elapsed;
  const { moments, started } = startInterval(evidence.moments, {
    share: Math.min(1, exposedMs / Math.max(1, policy.maxDurationMs)),
    exposure: counts.exposure,
  });
  const { unit = "users" } = policy;
  const shared = { unit, counts, before: totals, after, elapsedMs: elapsed, started, moments };
  return {
    policy,
    throughIndex: counts.index,
    totals: after,
    moments,
    split: foldSplit(evidence.split, counts),
    calibration: calibrate(evidence.calibration, counts),
    states: foldStates(evidence, shared),
  };
}

/** Neither clock nor starting moments move: the edge's intervals of the same time move them. */
function foldMetrics(evidence: Evidence, counts: IntervalCounts): Evidence {
  const { policy, totals, moments } = evidence;
  const { unit = "users" } = policy;
  const shared = { unit, counts, before: totals, after: totals, elapsedMs: 0, started: 0, moments };
  const states = evidence.states.map((data, index) => {
    const guardrail = policy.guardrails[index];
    if (data?.kind !== "custom" || guardrail === undefined) return data;
    return foldState(data, { ...shared, policy: guardrail });
  });
  return { ...evidence, throughIndex: counts.index, states };
}

function foldStates(
  { policy, states }: Evidence,
  shared: Omit<Parameters<typeof foldState>[1], "policy">,
): Evidence["states"] {
  return policy.guardrails.map((guardrail, index) => {
    const data = states[index] ?? null;
    return data === null ? null : foldState(data, { ...shared, policy: guardrail });
  });
}

/** Folds stored intervals in order; stops at the first that is refused. */
export function replay(
  policy: RolloutPolicy,
  intervals: readonly IntervalCounts[],
): Result<Evidence, InvalidInput> {
  let evidence = emptyEvidence(policy);
  for (const counts of intervals) {
    const next = foldInterval(evidence, counts);
    if (!next.ok) return next;
    evidence = next.value;
  }
  return ok(evidence);
}
