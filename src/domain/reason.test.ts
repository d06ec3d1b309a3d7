import assert from "node:assert/strict";
import { test } from "node:test";
import { reasonBeside } from "./reason.ts";

const sentence = "errors: 3 of 90 failed, tolerance 1.5x";
// oxfmt-ignore
const cases: readonly (readonly [reason: string, expected: string])[] = [
  ["nobody has met it yet",                       "nobody has met it yet"],
  [sentence,                                      ""],
  [`step 1 of 3 is over: ${sentence}`,            "step 1 of 3 is over"],
  [`no counts for 9 s; ${sentence}`,              "no counts for 9 s"],
  [`no verdict in 1 h: ${sentence}; so it ends`,  "no verdict in 1 h; so it ends"],
  [`${sentence}; waits until it is ready`,        "waits until it is ready"],
];
for (const [reason, expected] of cases) {
  test(`a reason beside its verdict: "${reason}"`, () => {
    assert.equal(reasonBeside(reason, sentence), expected);
  });
}

test("a reason beside no verdict is said as it is", () => {
  assert.equal(reasonBeside("as told: so", ""), "as told: so");
});
