/**
 * How often and how fast the production `decide` is right, on synthetic worlds with fixed seeds.
 *
 *     node --conditions=source bench/verdict.ts [RUNS] [WORLD-NAME-PART]
 *
 * False stops are rows "healthy"; "let in" of a row with a fault inside the tolerance is no error.
 */
import { defaultRolloutPolicy, simulate, type RunOutcome, type World } from "#delivery/rollout";

type Policy = typeof defaultRolloutPolicy;

const runs = Number(process.argv[2] ?? 100);
const only = process.argv[3] ?? "";

const noFault = { fromS: 0, latencyFactor: 1, slowRatio: 0, slowMs: 0 };

/** 400 users with cookies, 100 requests/s, an app that never fails and answers in some 5 ms. */
const demo: World = {
  users: 400,
  requestsPerSecond: 100,
  zipf: 0.5,
  userErrorLogSd: 0,
  baseErrorRatio: 0,
  fault: { ...noFault, errorRatio: 0 },
  latencyMsMedian: 5,
  latencyLogSd: 0.8,
  unkeyedRatio: 0.02,
  telemetryDelayS: 1,
  durationS: 900,
};

/** 3,000 users of skewed activity and skewed luck: a request-level test stops 14-29 % of these. */
const skewed: World = {
  ...demo,
  users: 3000,
  zipf: 1,
  userErrorLogSd: 1,
  baseErrorRatio: 0.01,
  fault: { ...noFault, errorRatio: 0.01 },
  latencyMsMedian: 50,
  telemetryDelayS: 2,
};

function errors(world: World, base: number, candidate: number): World {
  const fault = { ...world.fault, errorRatio: candidate };
  return { ...world, baseErrorRatio: base, fault };
}

function tolerating(ratio: number, absolute?: number): Policy {
  const tolerance = absolute === undefined ? { ratio } : { ratio, absolute };
  return {
    ...defaultRolloutPolicy,
    guardrails: defaultRolloutPolicy.guardrails.map((one) =>
      one.name === "errors" ? { ...one, tolerance } : one,
    ),
  };
}

const ratioOnly = tolerating(1.5);
const steady = { exposureFixed: 500, durationS: 1800 };

const rows: readonly (readonly [string, World, Policy])[] = [
  ["demo: healthy, no errors", demo, defaultRolloutPolicy],
  ["demo: healthy, 0.3 %", errors(demo, 0.003, 0.003), defaultRolloutPolicy],
  ["demo: healthy, 1 %", errors(demo, 0.01, 0.01), defaultRolloutPolicy],
  ["demo: 0 -> 30 %", errors(demo, 0, 0.3), defaultRolloutPolicy],
  ["demo: 1 -> 30 %", errors(demo, 0.01, 0.3), defaultRolloutPolicy],
  ["demo: fails everything", errors(demo, 0, 1), defaultRolloutPolicy],
  [
    "demo: no cookies, healthy 1 %",
    { ...errors(demo, 0.01, 0.01), unkeyedRatio: 1 },
    defaultRolloutPolicy,
  ],
  [
    "demo: no cookies, 0 -> 30 %",
    { ...errors(demo, 0, 0.3), unkeyedRatio: 1 },
    defaultRolloutPolicy,
  ],
  ["skewed: healthy 1 %", skewed, defaultRolloutPolicy],
  ["skewed: healthy 1 %, ratio 1.5 only", skewed, ratioOnly],
  ["skewed: healthy 1 %, ratio 2 only", skewed, tolerating(2)],
  [
    "skewed: healthy 1 %, ratio 2 only, 1,000/s",
    { ...skewed, requestsPerSecond: 1000, durationS: 300 },
    tolerating(2),
  ],
  [
    "skewed: healthy 1 %, Zipf 1.2, sd 1.5",
    { ...skewed, zipf: 1.2, userErrorLogSd: 1.5 },
    ratioOnly,
  ],
  [
    "skewed: healthy 1 %, no tolerance, 25 % fixed",
    { ...skewed, exposureFixed: 2500 },
    tolerating(1),
  ],
  ["skewed: healthy 0.1 %", errors(skewed, 0.001, 0.001), defaultRolloutPolicy],
  [
    "skewed: healthy, incident x8",
    { ...skewed, incidents: [{ fromS: 10, forS: 180, factor: 8 }] },
    ratioOnly,
  ],
  ["skewed: 0.1 -> 1 %, ratio 1.5 only", errors(skewed, 0.001, 0.01), ratioOnly],
  ["skewed: 0.1 -> 1 %", errors(skewed, 0.001, 0.01), defaultRolloutPolicy],
  ["skewed: 1 -> 5 %, ratio 1.5 only", errors(skewed, 0.01, 0.05), ratioOnly],
  ["skewed: 1 -> 5 %", errors(skewed, 0.01, 0.05), defaultRolloutPolicy],
  ["skewed: 1 -> 30 %", errors(skewed, 0.01, 0.3), defaultRolloutPolicy],
  ["skewed: 0.1 -> 10 %", errors(skewed, 0.001, 0.1), defaultRolloutPolicy],
  ["skewed: fails everything", errors(skewed, 0.01, 1), defaultRolloutPolicy],
  ["skewed: 1 -> 2 %, ratio 1.5 only", errors(skewed, 0.01, 0.02), ratioOnly],
  [
    "latency x1.25 at 5 %, no tolerance",
    { ...demo, ...steady, latencyMsMedian: 50, fault: { ...demo.fault, latencyFactor: 1.25 } },
    latencyTolerance(1, 0),
  ],
  [
    "latency x3",
    { ...demo, latencyMsMedian: 40, fault: { ...demo.fault, latencyFactor: 3 } },
    defaultRolloutPolicy,
  ],
  [
    "2 % of requests +500 ms at 5 %",
    {
      ...demo,
      ...steady,
      latencyMsMedian: 50,
      fault: { ...demo.fault, slowRatio: 0.02, slowMs: 500 },
    },
    latencyTolerance(1, 0),
  ],
  [
    "late onset at 300 s, x5, 5 % fixed",
    { ...skewed, ...steady, users: 30000, fault: { ...noFault, errorRatio: 0.05, fromS: 300 } },
    neverSafe(),
  ],
];

