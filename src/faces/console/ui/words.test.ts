import assert from "node:assert/strict";
import { test } from "node:test";
import { withReason } from "./words.ts";

// oxfmt-ignore
const cases: readonly (readonly [reason: string, command: string])[] = [
  ["",                     "tidegate rollout approve rol_1 --step 2"],
  ["seen by ana",          "tidegate rollout approve rol_1 --step 2 --reason 'seen by ana'"],
  ["it's $(reboot); \"x\"", String.raw`tidegate rollout approve rol_1 --step 2 --reason 'it'\''s $(reboot); "x"'`],
];
for (const [reason, command] of cases) {
  test(`console: what is copied with the reason ${JSON.stringify(reason)} is one command`, () => {
    assert.equal(withReason("tidegate rollout approve rol_1 --step 2", reason), command);
  });
}
