/**
 * The bars that Tidegate is held to, each with a world, a policy and what is measured. A bar says "met" by
 * its own number; where too few runs were made to say so, it says that.
 */
import { defaultRolloutPolicy, type World } from "#delivery/rollout";
import { assert } from "#std";
import type { Outcome } from "./drive.ts";
import { failing, wandering } from "./scenarios.ts";
import { type BarReading, atLeast, atMost, countOf, endShare, medianAtMost } from "./readings.ts";
import { durationText } from "./statistics.ts";
import { blinded, decided, seeing, watched } from "./tools.ts";

type Policy = typeof defaultRolloutPolicy;

export interface Bar {
  readonly name: string;
  readonly bar: string;
  readonly world: World;
  readonly policy: Policy;
  /** Of a full run; a quick one takes fewer. */
  readonly runs: number;
  /** Whether the rollout goes on whatever is safe, at the exposure that the world prescribes. */
  readonly isWatched?: boolean;
  /** Whether what calibrates is taken out of the counts: instances, and the baseline's groups. */
  readonly isBlind?: boolean;
  readonly read: (outcomes: readonly Outcome[], bar: Bar) => BarReading;
}

const healthyFault = {
  errorRatio: 0.01,
  fromS: 0,
  latencyFactor: 1,
  slowRatio: 0,
  slowMs: 0,
} as const;

/** Users who are all alike, a median of 50 ms, an hour. */
const plain: World = {
  users: 3000,
  requestsPerSecond: 100,
  zipf: 0,
  userErrorLogSd: 0,
  baseErrorRatio: 0.01,
  fault: healthyFault,
  latencyMsMedian: 50,
  latencyLogSd: 0.8,
  unkeyedRatio: 0.02,
  telemetryDelayS: 2,
  durationS: 3600,
};
const skewed: World = { ...plain, zipf: 1, userErrorLogSd: 1 };
const incident = { fromS: 600, forS: 180, factor: 8 } as const;

/** 1, 5, 25, 50 %: five, five, ten minutes, and then on. */
const ramp = [
  { exposure: 100, forS: 300 },
  { exposure: 500, forS: 300 },
  { exposure: 2500, forS: 600 },
  { exposure: 5000, forS: 2400 },
] as const;
/** The worst moment to let more in: as the incident begins, and as it ends. */
const rampAtIncident = [
  { exposure: 100, forS: 600 },
  { exposure: 5000, forS: 90 },
  { exposure: 100, forS: 90 },
  { exposure: 5000, forS: 2820 },
] as const;

/** Any harm counts, and nothing can be shown to be safe: the rollout lasts until it is stopped. */
const anyHarm: Policy = {
  ...defaultRolloutPolicy,
  guardrails: [
    { name: "errors", tolerance: { ratio: 1 } },
    { name: "latency", tolerance: { ratio: 1, absolute: 0 } },
  ],
};

function tolerating(ratio: number, absolute?: number): Policy {
  const tolerance = absolute === undefined ? { ratio } : { ratio, absolute };
  return {
    ...defaultRolloutPolicy,
    guardrails: defaultRolloutPolicy.guardrails.map((one) =>
      one.name === "errors" ? { ...one, tolerance } : one,
    ),
  };
}

/** Three counters of the app's own beside errors and latency. */
const custom = ["a", "b", "c"].map((name) => ({ name, baseRatio: 0.02, faultRatio: 0.02 }));
const five: Policy = {
  ...anyHarm,
  guardrails: [
    ...anyHarm.guardrails,
    ...custom.map(({ name }) => ({
      name,
      tolerance: { ratio: 1 },
      metric: { from: "otlp", events: `${name}_failed`, sample: name } as const,
    })),
  ],
};

/** What is exact, and must be shown to be; what is approximate is far enough from its bar or misses it. */
const exactRuns = 2000;
const approximateRuns = 600;
const otherRuns = 1000;
/** Worlds that last long, and come nowhere near their bar. */
const longRuns = 300;

