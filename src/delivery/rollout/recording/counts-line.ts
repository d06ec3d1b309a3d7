/**
 * A line of a counts file: what one arm counted in one interval, as JSON. One table gives the whole form;
 * its JSON Schema is made from it (docs/reference/counts.schema.json).
 *
 * The two arms of an interval stand on neighbouring lines. What belongs to the interval as a whole
 * (`shadow`, `groups`, …) stands on either; a missing line is an arm of which nothing was counted.
 */
import {
  bucketCount,
  countPerIntervalMax,
  latencyBoundsMs,
  latencyCells,
  stuckAfterFailures,
  type Arm,
  type ArmCounts,
  type IntervalCounts,
} from "#domain";
import {
  amount,
  converted,
  described,
  either,
  flag,
  listOf,
  mapOf,
  object,
  oneOf,
  type Reader,
  rowOf,
  share,
  text,
} from "#std";

const count = amount({ least: 0, most: countPerIntervalMax, isWhole: true });
const instant = either(
  amount({ least: 0, most: 8_640_000_000_000_000 }),
  text(
    "an instant such as 2026-11-25T12:00:00Z",
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?Z$/,
  ),
);
const metric = object({ events: count, sample: count }, ["events", "sample"]);
const metrics = (expected: string) =>
  mapOf({ pattern: /^[^\0]{1,200}$/, expected }, metric, metricsPerArmMax);
const metricsPerArmMax = 1000;

/** Bounds are those of the grid: between other bounds "slower than" would not be the same in both arms. */
const latencyBound = new RegExp(
  `^(?:${latencyBoundsMs.map((bound) => String(bound).replace(".", "\\.")).join("|")}|\\+Inf)$`,
);
const latency: Reader<readonly number[]> = either(
  rowOf(count, latencyCells),
  converted(
    mapOf(
      {
        pattern: latencyBound,
        expected: `upper bounds of the grid in ms (1, 1.26, 1.587, 2, … ${latencyBoundsMs.at(-1)}: 2^(n/3)) or +Inf`,
      },
      count,
      latencyCells,
    ),
    cellsOf,
  ),
);

function cellsOf(byBound: Readonly<Record<string, number>>): readonly number[] {
  return [...latencyBoundsMs.map(String), "+Inf"].map((bound) =>
    Object.hasOwn(byBound, bound) ? (byBound[bound] ?? 0) : 0,
  );
}

export const countsLine = object(
  {
    index: described(
      "Number of the interval, rising; default: one more than the last.",
      amount({ least: 0, most: Number.MAX_SAFE_INTEGER, isWhole: true }),
    ),
    at: described("Start of the interval: epoch milliseconds, or ISO 8601 in UTC.", instant),
    until: described("End of the interval; default: a second after `at`.", instant),
    arm: oneOf(["baseline", "candidate"]),
    exposure: described("The candidate's share of users in the interval, 0.05 or 5%.", share()),
    requests: described("Requests that this arm served.", count),
    errors: described("Those that failed: 5xx, no connection, no answer in time.", count),
    connectionFailures: described("Errors without an answer. Part of `errors`.", count),
    latency: described(
      `Requests by time to first byte: ${latencyCells} cells of the grid 2^(n/3) ms (the last: slower than all), or a map from upper bound in ms to requests. Absent: latency is not judged.`,
      latency,
    ),
    users: described(
      "Absent: users cannot be told apart, and requests are judged.",
      object({
        new: described("Met for the first time in this rollout, in either arm.", count),
        seen: described("Met for the first time in this arm.", count),
        firstHarmed: described(
          "Had their first failed request of this rollout, whatever the arm.",
          count,
        ),
        firstStuck: described(
          `Had ${stuckAfterFailures} failed requests in a row for the first time in this rollout.`,
          count,
        ),
        requestsWithoutKey: described("Requests of users who could not be told apart.", count),
      }),
    ),
    instances: described("By instance: failed requests among its requests.", metrics("instances")),
    custom: described(
      "By custom guardrail: events (the worse kind) in a sample.",
      metrics("guardrails"),
    ),
    source: described("Who counted; default: an edge.", oneOf(["edge", "metrics", "probes"])),
    ruled: described(
      "Requests of users put in the candidate by a rule; never judged.",
      object({ requests: count, errors: count }, ["requests", "errors"]),
    ),
    shadow: described(
      "Requests sent to both arms, and how their answers compared.",
      object(
        {
          mirrored: count,
          candidateOnlyFailed: count,
          baselineOnlyFailed: count,
          bothFailed: count,
          answersDiffered: count,
          baselineLatency: rowOf(count, latencyCells),
          candidateLatency: rowOf(count, latencyCells),
        },
        ["mirrored", "candidateOnlyFailed", "baselineOnlyFailed", "bothFailed", "answersDiffered"],
      ),
    ),
    groups: described("Errors of baseline users by tenths of the hash.", listOf(metric, 10)),
    isUserSetFull: described("An edge could not remember all users from here on.", flag),
  },
  ["at", "arm", "exposure", "requests", "errors"],
);
type Read = Extract<ReturnType<typeof countsLine>, { readonly ok: true }>["value"];

