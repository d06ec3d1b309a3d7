/** What the table and the lines under it make of outcomes: nobody is called wrong, or better, by chance. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { faultsOf, lossesOf, type Result, rowOf } from "./comparison.ts";
import type { Outcome } from "./drive.ts";
import { type Scenario, scenarios } from "./scenarios.ts";

const healthy = find("healthy, 1 % errors");
const bad = find("errors 1 % to 5 %");
const late = find("errors 1 % to 5 % from minute 20 on");
const slow = find("latency x3");

function find(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  assert.ok(found !== undefined, name);
  return found;
}

function ended(end: Outcome["end"], seconds: number, requestsHarmed = 0): Outcome {
  const toll = {
    candidateRequests: 10 * seconds,
    requestsFailed: requestsHarmed,
    requestsHarmed,
    usersExposed: 50,
    usersFailed: 3,
    usersHarmed: 2,
  };
  return { end, seconds, exposureMax: 500, toll };
}

const times = (count: number, outcome: Outcome): readonly Outcome[] =>
  Array.from({ length: count }, () => outcome);
const result = (scenario: Scenario, tool: string, ...outcomes: readonly Outcome[]): Result => ({
  scenario,
  tool,
  outcomes,
});

// oxfmt-ignore
const rows: readonly (readonly [claim: string, Result, readonly string[]])[] = [
  ["a healthy change shows false stops and the time to full exposure",
    result(healthy, "t", ...times(99, ended("promoted", 60)), ended("rolled_back", 5)),
    ["S1: healthy, 1 % errors", "t", "1.0 [0.2, 5.4]", "", "", "", "", "", "60 s / 60 s"]],
  ["a bad one shows misses, the time to stop and whom it harmed",
    result(bad, "t", ...times(100, ended("rolled_back", 20, 30))),
    ["S4: errors 1 % to 5 %", "t", "", "0 [0, 3.7]", "100 [96, 100]", "20 s / 20 s", "2 / 2", "30 / 30", ""]],
  ["time to stop counts from the moment at which harm begins, and a stop before it is a false one",
    result(late, "t", ...times(50, ended("rolled_back", 1260, 30)), ...times(50, ended("rolled_back", 1199, 30))),
    ["S10: errors 1 % to 5 % from minute 20 on", "t", "50 [40, 60]", "0 [0, 3.7]", "50 [40, 60]", "60 s / 60 s", "2 / 2", "30 / 30", ""]],
  ["where the fault is slowness, all that were slowed count as harmed",
    result(slow, "t", ...times(100, ended("rolled_back", 11))),
    ["S5: latency x3", "t", "", "0 [0, 3.7]", "100 [96, 100]", "11 s / 11 s", "50 / 50", "110 / 110", ""]],
];
for (const [claim, one, cells] of rows) {
  test(`comparison: ${claim}`, () => assert.deepEqual(rowOf(one, true), cells));
}

test("comparison: who is wrong beyond chance is named, and two of twenty are chance", () => {
  const lines = faultsOf([
    result(
      healthy,
      "hasty",
      ...times(10, ended("rolled_back", 5)),
      ...times(10, ended("promoted", 60)),
    ),
    result(
      healthy,
      "lucky",
      ...times(2, ended("rolled_back", 5)),
      ...times(18, ended("promoted", 60)),
    ),
    result(bad, "lucky", ...times(20, ended("promoted", 60))),
  ]);
  assert.deepEqual(lines, [
    "**hasty**: false stops above 5 %: S1 healthy, 1 % errors. Misses above 5 %: none.",
    "**lucky**: false stops above 5 %: none. Misses above 5 %: S4 errors 1 % to 5 %.",
  ]);
});

test("comparison: who lets bad changes in is never called faster or gentler", () => {
  const ours = result(bad, "Tidegate", ...times(20, ended("rolled_back", 20, 30)));
  const careless = result(bad, "careless", ...times(20, ended("promoted", 5, 1)));
  const quick = result(bad, "quick", ...times(20, ended("rolled_back", 10, 3)));
  assert.deepEqual(lossesOf([ours, careless], "Tidegate"), []);
  assert.deepEqual(lossesOf([ours, quick], "Tidegate"), [
    "S4 errors 1 % to 5 %: quick (stops in 10 s against 20 s), quick (3 requests harmed against 30)",
  ]);
});