const falseStops = (name: string, world: World, policy = anyHarm): Bar => ({
  name,
  bar: "false stop <= 5 %, upper 95 % bound",
  world,
  policy,
  runs: exactRuns,
  isWatched: world.ramp !== undefined || world.exposureFixed !== undefined,
  read: (outcomes) => atMost(endShare(outcomes, "rolled_back"), 0.05),
});

const fewerFalseStops = (name: string, world: World): Bar => ({
  ...falseStops(name, world),
  runs: approximateRuns,
});

/** What the same world does to the test when it is not told which instance served what. */
const uncalibrated = (name: string, world: World): Bar => ({
  ...falseStops(name, world),
  bar: "none: shown for comparison",
  runs: longRuns,
  isBlind: true,
  read: (outcomes) => ({ ...atMost(endShare(outcomes, "rolled_back"), 1), result: "" }),
});

const stopsWithin = (
  name: string,
  seconds: number,
  of: { readonly world: World; readonly policy: Policy },
): Bar => ({
  ...of,
  name,
  bar: `stopped, median <= ${seconds} s`,
  runs: otherRuns,
  read: (outcomes) => medianAtMost(outcomes, "rolled_back", seconds),
});

const safeWithin = (
  name: string,
  seconds: number,
  of: { readonly world: World; readonly policy: Policy },
): Bar => ({
  ...of,
  name,
  bar: `safe, median <= ${seconds} s`,
  runs: otherRuns,
  read: (outcomes) => medianAtMost(outcomes, "promoted", seconds),
});

/** As bad as it is tolerated to be, half of the users let in whatever it costs: how often that is called safe. */
const calledSafe = (name: string, { bar, runs }: Pick<Bar, "bar" | "runs">, world: World): Bar => ({
  name,
  bar,
  world: failing(world, 0.01, 0.02),
  policy: { ...tolerating(2), harmBudgetRequests: 1e9 },
  runs,
  read: (outcomes) => {
    const reading = atMost(endShare(outcomes, "promoted"), 0.05);
    return bar.startsWith("none") ? { ...reading, result: "" } : reading;
  },
});

const budget = (name: string, world: World): Bar => ({
  name,
  bar: "requests harmed <= 50 in >= 95 % of runs",
  world,
  policy: tolerating(1.5),
  runs: otherRuns,
  read: (outcomes) =>
    atLeast(outcomes.filter(({ toll }) => toll.requestsHarmed <= 50).length, outcomes, 0.95),
});

const cohortCaught = (name: string, world: World): Bar => ({
  name,
  bar: "caught before 50 % exposure in >= 95 % of runs",
  world,
  policy: defaultRolloutPolicy,
  runs: otherRuns,
  read: (outcomes) => {
    const caught = outcomes.filter(
      ({ end, exposureMax }) => end === "rolled_back" && exposureMax < 5000,
    );
    return atLeast(caught.length, outcomes, 0.95);
  },
});

const fixedFive: World = { ...plain, baseErrorRatio: 0, exposureFixed: 500 };
const anySlowness: Policy = {
  ...defaultRolloutPolicy,
  guardrails: [
    { name: "errors", tolerance: { ratio: 1.0001 } },
    { name: "latency", tolerance: { ratio: 1, absolute: 0 } },
  ],
};
const slow = (fault: Partial<World["fault"]>): World => ({
  ...fixedFive,
  fault: { ...fixedFive.fault, errorRatio: 0, ...fault },
});

