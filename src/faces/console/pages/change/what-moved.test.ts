import assert from "node:assert/strict";
import { test } from "node:test";
import { rollout } from "./rollout.testing.ts";
import { whatMoved } from "./what-moved.ts";

test("console: what another person did while one looked is said", () => {
  const seen = rollout({ state: "held" });
  const command = { kind: "approve", by: "ben", reason: "", at: 9 } as const;
  const now = rollout({ state: "running", stepNumber: 2, exposurePercent: 50, command });
  assert.deepEqual(whatMoved(seen, now, "approve"), [
    "It was held and is running.",
    "It is in step 2 of 2, no longer in 1.",
    "Exposure went from 12 % to 50 % of users.",
    "ben asked for: approve.",
  ]);
});

test("console: a question that tells the share of users itself does not tell it twice", () => {
  assert.deepEqual(whatMoved(rollout(), rollout({ exposurePercent: 50 }), "pause"), []);
});

test("console: where nothing moved nothing is said", () => {
  assert.deepEqual(whatMoved(rollout(), rollout(), "approve"), []);
});
