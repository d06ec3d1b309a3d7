import assert from "node:assert/strict";
import { test } from "node:test";
import type { Rollout } from "#domain";
import {
  approved,
  automatic,
  blueGreen,
  cohorts,
  inStep,
  steps,
  under,
} from "./policies.testing.ts";
import { approvalAhead } from "./steps.ts";

// oxfmt-ignore
const rows: readonly (readonly [claim: string, rollout: Rollout, ahead: RegExp | undefined])[] = [
  ["evidence alone decides",                     under({}, inStep(0, 20)),                       undefined],
  ["the next gate is told of beforehand",        under(steps, inStep(0, 1)),                     /^later step 2 of 3 \(10 % .* until approved\): tidegate rollout approve rol_\w+ --step 2/],
  ["the gate it is at is told of as such",       under(steps, inStep(1, 10)),                    /^now step 2 of 3 /],
  ["once it is approved, no more",               under(steps, { ...inStep(1, 10), ...approved(1) }), undefined],
  ["nor when it is behind",                      under(steps, inStep(2, 50)),                    undefined],
  ["a preview waits for a person",               under(blueGreen, inStep(0, 0)),                 /^now step 1 of 1 \(preview/],
  ["but not one that switches by itself",        under(automatic, inStep(0, 0)),                 undefined],
  ["nor users by rule for a time",               under(cohorts, inStep(0, 0)),                   undefined],
  ["to hold is to wait for a promote",           under({ strategy: "hold" }),                    /^now step 1 of 1 .*: tidegate rollout promote/],
];
for (const [claim, rollout, expected] of rows) {
  test(`approval ahead: ${claim}`, () => {
    const ahead = approvalAhead(rollout);
    const told = ahead && `${ahead.isNow ? "now" : "later"} ${ahead.step}: ${ahead.command}`;
    if (expected === undefined) assert.equal(told, undefined);
    else assert.match(told ?? "", expected);
  });
}
