/** What is drawn of a guardrail: shares per window from sums, and nothing where nothing was counted. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SeriesResource } from "#faces/api/contract";
import { guardrailSeries, intervalParts, toleratedDifference } from "./guardrail-series.ts";
import { guardrail } from "./rollout.testing.ts";

function point(
  at: number,
  candidate: { events: number; sample: number },
): SeriesResource["points"][number] {
  return {
    index: at,
    at,
    exposurePercent: 10,
    verdict: { kind: "not_enough_evidence", sentence: "" },
    usersSeen: { baseline: 0, candidate: 0 },
    guardrails: [guardrail({ candidate, baseline: { events: 0, sample: 0 } })],
  };
}

test("console: sums become the share of each window", () => {
  const points = [
    point(1, { events: 1, sample: 10 }),
    point(2, { events: 1, sample: 20 }),
    point(3, { events: 6, sample: 30 }),
  ];
  assert.deepEqual(guardrailSeries(points, "errors"), {
    at: [1, 2, 3],
    baseline: [null, null, null],
    candidate: [0.1, 0, 0.5],
  });
});

test("console: what was counted in another unit before is not drawn with what is counted now", () => {
  const [first, second] = [
    point(1, { events: 30, sample: 300 }),
    point(2, { events: 2, sample: 40 }),
  ];
  const inRequests = first.guardrails.map((one) => ({ ...one, unit: "requests" as const }));
  const drawn = guardrailSeries([{ ...first, guardrails: inRequests }, second], "errors");
  assert.deepEqual(drawn.candidate, [null, 0.05]);
});

test("console: a window with next to nothing in it does not fill the scale", () => {
  const points = [
    point(1, { events: 10, sample: 1_000 }),
    point(2, { events: 20, sample: 2_000 }),
    point(3, { events: 21, sample: 2_001 }),
  ];
  assert.deepEqual(guardrailSeries(points, "errors").candidate, [0.01, 0.01, null]);
});

test("console: of latency the sums at the newest point's time are drawn", () => {
  const [first, second] = [
    point(1, { events: 9, sample: 10 }),
    point(2, { events: 1, sample: 20 }),
  ];
  const alike = {
    baseline: { events: 0, sample: 0 },
    candidate: { events: 1, sample: 10 },
  };
  const drawn = { ...first, guardrails: first.guardrails.map((one) => ({ ...one, alike })) };
  assert.deepEqual(guardrailSeries([drawn, second], "errors").candidate, [0.1, 0]);
});

// oxfmt-ignore
const intervals: readonly (readonly [string, [number, number], "safe" | "harmful" | "not_enough_evidence", ReturnType<typeof intervalParts>])[] = [
  ["safe ends where toleration does",        [-0.01, 0.02],  "safe",                { held: { from: -0.01, to: 0.005 }, open: { from: 0.005, to: 0.02 } }],
  ["safe within it is whole",                [-0.01, 0.004], "safe",                { held: { from: -0.01, to: 0.004 } }],
  ["harm begins above no difference",        [-0.01, 0.02],  "harmful",             { held: { from: 0, to: 0.02 }, open: { from: -0.01, to: 0 } }],
  ["what is not known is drawn as it is",    [-0.01, 0.02],  "not_enough_evidence", { held: { from: -0.01, to: 0.02 } }],
];
for (const [claim, [lower, upper], verdict, expected] of intervals) {
  test(`console: the interval of what is ${claim}`, () =>
    assert.deepEqual(intervalParts({ lower, upper }, { verdict, tolerated: 0.005 }), expected));
}

test("console: a guardrail that is not there draws nothing", () => {
  assert.deepEqual(guardrailSeries([point(1, { events: 0, sample: 1 })], "orders").at, []);
});

test("console: the larger of both tolerances counts", () => {
  assert.equal(toleratedDifference(guardrail({ baseline: { events: 0, sample: 10 } })), 0.005);
  assert.equal(toleratedDifference(guardrail({ baseline: { events: 2, sample: 10 } })), 0.1);
});
