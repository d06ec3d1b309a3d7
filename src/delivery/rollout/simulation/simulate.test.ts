import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultRolloutPolicy, simulate, type RunOutcome, type World } from "../index.ts";

/** Skewed users on whom a request-level test at this exposure stops 22 % of healthy releases. */
const skewed: World = {
  users: 3000,
  requestsPerSecond: 100,
  zipf: 1,
  userErrorLogSd: 1,
  baseErrorRatio: 0.01,
  fault: { errorRatio: 0.01, fromS: 0, latencyFactor: 1, slowRatio: 0, slowMs: 0 },
  latencyMsMedian: 50,
  latencyLogSd: 0.8,
  unkeyedRatio: 0,
  telemetryDelayS: 2,
  durationS: 200,
};
/** An app that never fails, before 400 users. */
const demo: World = {
  ...skewed,
  users: 400,
  zipf: 0.5,
  userErrorLogSd: 0,
  baseErrorRatio: 0,
  fault: { ...skewed.fault, errorRatio: 0 },
  latencyMsMedian: 5,
  telemetryDelayS: 1,
  durationS: 120,
};
const failing = (world: World, errorRatio: number): World => ({
  ...world,
  fault: { ...world.fault, errorRatio },
});
const anyHarmCounts = {
  ...defaultRolloutPolicy,
  guardrails: [{ name: "errors", tolerance: { ratio: 1 } } as const],
};

const runMany = (
  world: World,
  runs: number,
  policy = defaultRolloutPolicy,
): readonly RunOutcome[] =>
  Array.from({ length: runs }, (_, run) => simulate(world, policy, 1000 + run));
const countOf = (outcomes: readonly RunOutcome[], end: RunOutcome["end"]): number =>
  outcomes.filter((outcome) => outcome.end === end).length;
const endOf = ({ end, seconds }: RunOutcome): readonly unknown[] => [end, seconds];
const quantile = (values: readonly number[], at: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(at * values.length)] ?? Number.NaN;

test("simulation: healthy releases before skewed users are stopped no more often than alpha allows", () => {
  // At a true rate of 5 % more than 8 of 60 stops have a probability below 1 %; a test that counts
  // requests would stop about 13.
  const outcomes = runMany({ ...skewed, exposureFixed: 2500 }, 60, anyHarmCounts);
  assert.ok(countOf(outcomes, "rolled_back") <= 8, `${countOf(outcomes, "rolled_back")} of 60`);
});

test("simulation: a cold start is a slow release, unless the policy says how long it lasts", () => {
  const cold = { ...skewed, fault: { ...skewed.fault, coldStart: { factor: 3, forS: 60 } } };
  const patient = {
    ...defaultRolloutPolicy,
    guardrails: defaultRolloutPolicy.guardrails.map((one) =>
      one.name === "latency" ? { ...one, warmUpMs: 90_000 } : one,
    ),
  };
  assert.equal(countOf(runMany(cold, 8), "rolled_back"), 8);
  assert.equal(countOf(runMany(cold, 8, patient), "rolled_back"), 0);
});

test("simulation: beside a fresh baseline a cold start is no fault, and a slower release still is one", () => {
  const cold = { ...skewed, fault: { ...skewed.fault, coldStart: { factor: 3, forS: 60 } } };
  const beside = { ...defaultRolloutPolicy, baseline: "fresh" } as const;
  // At a true rate of 5 % more than 3 of 12 have a probability of 0.2 %; beside the running one all are stopped.
  const healthy = runMany(cold, 12, beside);
  assert.ok(countOf(healthy, "rolled_back") <= 3, `${countOf(healthy, "rolled_back")} of 12`);
  assert.ok(countOf(healthy, "promoted") >= 4, `${countOf(healthy, "promoted")} of 12 let in`);
  const slower = { ...cold, fault: { ...cold.fault, latencyFactor: 2 } };
  const outcomes = runMany(slower, 8, beside);
  assert.equal(countOf(outcomes, "rolled_back"), 8);
  assert.match(outcomes[0]?.sentence ?? "", /^latency: .* of the fresh baseline's/);
});

test("simulation: a policy that judges by requests comes to what is found where users have no keys", () => {
  const keyed = { ...skewed, exposureFixed: 2500, fault: { ...skewed.fault, errorRatio: 0.06 } };
  const byRequests = { ...defaultRolloutPolicy, unit: "requests" } as const;
  const byPolicy = runMany(keyed, 8, byRequests);
  const byNeed = runMany({ ...keyed, unkeyedRatio: 1 }, 8);
  assert.deepEqual(byPolicy.map(endOf), byNeed.map(endOf));
  assert.equal(countOf(byPolicy, "rolled_back"), 8);
  assert.match(byPolicy[0]?.sentence ?? "", /judged by requests/);
});

test("simulation: counted by requests, a margin alone does not protect releases before skewed users", () => {
  // The control: the same worlds without users' keys have only the margin of the fallback to protect them.
  const unkeyed = {
    ...skewed,
    exposureFixed: 2500,
    unkeyedRatio: 1,
    zipf: 1.2,
    userErrorLogSd: 1.5,
  };
  const outcomes = runMany(unkeyed, 40, anyHarmCounts);
  assert.ok(countOf(outcomes, "rolled_back") >= 3, `${countOf(outcomes, "rolled_back")} of 40`);
});

test("simulation: a clean release is let in, every time, within half a minute of the demo's traffic", () => {
  const outcomes = runMany(demo, 30);
  assert.equal(countOf(outcomes, "promoted"), 30);
  assert.ok(
    quantile(
      outcomes.map(({ seconds }) => seconds),
      0.9,
    ) <= 30,
  );
});

test("simulation: 30 % errors are stopped within 5 s and inside the harm budget", () => {
  const outcomes = runMany(failing(demo, 0.3), 60);
  assert.equal(countOf(outcomes, "rolled_back"), 60);
  assert.ok(
    quantile(
      outcomes.map(({ seconds }) => seconds),
      0.95,
    ) <= 5,
  );
  assert.ok(
    quantile(
      outcomes.map(({ requestsFailed }) => requestsFailed),
      0.95,
    ) <= 50,
  );
});

test("simulation: 1 % -> 5 % before skewed users is stopped", () => {
  const outcomes = runMany(failing(skewed, 0.05), 30);
  assert.ok(countOf(outcomes, "rolled_back") >= 28, `${countOf(outcomes, "rolled_back")} of 30`);
});

test("simulation: requests that wait half a second too often are stopped for latency", () => {
  const slow = { ...demo, fault: { ...demo.fault, slowRatio: 0.1, slowMs: 500 } };
  for (const { end, sentence } of runMany(slow, 10)) {
    assert.equal(end, "rolled_back");
    assert.match(sentence, /^latency: /);
  }
});

test("simulation: the same seed gives the same outcome, another one another", () => {
  const world = failing(skewed, 0.05);
  assert.deepEqual(
    simulate(world, defaultRolloutPolicy, 7),
    simulate(world, defaultRolloutPolicy, 7),
  );
  assert.notDeepEqual(
    simulate(world, defaultRolloutPolicy, 7),
    simulate(world, defaultRolloutPolicy, 8),
  );
});
