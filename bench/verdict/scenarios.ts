/**
 * The scenarios of the comparison, S1 to S13 and mixes. A world knows nothing of who judges it; each tool
 * meets the same seeds. What a tool's own example was not made for (Flagger's 99 % and a service that
 * fails 1 % of the time) is in here all the same: so are the services of those who copy it.
 */
import type { World } from "#delivery/rollout";

export interface Scenario {
  readonly id: string;
  readonly name: string;
  readonly world: World;
  /** `harmless`: stopping it is a false stop. `harmful`: letting it in is a miss. */
  readonly truth: "harmless" | "harmful";
  /** Of a harmful one: some say that this much is tolerable, and the default tolerance is among them. */
  readonly isTolerated?: boolean;
  /** Of the runs that are asked for, where a world costs most; absent: all. */
  readonly runShare?: number;
}

const healthy = { fromS: 0, latencyFactor: 1, slowRatio: 0, slowMs: 0 } as const;

/** 3,000 users of skewed activity and skewed luck, 100 requests/s, 1 % errors, median 50 ms and p99 320 ms. */
const shop: World = {
  users: 3000,
  requestsPerSecond: 100,
  zipf: 1,
  userErrorLogSd: 1,
  baseErrorRatio: 0.01,
  fault: { ...healthy, errorRatio: 0.01 },
  latencyMsMedian: 50,
  latencyLogSd: 0.8,
  unkeyedRatio: 0.02,
  telemetryDelayS: 2,
  durationS: 10_870,
};

const clean = failing(shop, 0.001, 0.001);
const spotless = failing(shop, 0, 0);
/** Twice, so that it strikes the quick and the slow: eight times the errors in both arms for three minutes. */
const incidents = [
  { fromS: 20, forS: 180, factor: 8 },
  { fromS: 1300, forS: 180, factor: 8 },
] as const;

const harmless = [
  ["S1", "healthy, 1 % errors", shop],
  ["S1", "healthy, 0.5 % errors", failing(shop, 0.005, 0.005)],
  ["S1", "healthy, 0.1 % errors", clean],
  ["S1", "better: errors 5 % to 2 %", failing(shop, 0.05, 0.02)],
  ["S1", "healthy, 1 %, 1,000 requests/s", { ...shop, users: 30_000, requestsPerSecond: 1000 }],
  ["S1", "healthy, 1 %, Zipf 1.2, users' own log-sd 1.5", unevener(shop)],
  ["S1", "healthy, 1 %, no user keeps a cookie", { ...shop, unkeyedRatio: 1 }],
  ["S2", "healthy, 1 %, two shared incidents of x8", { ...shop, incidents }],
  ["S2", "healthy, 1 %, drift of both arms (log-sd 0.5)", drifting(shop)],
  ["S3", "healthy, 1 %, ten instances wander, log-sd 0.3", wandering(shop, 0.3)],
  ["S3", "healthy, 1 %, ten instances wander, log-sd 0.6", wandering(shop, 0.6)],
  ["S6", "healthy, 1 %, 5 requests/s", quiet(shop, 5)],
  ["S6", "healthy, 1 %, 1 request/s", quiet(shop, 1)],
  ["S6", "healthy, 1 %, 0.1 requests/s", quiet(shop, 0.1)],
  ["S7", "healthy, no errors at all", spotless],
  ["S8", "cold start: 5x as slow, back to normal in 2 min", coldStart(shop)],
  ["S9", "healthy, no telemetry for 2 min", withGap(shop, { fromS: 40, forS: 120 })],
  [
    "S9",
    "healthy, no telemetry of the candidate for 5 min",
    withGap(shop, { fromS: 20, forS: 300, arm: "candidate" }),
  ],
  ["S12", "healthy, a fifth of the candidate's users go astray", { ...shop, misroutedRatio: 0.2 }],
  ["mix", "healthy: drift, incidents, wander 0.3, 5 % of counts lost", troubled(shop)],
] as const;

