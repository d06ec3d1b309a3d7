/** What is drawn of a guardrail: which counts are compared, and what they are counts of. Pure. */
import type { GuardrailResource, RolloutResource } from "#faces/api/contract";
import type { Seen } from "./interval.ts";

export interface Arms {
  readonly unit: string;
  readonly baseline: Seen;
  readonly candidate: Seen;
}

type Totals = RolloutResource["evidence"]["totals"];

/**
 * The verdict on errors weighs users and requests together and says how users fared; the picture is of
 * requests, of which there are more.
 */
export function armsOf(
  { name, unit, baseline, candidate }: GuardrailResource,
  totals: Totals,
): Arms {
  if (name !== "errors" || totals.baselineRequests === 0 || totals.candidateRequests === 0) {
    return { unit, baseline, candidate };
  }
  return {
    unit: "requests",
    baseline: { events: totals.baselineErrors, sample: totals.baselineRequests },
    candidate: { events: totals.candidateErrors, sample: totals.candidateRequests },
  };
}

/** Saturation is a size, not a count: bytes of memory among the bytes that an instance may have. */
export function isOfMemory({ name, unit }: GuardrailResource): boolean {
  return name === "saturation" && unit === "instances";
}
