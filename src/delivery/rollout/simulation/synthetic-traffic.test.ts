import assert from "node:assert/strict";
import { test } from "node:test";
import { latencyBoundsMs, type ArmCounts, type IntervalCounts, type RolloutPolicy } from "#domain";
import { defaultRolloutPolicy, replay, simulate, syntheticTraffic } from "../index.ts";
import type { World } from "../index.ts";

const plain: World = {
  users: 2000,
  requestsPerSecond: 100,
  zipf: 0,
  userErrorLogSd: 0,
  baseErrorRatio: 0.05,
  fault: { errorRatio: 0.05, fromS: 0, latencyFactor: 1, slowRatio: 0, slowMs: 0 },
  latencyMsMedian: 50,
  latencyLogSd: 0.8,
  unkeyedRatio: 0,
  telemetryDelayS: 1,
  durationS: 120,
};
const faulty = (fault: Partial<World["fault"]>, rest: Partial<World> = {}): World => ({
  ...plain,
  ...rest,
  fault: { ...plain.fault, ...fault },
});

function counted(world: World, exposure = 5000, seed = 1): readonly IntervalCounts[] {
  const traffic = syntheticTraffic(world, seed);
  const all: IntervalCounts[] = [];
  for (let second = 0; second < world.durationS; second += 1) {
    all.push(...traffic.arrived(second));
    traffic.serve(second, exposure);
  }
  return all;
}

type Field = "requests" | "errors" | "unkeyedRequests" | "usersFirstSeen" | "usersNew";
type Picked = (counts: IntervalCounts) => boolean;
const sum = (all: readonly IntervalCounts[], arm: "baseline" | "candidate", field: Field): number =>
  all.reduce((total, counts) => total + (counts[arm][field] ?? 0), 0);
const errorRatio = (all: readonly IntervalCounts[], arm: "baseline" | "candidate", of: Picked) => {
  const some = all.filter(of);
  return sum(some, arm, "errors") / sum(some, arm, "requests");
};
const slowerThan = (all: readonly IntervalCounts[], arm: "baseline" | "candidate", ms: number) => {
  const from = latencyBoundsMs.findIndex((bound) => bound >= ms) + 1;
  const cells = all.flatMap((counts) => counts[arm].latency.slice(from));
  return cells.reduce((total, cell) => total + cell, 0) / sum(all, arm, "requests");
};
const always: Picked = () => true;
const between = (fromS: number, toS: number) => (counts: IntervalCounts) =>
  counts.startAt >= fromS * 1000 && counts.startAt < toS * 1000;
const rates = (arm: ArmCounts, name: string) => {
  const { events, sample } = arm.custom?.[name] ?? { events: 0, sample: 0 };
  return [events, sample] as const;
};
const customRatio = (all: readonly IntervalCounts[], arm: "baseline" | "candidate") => {
  const [events, sample] = all
    .map((counts) => rates(counts[arm], "orders"))
    .reduce(([a, b], [c, d]) => [a + c, b + d], [0, 0]);
  return events / sample;
};
const instanceSpread = (all: readonly IntervalCounts[]) => {
  const ratios = ["ins_baseline0", "ins_baseline1", "ins_baseline2"].map((name) => {
    const of = all.map(
      (counts) =>
        Object.entries(counts.baseline.instances ?? {}).find(([key]) => key === name)?.[1],
    );
    const total = (field: "events" | "sample") =>
      of.reduce((so, one) => so + (one?.[field] ?? 0), 0);
    return total("events") / total("sample");
  });
  return Math.max(...ratios) / Math.min(...ratios);
};

