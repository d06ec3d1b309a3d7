import assert from "node:assert/strict";
import { test } from "node:test";
import { durationText, medianInterval, quantileOf, shareOf, shareText } from "./statistics.ts";

// oxfmt-ignore
const shares: readonly (readonly [claim: string, hits: number, of: number, text: string])[] = [
  // Wilson's interval of 0 of 200 ends at z^2 / (200 + z^2).
  ["nothing in 200 may still be 1.9 %", 0,   200,  "0 [0, 1.9]"],
  ["all of 200",                        200, 200,  "100 [98, 100]"],
  ["half",                              50,  100,  "50 [40, 60]"],
  ["68 of 2,000 are shown below 5 %",   68,  2000, "3.4 [2.7, 4.3]"],
  ["no runs say nothing",               0,   0,    ""],
];
for (const [claim, hits, of, text] of shares) {
  test(`statistics: ${claim}`, () => assert.equal(shareText(shareOf(hits, of)), text));
}

test("statistics: quantiles are values that were seen, and the median's interval holds it", () => {
  const values = Array.from({ length: 101 }, (_, index) => 100 - index);
  assert.equal(quantileOf(values, 0.5), 50);
  assert.equal(quantileOf(values, 0.9), 90);
  assert.deepEqual(medianInterval(values), [40, 61]);
  assert.ok(Number.isNaN(quantileOf([], 0.5)));
});

test("statistics: durations are in the unit that people would use", () => {
  assert.deepEqual([45, 599, 720, 10_800].map(durationText), ["45 s", "599 s", "12 min", "3.0 h"]);
});
