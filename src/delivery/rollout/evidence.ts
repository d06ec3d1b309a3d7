/**
 * Evidence: what the intervals of a rollout add up to. Plain data, folded one stored interval at a time in
 * O(grid); folding the stored intervals again gives the same numbers bit for bit, however they are batched.
 */
import { err, ok, type Result } from "#std";
import type { InvalidInput, IntervalCounts, RolloutPolicy } from "#domain";
import { checkInterval } from "./check-interval.ts";
import type { FoldContext } from "./guardrail.ts";
import {
  type GuardrailStates,
  type StatisticalName,
  guardrails,
  statisticalOf,
} from "./guardrails.ts";
import { type Totals, addInterval, elapsedMs, emptyTotals } from "./totals.ts";

export interface Evidence {
  /** The policy that it was begun with: tolerances do not change under a running test. */
  readonly policy: RolloutPolicy;
  /** Index of the newest interval; -1 before the first. */
  readonly throughIndex: number;
  readonly totals: Totals;
  readonly states: Partial<GuardrailStates>;
}

export function emptyEvidence(policy: RolloutPolicy): Evidence {
  const states: Mutable<Partial<GuardrailStates>> = {};
  for (const { name } of statisticalOf(policy)) putEmpty(states, name);
  return { policy, throughIndex: -1, totals: emptyTotals, states };
}

/**
 * Adds one interval. Pure: gives new evidence and leaves the old as it was. Refuses, with `invalid_input`,
 * counts that cannot be (negative, not whole, more errors than requests, another histogram) and
 * an interval that was folded already or is older than the newest.
 */
export function foldInterval(
  evidence: Evidence,
  counts: IntervalCounts,
): Result<Evidence, InvalidInput> {
  const problem = checkInterval(counts, evidence.throughIndex);
  if (problem !== undefined) return err(problem);
  const { policy, totals } = evidence;
  const after = addInterval(totals, counts);
  const startShare = Math.min(1, elapsedMs(totals, counts) / Math.max(1, policy.maxDurationMs));
  const states: Mutable<Partial<GuardrailStates>> = { ...evidence.states };
  for (const { name, tolerance } of statisticalOf(policy)) {
    foldOne(states, name, { tolerance, counts, before: totals, after, startShare });
  }
  return ok({ policy, throughIndex: counts.index, totals: after, states });
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

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- K ties a guardrail to its state
function putEmpty<K extends StatisticalName>(
  states: Mutable<Partial<GuardrailStates>>,
  name: K,
): void {
  states[name] = guardrails[name].empty();
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- K ties a guardrail to its state
function foldOne<K extends StatisticalName>(
  states: Mutable<Partial<GuardrailStates>>,
  name: K,
  context: FoldContext,
): void {
  states[name] = guardrails[name].fold(states[name] ?? guardrails[name].empty(), context);
}
