/**
 * Readings: custom counts from elsewhere than an edge. They become intervals without requests in the
 * rollout's one sequence, so a replay folds them where the verdict folded them.
 */
import { err, ok, type Result } from "#std";
import {
  brokenCounts,
  brokenTime,
  bucketCount,
  latencyCells,
  type ArmCounts,
  type FenceLost,
  type IntervalCounts,
  type InvalidInput,
  type Lease,
  type MetricReading,
} from "#domain";
import {
  appendCounts,
  lockSequence,
  recordedBefore,
  remember,
  type Origin,
} from "./append-counts.ts";
import { isHeld } from "./commit.ts";
import type { StoreContext } from "./context.ts";
import { readingNameCharsMax, readingNamesMax } from "./limits.ts";
import { retrying } from "./retry.ts";

export async function recordReading(
  context: StoreContext,
  reading: MetricReading,
  lease?: Lease,
): Promise<Result<IntervalCounts, InvalidInput | FenceLost>> {
  const problem = checkReading(reading);
  if (problem !== undefined) return err(problem);
  const { rollout, source, startAt, endAt, exposure, id = "" } = reading;
  // No edge has such a name: theirs end in a number.
  const origin: Origin = { edge: source, boot: `${rollout} ${id}`, seq: startAt };
  const counts = await retrying(context, () =>
    context.db.transaction().execute(async (trx) => {
      if (lease !== undefined && !(await isHeld(trx, lease))) return undefined;
      const now = context.clock.now();
      const { intervals, users } = await lockSequence(trx, { rollout, app: reading.app, now });
      if (!(await remember(trx, origin, now))) {
        const [before] = await recordedBefore(trx, origin);
        if (before !== undefined) return before;
      }
      const arms = { baseline: armOf(reading.baseline), candidate: armOf(reading.candidate) };
      const index = intervals + 1;
      const added: IntervalCounts = { rollout, index, source, startAt, endAt, exposure, ...arms };
      await appendCounts(trx, added, { origin, users });
      return added;
    }),
  );
  if (counts !== undefined) return ok(counts);
  return err({ code: "fence_lost", work: `${lease?.kind} ${lease?.key}` });
}

function armOf(custom: MetricReading["baseline"]): ArmCounts {
  return {
    requests: 0,
    errors: 0,
    connectionFailures: 0,
    unkeyedRequests: 0,
    usersFirstHarmed: 0,
    usersFirstSeen: 0,
    latency: Array.from({ length: latencyCells }, () => 0),
    custom,
  };
}

function checkReading(reading: MetricReading): InvalidInput | undefined {
  const { startAt, endAt, exposure, id = "" } = reading;
  if (!Number.isSafeInteger(startAt)) return refused("startAt", "whole milliseconds", startAt);
  if (!Number.isSafeInteger(endAt)) return refused("endAt", "whole milliseconds", endAt);
  const time = brokenTime(startAt, endAt);
  if (time !== undefined) return refused(time.field, time.expected, time.found);
  if (!Number.isInteger(exposure) || exposure < 0 || exposure > bucketCount) {
    return refused("exposure", `a whole number of buckets, 0..${bucketCount}`, exposure);
  }
  if (id.length > readingNameCharsMax) {
    return refused("id", `at most ${readingNameCharsMax} characters`, id.length);
  }
  return checkArm(reading, "baseline") ?? checkArm(reading, "candidate");
}

function checkArm(reading: MetricReading, arm: "baseline" | "candidate"): InvalidInput | undefined {
  const entries = Object.entries(reading[arm]);
  if (entries.length > readingNamesMax) {
    return refused(arm, `at most ${readingNamesMax} guardrails`, entries.length);
  }
  for (const [name, counts] of entries) {
    if (name === "" || name.length > readingNameCharsMax) {
      const expected = `names of 1 to ${readingNameCharsMax} characters`;
      return refused(arm, expected, name.slice(0, readingNameCharsMax));
    }
    const broken = brokenCounts(counts);
    if (broken === undefined) continue;
    return refused(`${arm}.${name}.${broken.field}`, broken.expected, broken.found);
  }
  return undefined;
}

function refused(field: string, expected: string, found: unknown): InvalidInput {
  return { code: "invalid_input", field: `reading.${field}`, expected, found: String(found) };
}