function latencyTolerance(ratio: number, absolute: number): Policy {
  return {
    ...defaultRolloutPolicy,
    guardrails: [
      { name: "errors", tolerance: { ratio: 1.0001 } },
      { name: "latency", tolerance: { ratio, absolute } },
    ],
  };
}

/** A tolerance that cannot be shown to hold, so that the rollout lasts until the late harm begins. */
function neverSafe(): Policy {
  return {
    ...defaultRolloutPolicy,
    guardrails: [
      { name: "errors", tolerance: { ratio: 1.5 } },
      { name: "latency", tolerance: { ratio: 1, absolute: 0 } },
    ],
  };
}

function quantile(values: readonly number[], at: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(at * sorted.length))];
  return value === undefined ? "-" : String(Math.round(value));
}

function seconds(outcomes: readonly RunOutcome[]): string {
  const values = outcomes.map((outcome) => outcome.seconds);
  return values.length === 0 ? "" : `${quantile(values, 0.5)} / ${quantile(values, 0.9)} s`;
}

console.log(
  `${runs} runs a row; seconds after start, median / p90; counts of the candidate, median / p95\n`,
);
console.log(
  "| world | stopped | time to stop | let in | time to safe | requests harmed | users harmed |",
);
console.log("|---|---|---|---|---|---|---|");
for (const [name, world, policy] of rows.filter(([title]) => title.includes(only))) {
  const outcomes = Array.from({ length: runs }, (_, run) => simulate(world, policy, run + 1));
  const stopped = outcomes.filter(({ end }) => end === "rolled_back");
  const promoted = outcomes.filter(({ end }) => end === "promoted");
  const share = (some: readonly RunOutcome[]) => `${((100 * some.length) / runs).toFixed(1)} %`;
  const both = (values: readonly number[]) =>
    `${quantile(values, 0.5)} / ${quantile(values, 0.95)}`;
  const harmed = both(outcomes.map(({ requestsHarmed }) => requestsHarmed));
  const users = both(outcomes.map(({ usersHarmed }) => usersHarmed));
  console.log(
    `| ${name} | ${share(stopped)} | ${seconds(stopped)} | ${share(promoted)} | ${seconds(promoted)} | ${harmed} | ${users} |`,
  );
}
