/** Refuses counts that cannot be: a verdict on them would be wrong, and a crash would stop the watching. */
import {
  brokenCounts,
  brokenTime,
  bucketCount,
  isIntervalCount as isCount,
  latencyCells,
  type Arm,
  type ArmCounts,
  type IntervalCounts,
  type InvalidInput,
  type MetricCounts,
  type ShadowCounts,
} from "#domain";

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
  if (!Number.isSafeInteger(exposure) || exposure < 0 || exposure > bucketCount) {
    return refused("exposure", `a whole number of buckets, 0..${bucketCount}`, exposure);
  }
  const time = brokenTime(startAt, endAt);
  if (time !== undefined) return refused(time.field, time.expected, time.found);
  return (
    checkArm("baseline", counts.baseline) ??
    checkArm("candidate", counts.candidate) ??
    checkShadow(counts.shadow) ??
    checkMetrics("groups", counts.groups)
  );
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
  const { usersNew, usersFirstStuck = 0, instances, custom } = counts;
  if (!isCount(usersFirstStuck) || usersFirstStuck > requests) {
    return refused(`${arm}.usersFirstStuck`, `at most ${requests} requests`, usersFirstStuck);
  }
  // May be more than the requests: users are met when assigned, and requests counted when answered.
  if (usersNew !== undefined && !isCount(usersNew)) {
    return refused(`${arm}.usersNew`, "a whole number, 0 or more", usersNew);
  }
  return (
    checkLatency(`${arm}.latency`, latency) ??
    checkMetrics(`${arm}.instances`, instances) ??
    checkMetrics(`${arm}.custom`, custom)
  );
}

function checkLatency(field: string, latency: readonly number[]): InvalidInput | undefined {
  if (latency.length !== latencyCells) {
    return refused(field, `${latencyCells} cells of the fixed grid`, latency.length);
  }
  for (let cell = 0; cell < latency.length; cell += 1) {
    if (isCount(latency[cell] ?? -1)) continue;
    return refused(`${field}[${cell}]`, "a whole number, 0 or more", latency[cell]);
  }
  return undefined;
}

function checkMetrics(
  field: string,
  metrics: Readonly<Record<string, MetricCounts>> | readonly MetricCounts[] | undefined,
): InvalidInput | undefined {
  if (metrics === undefined) return undefined;
  for (const [name, counts] of Object.entries(metrics)) {
    const broken = brokenCounts(counts);
    if (broken === undefined) continue;
    return refused(`${field}.${name}.${broken.field}`, broken.expected, broken.found);
  }
  return undefined;
}

const shadowFields = [
  "mirrored",
  "candidateOnlyFailed",
  "baselineOnlyFailed",
  "bothFailed",
  "answersDiffered",
] as const satisfies readonly (keyof ShadowCounts)[];

function checkShadow(shadow: ShadowCounts | undefined): InvalidInput | undefined {
  if (shadow === undefined) return undefined;
  const broken = shadowFields.find((field) => !isCount(shadow[field]));
  if (broken !== undefined) {
    return refused(`shadow.${broken}`, "a whole number, 0 or more", shadow[broken]);
  }
  const { mirrored, candidateOnlyFailed, baselineOnlyFailed, bothFailed, answersDiffered } = shadow;
  const all = candidateOnlyFailed + baselineOnlyFailed + bothFailed + answersDiffered;
  return all > mirrored
    ? refused("shadow.mirrored", `at least ${all}, the sum of its parts`, mirrored)
    : undefined;
}

function refused(field: string, expected: string, found: unknown): InvalidInput {
  return { code: "invalid_input", field: `interval.${field}`, expected, found: String(found) };
}
