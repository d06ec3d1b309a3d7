/** Refuses counts that cannot be: a verdict on them would be wrong, and a crash would stop the watching. */
import {
  bucketCount,
  latencyCells,
  type Arm,
  type ArmCounts,
  type IntervalCounts,
  type InvalidInput,
} from "#domain";
import { countPerIntervalMax } from "./limits.ts";

/** The first thing that is wrong with an interval that comes after `throughIndex`, if any. */
export function checkInterval(
  counts: IntervalCounts,
  throughIndex: number,
): InvalidInput | undefined {
  const { index, startAt, endAt, exposure } = counts;
  if (!Number.isSafeInteger(index) || index <= throughIndex) {
    return refused(
      "index",
      `a whole number above ${throughIndex}: intervals are folded once, in order`,
      index,
    );
  }
  if (!Number.isFinite(startAt) || !Number.isFinite(endAt) || endAt < startAt) {
    return refused("endAt", "an instant not before startAt", endAt);
  }
  if (!Number.isSafeInteger(exposure) || exposure < 0 || exposure > bucketCount) {
    return refused("exposure", `a whole number of buckets, 0..${bucketCount}`, exposure);
  }
  return checkArm("baseline", counts.baseline) ?? checkArm("candidate", counts.candidate);
}

const countFields = [
  "requests",
  "errors",
  "connectionFailures",
  "unkeyedRequests",
  "usersFirstHarmed",
  "usersFirstSeen",
] as const satisfies readonly (keyof ArmCounts)[];

function checkArm(arm: Arm, counts: ArmCounts): InvalidInput | undefined {
  const broken = countFields.find((field) => !isCount(counts[field]));
  if (broken !== undefined)
    return refused(`${arm}.${broken}`, "a whole number, 0 or more", counts[broken]);
  const { requests, errors, unkeyedRequests, usersFirstHarmed, latency } = counts;
  if (errors > requests) return refused(`${arm}.errors`, `at most ${requests} requests`, errors);
  if (unkeyedRequests > requests) {
    return refused(`${arm}.unkeyedRequests`, `at most ${requests} requests`, unkeyedRequests);
  }
  if (usersFirstHarmed > requests) {
    return refused(`${arm}.usersFirstHarmed`, `at most ${requests} requests`, usersFirstHarmed);
  }
  if (latency.length !== latencyCells) {
    return refused(`${arm}.latency`, `${latencyCells} cells of the fixed grid`, latency.length);
  }
  const cell = latency.findIndex((count) => !isCount(count));
  if (cell >= 0)
    return refused(`${arm}.latency[${cell}]`, "a whole number, 0 or more", latency[cell]);
  return undefined;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= countPerIntervalMax;
}

function refused(field: string, expected: string, found: unknown): InvalidInput {
  return { code: "invalid_input", field: `interval.${field}`, expected, found: String(found) };
}
