/** The re-implemented judge against what Kayenta's users and its own algorithm say of the same data. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { classify, type Label, type MetricConfig, score, type Series } from "./kayenta-judge.ts";
import { shiftBetween } from "./mann-whitney.ts";

const zeros = (length: number): readonly number[] => Array.from({ length }, () => 0);
const ones = (length: number): readonly number[] => Array.from({ length }, () => 1);
const metric: MetricConfig = { name: "errors", group: "errors" };
const gap = Number.NaN;

// oxfmt-ignore
const cases: readonly (readonly [claim: string, MetricConfig, Series, Label])[] = [
  ["the sparse errors of kayenta#426 pass",         metric, { experiment: [0, 1, 2, 1, 0, 0], control: zeros(6) }, "Pass"],
  ["seven of ten far higher pass, spinnaker#6278",  metric, { experiment: [...ones(7).map(() => 100), 1, 1, 1], control: ones(10) }, "Pass"],
  ["eight of ten are high, spinnaker#6278",         metric, { experiment: [...ones(8).map(() => 100), 1, 1], control: ones(10) }, "High"],
  ["errors in every point are high, kayenta#799",   metric, { experiment: [1, 4, 2, 3, 1], control: zeros(5) }, "High"],
  ["errors in every fifth point pass, kayenta#799", { ...metric, nanStrategy: "replace" },
    { experiment: [1, gap, gap, gap, gap, 2, gap, gap, gap, gap, 1, gap, gap, gap, gap, 2, gap, gap, gap, gap], control: zeros(20).map(() => gap) }, "Pass"],
  ["more variability passes, kayenta#780 case 1",   metric,
    { experiment: [10, 10.1, 10.2, 10.3, 10.4, 10.5, 10.6, 17, 17.1, 17.2, 17.3, 17.4, 17.5, 17.6, 17.7],
      control: [1, 100, 4, 101, 5, 102, 6, 103, 7, 104, 8, 105, 9, 106, 17] }, "Pass"],
  ["identical data pass, in any order",             metric, { experiment: [3, 1, 2], control: [1, 2, 3] }, "Pass"],
  ["one value throughout passes",                   metric, { experiment: ones(9), control: ones(4) }, "Pass"],
  ["two constants differ by their noise at least",  metric, { experiment: ones(20).map(() => 2), control: ones(20) }, "High"],
  ["lower is low",                                  metric, { experiment: [1, 2, 3, 2, 1, 2], control: [11, 12, 13, 12, 11, 14] }, "Low"],
  ["lower is fine where only more is harm",         { ...metric, direction: "increase" }, { experiment: [1, 2, 3, 2, 1, 2], control: [11, 12, 13, 12, 11, 14] }, "Pass"],
  ["an allowed increase is allowed",                { ...metric, allowedIncrease: 2 }, { experiment: [15, 16, 15, 17, 16, 15, 16], control: [10, 11, 10, 12, 11, 10, 11] }, "Pass"],
  ["and without it is not",                         metric, { experiment: [15, 16, 15, 17, 16, 15, 16], control: [10, 11, 10, 12, 11, 10, 11] }, "High"],
  ["no data is no data",                            metric, { experiment: [gap], control: [1] }, "Nodata"],
  ["no data where it is a must is a failure",       { ...metric, mustHaveData: true }, { experiment: [], control: [1] }, "NodataFailMetric"],
  ["no data where gaps are zeros passes",           { ...metric, nanStrategy: "replace" }, { experiment: [], control: [1] }, "Pass"],
];
for (const [claim, config, series, label] of cases) {
  test(`kayenta: ${claim}`, () => assert.equal(classify(config, series).label, label));
}

test("kayenta: the interval is the one that a user printed in spinnaker#6278", () => {
  const shift = shiftBetween([...ones(7).map(() => 100), 1, 1, 1], ones(10), 2.3263478740408408);
  assert.ok(Math.abs(shift.lower - 6.825022991538781e-5) < 1e-15, String(shift.lower));
  assert.equal(shift.upper, 99);
  assert.equal(shift.estimate, 98.99992904170193);
});

const low = [10, 11, 10, 12, 11, 10, 11];
const high = [20, 21, 20, 22, 21, 20, 21];
const same: Series = { experiment: low, control: low };
const worse: Series = { experiment: high, control: low };
const two: readonly MetricConfig[] = [metric, { name: "latency", group: "latency" }];

// oxfmt-ignore
const scores: readonly (readonly [claim: string, readonly MetricConfig[], Readonly<Record<string, Series>>, number])[] = [
  ["all pass: 100",                             two, { errors: same, latency: same }, 100],
  ["one group of two fails: 50",                two, { errors: worse, latency: same }, 50],
  ["a critical metric fails: 0",                [{ ...metric, isCritical: true }, ...two.slice(1)], { errors: worse, latency: same }, 0],
  ["high, but not critically so",               [{ ...metric, isCritical: true, criticalIncrease: 5 }, ...two.slice(1)], { errors: worse, latency: same }, 50],
  ["half of the metrics without data: 0",       two, { errors: same }, 0],
  ["within a group passes are averaged",        [...two, { name: "p99", group: "latency" }], { errors: same, latency: same, p99: worse }, 75],
];
for (const [claim, metrics, series, expected] of scores) {
  test(`kayenta: ${claim}`, () => assert.equal(score(metrics, series).score, expected));
}