/** A claim about some 12,000 requests: what is measured, and the range it is in. */
type Row = readonly [string, World, (all: readonly IntervalCounts[]) => number, number, number];
// oxfmt-ignore
const worlds: readonly Row[] = [
  ["requests come at the rate",            plain, (all) => (sum(all, "baseline", "requests") + sum(all, "candidate", "requests")) / 118, 97, 103],
  ["the base fails at its ratio",          plain, (all) => errorRatio(all, "baseline", always), 0.044, 0.056],
  ["a healthy candidate fails alike",      plain, (all) => errorRatio(all, "candidate", always), 0.044, 0.056],
  ["half of a log-normal is above its median", plain, (all) => slowerThan(all, "baseline", 50.797), 0.46, 0.5],
  ["a fault fails at its own ratio",       faulty({ errorRatio: 0.3 }), (all) => errorRatio(all, "candidate", always), 0.28, 0.32],
  ["a late fault is not there early",      faulty({ errorRatio: 0.5, fromS: 60 }), (all) => errorRatio(all, "candidate", between(0, 60)), 0.04, 0.06],
  ["a late fault is there late",           faulty({ errorRatio: 0.5, fromS: 60 }), (all) => errorRatio(all, "candidate", between(60, 119)), 0.47, 0.53],
  ["a leak is half there after half its time", faulty({ errorRatio: 0.65, growsOverS: 120 }), (all) => errorRatio(all, "candidate", between(50, 70)), 0.31, 0.39],
  ["a fault of a tenth of users hits a tenth", faulty({ errorRatio: 1, cohortRatio: 0.1 }), (all) => errorRatio(all, "candidate", always), 0.12, 0.17],
  ["a fault of a route hits that route",   faulty({ errorRatio: 1, routeRatio: 0.2 }), (all) => errorRatio(all, "candidate", always), 0.22, 0.26],
  ["a factor on latency moves the histogram", faulty({ latencyFactor: 2 }), (all) => slowerThan(all, "candidate", 101.594), 0.46, 0.5],
  ["a slow share is slow",                 faulty({ slowRatio: 0.2, slowMs: 5000 }), (all) => slowerThan(all, "candidate", 4096), 0.18, 0.22],
  ["a cold start is slow at first",        faulty({ coldStart: { factor: 20, forS: 60 } }), (all) => slowerThan(all.filter(between(0, 5)), "candidate", 406.375), 0.7, 1],
  ["a cold start is over in time",         faulty({ coldStart: { factor: 20, forS: 60 } }), (all) => slowerThan(all.filter(between(60, 119)), "candidate", 406.375), 0, 0.02],
  ["an incident hits the baseline, too",   { ...plain, incidents: [{ fromS: 30, forS: 30, factor: 8 }] }, (all) => errorRatio(all, "baseline", between(30, 60)), 0.37, 0.43],
  ["an incident ends",                     { ...plain, incidents: [{ fromS: 30, forS: 30, factor: 8 }] }, (all) => errorRatio(all, "baseline", between(60, 119)), 0.04, 0.06],
  ["a slow incident slows the baseline",   { ...plain, incidents: [{ fromS: 0, forS: 120, factor: 1, latencyFactor: 2 }] }, (all) => slowerThan(all, "baseline", 101.594), 0.46, 0.5],
  ["a burst is a burst",                   { ...plain, traffic: { bursts: [{ fromS: 10, forS: 10, factor: 5 }] } }, (all) => sum(all.filter(between(10, 20)), "baseline", "requests"), 2300, 2700],
  ["a wave rises",                         { ...plain, traffic: { wave: { periodS: 240, amplitude: 0.5 } } }, (all) => sum(all.filter(between(55, 65)), "baseline", "requests"), 680, 820],
  ["users without a key are counted",      { ...plain, unkeyedRatio: 0.25 }, (all) => sum(all, "baseline", "unkeyedRequests") / sum(all, "baseline", "requests"), 0.22, 0.28],
  ["all users come, each once new",        plain, (all) => sum(all, "baseline", "usersNew") + sum(all, "candidate", "usersNew"), 1980, 2000],
  ["misrouted users are missing in the arm", { ...plain, misroutedRatio: 0.5 }, (all) => sum(all, "candidate", "usersNew") / 2000, 0.22, 0.28],
  ["two edges count in turns",             { ...plain, telemetry: { edges: 2 } }, (all) => all.length, 236, 236],
  ["a tenth of the intervals is lost",     { ...plain, telemetry: { edges: 4, lostRatio: 0.1 } }, (all) => all.length / (4 * 118), 0.86, 0.94],
  ["nothing arrives of a gap",             { ...plain, telemetry: { gaps: [{ fromS: 30, forS: 20 }] } }, (all) => all.filter(between(30, 50)).length, 0, 0],
  ["of a gap of one arm the other arrives", { ...plain, telemetry: { gaps: [{ fromS: 30, forS: 20, arm: "candidate" }] } }, (all) => sum(all.filter(between(30, 50)), "candidate", "requests"), 0, 0],
  ["the other arm of such a gap is whole", { ...plain, telemetry: { gaps: [{ fromS: 30, forS: 20, arm: "candidate" }] } }, (all) => sum(all.filter(between(30, 50)), "baseline", "requests"), 900, 1100],
  ["custom events come at the base",       faulty({ latencyFactor: 2 }, { custom: [{ name: "orders", baseRatio: 0.2, faultRatio: 0.5 }] }), (all) => customRatio(all, "baseline"), 0.18, 0.22],
  ["custom events show the fault",         faulty({ latencyFactor: 2 }, { custom: [{ name: "orders", baseRatio: 0.2, faultRatio: 0.5 }] }), (all) => customRatio(all, "candidate"), 0.48, 0.52],
  ["instances of one release differ",      { ...plain, instances: { baseline: 3, candidate: 1, wander: { logSd: 0.6, ar: 0.99, stepS: 10 } } }, instanceSpread, 1.5, 20],
  ["tenths of the hash add up to the baseline", plain, (all) => all.flatMap(({ groups = [] }) => groups).reduce((so, { sample }) => so + sample, 0) - sum(all, "baseline", "requests"), 0, 0],
  ["a shared drift moves the base",        { ...plain, drift: { errors: { logSd: 1, ar: 0.5, stepS: 1 } } }, (all) => new Set(all.map(({ baseline }) => baseline.errors)).size, 12, 60],
];
for (const [claim, world, measure, least, most] of worlds) {
  test(`synthetic traffic: ${claim}`, () => {
    const found = measure(counted(world));
    assert.ok(found >= least && found <= most, `${found} is not in ${least}..${most}`);
  });
}