/** A line as the domain has it: one arm, when, and what goes for both. */
export interface ArmLine {
  readonly index?: number;
  readonly startAt: number;
  readonly endAt: number;
  readonly exposure: number;
  readonly arm: Arm;
  readonly counts: ArmCounts;
  readonly shared: Pick<IntervalCounts, "ruled" | "source" | "shadow" | "groups" | "isUserSetFull">;
}

export function armLineOf(read: Read): ArmLine {
  const startAt = instantOf(read.at);
  const { index, ruled, source, shadow, groups, isUserSetFull } = read;
  return {
    ...(index === undefined ? {} : { index }),
    startAt,
    endAt: read.until === undefined ? startAt + 1000 : instantOf(read.until),
    // A share of 0.0007 is not a whole number of buckets in binary.
    exposure: Number((read.exposure * bucketCount).toFixed(6)),
    arm: read.arm,
    counts: armCountsOf(read),
    shared: {
      ...(ruled === undefined ? {} : { ruled }),
      ...(source === undefined ? {} : { source }),
      ...(shadow === undefined ? {} : { shadow }),
      ...(groups === undefined ? {} : { groups }),
      ...(isUserSetFull === undefined ? {} : { isUserSetFull }),
    },
  };
}

function armCountsOf(read: Read): ArmCounts {
  const { requests, errors, connectionFailures = 0, latency: cells = noLatency } = read;
  const { users = { requestsWithoutKey: requests }, instances, custom } = read;
  return {
    requests,
    errors,
    connectionFailures,
    unkeyedRequests: users.requestsWithoutKey ?? 0,
    usersFirstHarmed: users.firstHarmed ?? 0,
    usersFirstSeen: users.seen ?? 0,
    latency: cells,
    ...(users.new === undefined ? {} : { usersNew: users.new }),
    ...(users.firstStuck === undefined ? {} : { usersFirstStuck: users.firstStuck }),
    ...(instances === undefined ? {} : { instances }),
    ...(custom === undefined ? {} : { custom }),
  };
}

const noLatency: readonly number[] = Array.from({ length: latencyCells }, () => 0);

export const noCounts: ArmCounts = {
  requests: 0,
  errors: 0,
  connectionFailures: 0,
  unkeyedRequests: 0,
  usersFirstHarmed: 0,
  usersFirstSeen: 0,
  latency: noLatency,
};

function instantOf(written: number | string): number {
  if (typeof written === "number") return written;
  // oxlint-disable-next-line no-restricted-globals -- reads the text and no clock
  return Date.parse(written);
}

/** The two lines of an interval, without line ends. Reading them gives the same interval. */
export function countsLinesOf(interval: Omit<IntervalCounts, "rollout">): readonly string[] {
  const { index, startAt, endAt, exposure, baseline, candidate } = interval;
  const { ruled, source, shadow, groups, isUserSetFull } = interval;
  const time = { index, at: startAt, until: endAt };
  const where = { exposure: exposure / bucketCount };
  const shared = { source, ruled, shadow, groups, isUserSetFull };
  return [
    JSON.stringify({ ...time, arm: "baseline", ...where, ...writtenArm(baseline), ...shared }),
    JSON.stringify({ ...time, arm: "candidate", ...where, ...writtenArm(candidate) }),
  ];
}

function writtenArm(arm: ArmCounts) {
  const { requests, errors, connectionFailures, latency: cells, instances, custom } = arm;
  return {
    requests,
    errors,
    ...(connectionFailures === 0 ? {} : { connectionFailures }),
    latency: cells,
    users: {
      new: arm.usersNew,
      firstStuck: arm.usersFirstStuck,
      seen: arm.usersFirstSeen,
      firstHarmed: arm.usersFirstHarmed,
      ...(arm.unkeyedRequests === 0 ? {} : { requestsWithoutKey: arm.unkeyedRequests }),
    },
    instances,
    custom,
  };
}
