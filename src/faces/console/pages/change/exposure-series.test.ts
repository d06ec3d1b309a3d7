/** The graph of exposure: what was exposed within the policy is never drawn above what was allowed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SeriesResource } from "#faces/api/contract";
import { exposureSeries } from "./exposure-series.ts";
import { rollout } from "./rollout.testing.ts";

const adaptive = rollout({ policy: { ...rollout().policy, strategy: "adaptive" } });

function point(at: number, exposureAllowedPercent: number): SeriesResource["points"][number] {
  return {
    index: at,
    at,
    exposurePercent: 0,
    exposureAllowedPercent,
    verdict: { kind: "not_enough_evidence", sentence: "" },
    usersSeen: { baseline: 0, candidate: 0 },
    guardrails: [],
  };
}

test("console: a move between two points was allowed when it was made", () => {
  const { exposed, allowed } = exposureSeries(adaptive, {
    exposures: [
      { at: 1_500, percent: 5, because: "" },
      { at: 2_500, percent: 20, because: "" },
    ],
    points: [point(2_000, 8), point(3_000, 22)],
    now: 4_000,
  });
  assert.deepEqual(exposed.slice(0, 5), [0, 5, 5, 20, 20]);
  assert.deepEqual(allowed.slice(0, 5), [50, 50, 8, 20, 22]);
});

test("console: what goes beyond the policy is drawn above it, until everybody is let in", () => {
  const exposures = [{ at: 2_000, percent: 80, because: "" }];
  const over = exposureSeries(adaptive, { exposures, points: [], now: 3_000 });
  assert.deepEqual(over.allowed, [50, 50, 50]);
  const letIn = exposureSeries(
    { ...adaptive, publishedAt: 2_000 },
    { exposures, points: [], now: 3_000 },
  );
  assert.deepEqual(letIn.allowed, [50, 100, 100]);
});