/** Everything at once, so that no feature escapes what is claimed of all worlds. */
const rich: World = {
  ...plain,
  zipf: 1.1,
  userErrorLogSd: 1,
  userLatencyLogSd: 0.5,
  unkeyedRatio: 0.05,
  misroutedRatio: 0.02,
  traffic: { wave: { periodS: 60, amplitude: 0.5 }, bursts: [{ fromS: 5, forS: 5, factor: 3 }] },
  drift: {
    errors: { logSd: 0.3, ar: 0.9, stepS: 10 },
    latency: { logSd: 0.1, ar: 0.9, stepS: 10 },
  },
  incidents: [{ fromS: 20, forS: 20, factor: 4, latencyFactor: 2 }],
  instances: { baseline: 4, candidate: 2, wander: { logSd: 0.6, ar: 0.9, stepS: 10 } },
  custom: [{ name: "orders", baseRatio: 0.2, faultRatio: 0.1 }],
  fault: {
    errorRatio: 0.08,
    fromS: 10,
    growsOverS: 30,
    latencyFactor: 1.5,
    slowRatio: 0.05,
    slowMs: 400,
    cohortRatio: 0.5,
    routeRatio: 0.5,
    coldStart: { factor: 3, forS: 60 },
  },
  telemetry: { edges: 2, lostRatio: 0.05, gaps: [{ fromS: 50, forS: 3 }] },
};
const tollOf = (world: World) => {
  const traffic = syntheticTraffic(world, 3);
  for (let second = 0; second < 60; second += 1) traffic.serve(second, 3000);
  return traffic.toll();
};

