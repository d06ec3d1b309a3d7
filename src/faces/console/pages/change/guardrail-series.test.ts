/** What is drawn of a guardrail: shares per window from sums, and nothing where nothing was counted. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SeriesResource } from "#faces/api/contract";
import { guardrailSeries, toleratedDifference } from "./guardrail-series.ts";
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

test("console: a guardrail that is not there draws nothing", () => {
  assert.deepEqual(guardrailSeries([point(1, { events: 0, sample: 1 })], "orders").at, []);
});

test("console: the larger of both tolerances counts", () => {
  assert.equal(toleratedDifference(guardrail({ baseline: { events: 0, sample: 10 } })), 0.005);
  assert.equal(toleratedDifference(guardrail({ baseline: { events: 2, sample: 10 } })), 0.1);
});
