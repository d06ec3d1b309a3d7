import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultRolloutPolicy, reportOf, type RunOutcome, type Scenario } from "../index.ts";
import { quantileOf, shareInterval } from "./intervals.ts";

/** Published values of Clopper and Pearson's interval. */
// oxfmt-ignore
const shares: readonly (readonly [number, number, number, number])[] = [
  [0, 10, 0, 0.3085], [10, 10, 0.6915, 1], [5, 10, 0.1871, 0.8129], [1, 20, 0.0013, 0.2487], [40, 2000, 0.0143, 0.0271],
  [0, 0, 0, 1], [50_000, 100_000, 0.4969, 0.5031],
];
for (const [events, sample, low, high] of shares) {
  test(`interval: ${events} of ${sample} lie in ${low}..${high}`, () => {
    const interval = shareInterval(events, sample);
    assert.equal(interval.low.toFixed(4), low.toFixed(4));
    assert.equal(interval.high.toFixed(4), high.toFixed(4));
  });
}

const upTo = (size: number) => Array.from({ length: size }, (_, index) => index + 1);
/** Ranks by the binomial distribution: for the median of 100, the 40th and the 61st. */
// oxfmt-ignore
const quantiles: readonly (readonly [readonly number[], number, number, number, number])[] = [
  [upTo(100), 0.5, 50, 40, 61],
  [upTo(10), 0.5, 5, 2, 9],
  [upTo(3), 0.5, 2, 0, Infinity],
  [upTo(20), 0.95, 19, 17, Infinity],
  [[1, 2, Infinity, Infinity], 0.9, Infinity, 2, Infinity],
];
for (const [values, at, value, low, high] of quantiles) {
  test(`interval: the quantile ${at} of ${values.length} is ${value}, in ${low}..${high}`, () => {
    assert.deepEqual(quantileOf(values, at), { value, low, high });
  });
}

const scenario: Scenario = {
  title: "late",
  world: {
    users: 10,
    requestsPerSecond: 1,
    zipf: 0,
    userErrorLogSd: 0,
    baseErrorRatio: 0.01,
    fault: { errorRatio: 0.1, fromS: 60, latencyFactor: 1, slowRatio: 0, slowMs: 0 },
    latencyMsMedian: 50,
    latencyLogSd: 0.8,
    unkeyedRatio: 0,
    telemetryDelayS: 1,
    durationS: 600,
  },
  policy: defaultRolloutPolicy,
  claims: { stopped: 0.5, falseStops: 0.1, detectedWithin: 10_000, letInWithin: 1000 },
  runs: 4,
  seed: 1,
};
const outcome = (end: RunOutcome["end"], seconds: number): RunOutcome => ({
  end,
  seconds,
  exposedFromS: 0,
  exposureMax: 500,
  sentence: end,
  candidateRequests: 0,
  requestsFailed: 0,
  requestsHarmed: seconds,
  usersExposed: 0,
  usersFailed: 0,
  usersHarmed: 0,
});
const outcomes = [
  outcome("rolled_back", 30),
  outcome("rolled_back", 65),
  outcome("rolled_back", 70),
  outcome("promoted", 100),
];

test("report: a stop before the fault is a false one, and detection counts from the fault on", () => {
  const report = reportOf(scenario, 7, outcomes);
  assert.deepEqual([report.falseStops.runs, report.stopped.runs, report.letIn.runs], [1, 2, 1]);
  // Of the three that met the fault: after 5 s, after 10 s, never.
  assert.equal(report.secondsToStop.median.value, 10);
  assert.equal(report.secondsToStop.p90.value, null);
  assert.deepEqual(
    report.examples.map(({ seed }) => seed),
    [7, 10],
  );
});

test("report: a claim is met by what was found, and sure only by its interval", () => {
  const { claims } = reportOf(scenario, 1, outcomes);
  const found = claims.map(({ claim, isMet, isSure }) => [claim, isMet, isSure]);
  assert.deepEqual(found, [
    ["falseStops", false, false],
    ["stopped", true, false],
    ["detectedWithin", true, false],
    ["letInWithin", false, false],
  ]);
  const many = reportOf(
    scenario,
    1,
    Array.from({ length: 200 }, () => outcome("rolled_back", 65)),
  );
  assert.deepEqual(
    many.claims.map(({ isSure }) => isSure),
    [true, true, true, false],
  );
});

test("report: a stop of a healthy candidate is a false one whenever it comes", () => {
  const { fault } = scenario.world;
  const world = { ...scenario.world, fault: { ...fault, errorRatio: 0.01 } };
  const report = reportOf({ ...scenario, world }, 1, outcomes);
  assert.deepEqual([report.isFaulty, report.falseStops.runs, report.stopped.runs], [false, 3, 0]);
});