test("synthetic traffic: the same seed gives the same counts bit for bit, another one others", () => {
  assert.deepEqual(counted(rich), counted(rich));
  assert.notDeepEqual(counted(rich), counted(rich, 5000, 2));
});

test("synthetic traffic: what any world counts is evidence that production takes", () => {
  for (const exposure of [0, 1, 2500, 10_000]) {
    const evidence = replay(defaultRolloutPolicy, counted(rich, exposure));
    assert.ok(evidence.ok, JSON.stringify(evidence));
  }
});

test("synthetic traffic: what is lost on the way does not change what happens to users", () => {
  assert.deepEqual(tollOf(rich), tollOf({ ...rich, telemetry: { edges: 2 } }));
});

test("simulation: a controller that dies and reads all again decides the same", () => {
  for (const seed of [1, 2, 3]) {
    const alive = simulate(rich, defaultRolloutPolicy, seed);
    const dying = { ...rich, controllerRestartsAtS: [1, 7, 8, 30, 75] };
    assert.deepEqual(simulate(dying, defaultRolloutPolicy, seed), alive);
  }
});

test("simulation: a ramp is followed, and its last step stays", () => {
  const ramp = [
    { exposure: 100, forS: 10 },
    { exposure: 2500, forS: 10 },
  ];
  const keptOpen = { ...defaultRolloutPolicy, guardrails: [] };
  const { exposureMax, usersExposed } = simulate({ ...plain, ramp }, keptOpen, 1);
  assert.equal(exposureMax, 2500);
  assert.ok(usersExposed > 400 && usersExposed < 600, String(usersExposed));
});

test("simulation: an instance that exits again and again ends the rollout", () => {
  const outcome = simulate(faulty({ fromS: 3, exitsEveryS: 4 }), defaultRolloutPolicy, 1);
  assert.equal(outcome.end, "rolled_back");
  assert.equal(outcome.seconds, 7);
});

test("simulation: a policy of steps takes them one by one, and a bake comes after everybody", () => {
  const stepwise: RolloutPolicy = {
    ...defaultRolloutPolicy,
    strategy: "steps",
    steps: [
      { weightPercent: 5, forMs: 10_000, until: "time" },
      { weightPercent: 25, forMs: 10_000, until: "time" },
    ],
    bake: { forMs: 30_000, controlPercent: 5 },
  };
  const healthy = { ...plain, durationS: 200, userErrorLogSd: 0 };
  const outcome = simulate(healthy, stepwise, 1);
  assert.equal(outcome.end, "promoted");
  assert.equal(outcome.exposureMax, 2500);
  assert.ok((outcome.letInAtS ?? 0) >= 10, String(outcome.letInAtS));
  assert.equal(outcome.seconds - (outcome.letInAtS ?? 0), 30);
});

test("simulation: harm that begins when everybody has it is caught by the control of a bake", () => {
  const baking = { ...defaultRolloutPolicy, bake: { forMs: 600_000, controlPercent: 10 } };
  const late = faulty({ errorRatio: 0.5, fromS: 400 }, { durationS: 1200 });
  const outcome = simulate(late, baking, 1);
  assert.equal(outcome.end, "rolled_back");
  assert.ok((outcome.letInAtS ?? Infinity) < 400 && outcome.seconds > 400, JSON.stringify(outcome));
});

test("simulation: what is held waits for a person, and there is none", () => {
  const approved: RolloutPolicy = {
    ...defaultRolloutPolicy,
    strategy: "steps",
    steps: [{ weightPercent: 5, forMs: 0, until: "approval" }],
  };
  const outcome = simulate(plain, approved, 1);
  assert.equal(outcome.end, "undecided");
  assert.match(outcome.sentence, /waits for approval/);
});