export const bars: readonly Bar[] = [
  falseStops("healthy, stationary, ramp 1-5-25-50", { ...plain, ramp }),
  falseStops("healthy, shared incident x8, ramp 1-5-25-50", {
    ...plain,
    ramp,
    incidents: [incident],
  }),
  falseStops("healthy, shared incident x8, ramp at its worst", {
    ...plain,
    ramp: rampAtIncident,
    incidents: [incident],
  }),
  falseStops("healthy, five guardrails together, ramp 1-5-25-50", { ...plain, ramp, custom }, five),
  falseStops("healthy, users Zipf(1), own error ratios log-sd 1, 25 %", {
    ...skewed,
    exposureFixed: 2500,
  }),
  fewerFalseStops("healthy, the same and no user keeps a cookie, 25 %", {
    ...skewed,
    exposureFixed: 2500,
    unkeyedRatio: 1,
  }),
  fewerFalseStops("healthy, ten instances wander, log-sd 0.3, 10 %", wanderingAtTen(0.3)),
  uncalibrated("the same, uncalibrated", wanderingAtTen(0.3)),
  fewerFalseStops("healthy, ten instances wander, log-sd 0.6, 10 %", wanderingAtTen(0.6)),
  uncalibrated("the same, uncalibrated", wanderingAtTen(0.6)),
  fewerFalseStops("healthy, Zipf users, exposure from evidence, any harm counts", skewed),
  fewerFalseStops("better (errors 5 % to 2 %), Zipf users, 25 %", {
    ...failing(skewed, 0.05, 0.02),
    exposureFixed: 2500,
  }),
  stopsWithin("errors 0.1 % to 1 %, ramp 1-5-25-50, users alike", 240, {
    world: { ...failing(plain, 0.001, 0.01), ramp },
    policy: tolerating(1.5),
  }),
  stopsWithin("errors 1 % to 5 %, ramp 1-5-25-50, users alike", 90, {
    world: { ...failing(plain, 0.01, 0.05), ramp },
    policy: tolerating(1.5),
  }),
  ...alone("errors 0.1 % to 1 %", 240, failing(plain, 0.001, 0.01)),
  ...alone("errors 1 % to 5 %", 90, failing(plain, 0.01, 0.05)),
  stopsWithin("errors 0.1 % to 1 %, ramp 1-5-25-50, Zipf users", 240, {
    world: { ...failing(skewed, 0.001, 0.01), ramp },
    policy: tolerating(1.5),
  }),
  stopsWithin("errors 1 % to 5 %, ramp 1-5-25-50, Zipf users", 90, {
    world: { ...failing(skewed, 0.01, 0.05), ramp },
    policy: tolerating(1.5),
  }),
  stopsWithin("errors 0.1 % to 1 %, adaptive", 30, {
    world: failing(skewed, 0.001, 0.01),
    policy: tolerating(1.5),
  }),
  budget("errors 0.1 % to 1 %, adaptive, budget 50", failing(skewed, 0.001, 0.01)),
  stopsWithin("errors 1 % to 5 %, adaptive", 15, {
    world: failing(skewed, 0.01, 0.05),
    policy: tolerating(1.5),
  }),
  budget("errors 1 % to 5 %, adaptive, budget 50", failing(skewed, 0.01, 0.05)),
  stopsWithin("errors 1 % to 2 %, ratio 1.5, adaptive", 120, {
    world: failing(skewed, 0.01, 0.02),
    policy: tolerating(1.5),
  }),
  {
    name: "errors 1 % to 2 %, ratio 1.5, adaptive",
    bar: "stopped in >= 90 % of runs",
    world: failing(skewed, 0.01, 0.02),
    policy: tolerating(1.5),
    runs: otherRuns,
    read: (outcomes) => atLeast(countOf(outcomes, "rolled_back"), outcomes, 0.9),
  },
  {
    name: "fails everything, adaptive",
    bar: "stopped <= 5 s after first exposure, always",
    world: failing(skewed, 0.01, 1),
    policy: defaultRolloutPolicy,
    runs: otherRuns,
    read: (outcomes) => {
      const soon = outcomes.filter(({ end, seconds }) => end === "rolled_back" && seconds <= 5);
      const worst = Math.max(...outcomes.map(({ seconds }) => seconds));
      return { ...atLeast(soon.length, outcomes, 1), measured: `worst ${durationText(worst)}` };
    },
  },
  budget("fails everything, adaptive, budget 50", failing(skewed, 0.01, 1)),
  stopsWithin("latency x1.25 at a fixed 5 %", 40, {
    world: slow({ latencyFactor: 1.25 }),
    policy: anySlowness,
  }),
  stopsWithin("2 % of requests +500 ms at a fixed 5 %", 70, {
    world: slow({ slowRatio: 0.02, slowMs: 500 }),
    policy: anySlowness,
  }),
  safeWithin("good change, 1 %, adaptive, ratio 2", 90, {
    world: skewed,
    policy: tolerating(2),
  }),
  safeWithin("good change, 1 %, adaptive, ratio 2, 1,000 requests/s", 30, {
    world: { ...skewed, users: 30_000, requestsPerSecond: 1000, durationS: 900 },
    policy: tolerating(2),
  }),
  safeWithin("good change, 0.1 %, adaptive, ratio 2 or +0.5 points", 120, {
    world: failing(skewed, 0.001, 0.001),
    policy: tolerating(2, 0.005),
  }),
  calledSafe(
    "errors 1 % to 2 % where 2 % is just tolerated, users alike",
    { bar: "called safe <= 5 %, upper 95 % bound", runs: exactRuns },
    plain,
  ),
  calledSafe(
    "the same, Zipf users with own error ratios",
    { bar: "none: shown for comparison", runs: approximateRuns },
    skewed,
  ),
  late("errors x5 from minute 20 on, kept at 5 %", { exposureFixed: 500 }),
  late("errors x5 from minute 20 on, ramp 1-5-25-50", { ramp }),
  late("errors x5 from minute 20 on, kept at 95 %: a bake with a control of 5 %", {
    exposureFixed: 9500,
  }),
  cohortCaught("3 % of users fail wholly, ramp 1-5-25-50", { ...failingCohort(), ramp }),
  cohortCaught("3 % of users fail wholly, exposure from evidence", failingCohort()),
  {
    ...cohortCaught("the same, the harm budget being 10 users", failingCohort()),
    policy: { ...defaultRolloutPolicy, harmBudgetUsers: 10 },
  },
];