const harmful = [
  ["S4", "errors 0.1 % to 0.2 %", failing(shop, 0.001, 0.002), true],
  ["S4", "errors 0.1 % to 0.5 %", failing(shop, 0.001, 0.005), true],
  ["S4", "errors 0.1 % to 1 %", failing(shop, 0.001, 0.01)],
  ["S4", "errors 0.1 % to 5 %", failing(shop, 0.001, 0.05)],
  ["S4", "errors 1 % to 1.5 %", failing(shop, 0.01, 0.015), true],
  ["S4", "errors 1 % to 2 %", failing(shop, 0.01, 0.02)],
  ["S4", "errors 1 % to 5 %", failing(shop, 0.01, 0.05)],
  ["S4", "errors 1 % to 30 %", failing(shop, 0.01, 0.3)],
  ["S4", "fails everything", failing(shop, 0.01, 1)],
  ["S5", "latency x1.25", slower(clean, { latencyFactor: 1.25 }), true],
  ["S5", "latency x1.5", slower(clean, { latencyFactor: 1.5 }), true],
  ["S5", "latency x3", slower(clean, { latencyFactor: 3 })],
  ["S5", "2 % of requests +500 ms", slower(clean, { slowRatio: 0.02, slowMs: 500 }), true],
  ["S5", "5 % of requests +1 s", slower(clean, { slowRatio: 0.05, slowMs: 1000 })],
  ["S6", "5 requests/s, errors 1 % to 30 %", quiet(failing(shop, 0.01, 0.3), 5)],
  ["S6", "1 request/s, errors 1 % to 30 %", quiet(failing(shop, 0.01, 0.3), 1)],
  ["S6", "0.1 requests/s, errors 1 % to 30 %", quiet(failing(shop, 0.01, 0.3), 0.1)],
  ["S7", "no errors to 1 %", failing(shop, 0, 0.01)],
  ["S7", "no errors to 30 %", failing(shop, 0, 0.3)],
  ["S10", "errors 1 % to 5 % from minute 20 on", late(failing(shop, 0.01, 0.05))],
  ["S11", "3 % of users fail wholly", within(shop, { cohortRatio: 0.03 })],
  ["S11", "a route of 5 % of requests fails wholly", within(shop, { routeRatio: 0.05 })],
  [
    "S12",
    "errors 1 % to 5 %, a fifth of its users go astray",
    { ...failing(shop, 0.01, 0.05), misroutedRatio: 0.2 },
  ],
  [
    "mix",
    "errors 1 % to 5 %, drift, incidents, wander 0.3, 5 % of counts lost",
    troubled(failing(shop, 0.01, 0.05)),
  ],
] as const;

export const scenarios: readonly Scenario[] = [
  ...harmless.map(([id, name, world]) => ({
    id,
    name,
    world,
    truth: "harmless" as const,
    ...(world.requestsPerSecond > 100 ? { runShare: 0.25 } : {}),
  })),
  ...harmful.map(
    ([id, name, world, isTolerated = false]) =>
      ({ id, name, world, truth: "harmful", isTolerated }) as const,
  ),
];

/** Both arms' base, and the candidate's error ratio. */
export function failing(world: World, baseErrorRatio: number, errorRatio: number): World {
  return { ...world, baseErrorRatio, fault: { ...world.fault, errorRatio } };
}

function slower(world: World, fault: Partial<World["fault"]>): World {
  return { ...world, fault: { ...world.fault, ...fault } };
}

function unevener(world: World): World {
  return { ...world, zipf: 1.2, userErrorLogSd: 1.5 };
}

function drifting(world: World): World {
  const slowly = { ar: 0.95, stepS: 10 };
  return {
    ...world,
    drift: { errors: { logSd: 0.5, ...slowly }, latency: { logSd: 0.1, ...slowly } },
  };
}

export function wandering(world: World, logSd: number): World {
  // One instance of the candidate: the worst case, and what a first step of most rollouts is.
  const wander = { logSd, ar: 0.99, stepS: 10 };
  return { ...world, instances: { baseline: 10, candidate: 1, wander } };
}

function quiet(world: World, requestsPerSecond: number): World {
  return { ...world, requestsPerSecond, users: Math.max(50, Math.round(30 * requestsPerSecond)) };
}

function coldStart(world: World): World {
  return { ...world, fault: { ...world.fault, coldStart: { factor: 5, forS: 120 } } };
}

type Gap = NonNullable<NonNullable<World["telemetry"]>["gaps"]>[number];

function withGap(world: World, gap: Gap): World {
  return { ...world, telemetry: { ...world.telemetry, gaps: [gap] } };
}

function late(world: World): World {
  return { ...world, fault: { ...world.fault, fromS: 1200 } };
}

function within(world: World, part: Partial<World["fault"]>): World {
  return { ...world, fault: { ...world.fault, errorRatio: 1, ...part } };
}

function troubled(world: World): World {
  return { ...drifting(wandering(world, 0.3)), incidents, telemetry: { lostRatio: 0.05 } };
}