/** What would meet the ramp's bars: all of alpha for errors, or more users at the first step. */
function alone(name: string, seconds: number, world: World): readonly Bar[] {
  const policy = tolerating(1.5);
  const errors = policy.guardrails.filter((one) => one.name === "errors");
  const bolder = ramp.slice(1);
  return [
    stopsWithin(`${name}, the same, errors the only guardrail`, seconds, {
      world: { ...world, ramp },
      policy: { ...policy, guardrails: errors },
    }),
    stopsWithin(`${name}, ramp 5-25-50, users alike`, seconds, {
      world: { ...world, ramp: bolder },
      policy,
    }),
  ];
}

/** Fine for twenty minutes, then five times the errors; nothing is let in or called safe meanwhile. */
function late(name: string, exposed: Pick<World, "exposureFixed" | "ramp">): Bar {
  return {
    name,
    bar: "caught, median <= 120 s after onset",
    world: {
      ...skewed,
      users: 30_000,
      ...exposed,
      fault: { ...healthyFault, errorRatio: 0.05, fromS: 1200 },
    },
    policy: anyHarm,
    runs: longRuns,
    isWatched: true,
    read: (outcomes, { world }) => {
      const stopped = outcomes
        .filter(({ end, seconds }) => end !== "rolled_back" || seconds >= world.fault.fromS)
        .map((outcome) => ({ ...outcome, seconds: outcome.seconds - world.fault.fromS }));
      return medianAtMost(stopped, "rolled_back", 120);
    },
  };
}

function wanderingAtTen(logSd: number): World {
  return { ...wandering(plain, logSd), exposureFixed: 1000 };
}

function failingCohort(): World {
  const world = failing(skewed, 0.01, 1);
  return { ...world, fault: { ...world.fault, cohortRatio: 0.03 } };
}

/** The part of a bar's runs that a job names. */
export function runBar(job: {
  readonly of: number;
  readonly fromSeed: number;
  readonly runs: number;
}): readonly Outcome[] {
  const bar = bars[job.of];
  assert(bar !== undefined, "a job names a bar");
  const { world, policy } = bar;
  return Array.from({ length: job.runs }, (_, run) => {
    const seed = job.fromSeed + run;
    if (bar.isWatched !== true) return decided(world, policy, seed);
    return watched(bar.isBlind === true ? blinded : seeing, { world, policy, seed });
  });
}
