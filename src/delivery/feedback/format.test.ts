import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatCount, formatElapsed, formatPercent, formatRatio } from "./format.ts";

// oxfmt-ignore
const cases: readonly (readonly [string, string])[] = [
  [formatPercent(0), "0 %"],             [formatPercent(0.00001), "< 0.01 %"],
  [formatPercent(0.0019), "0.19 %"],     [formatPercent(0.00995), "1 %"],
  [formatPercent(0.018), "1.8 %"],       [formatPercent(0.25), "25 %"],
  [formatPercent(0.28972), "29 %"],      [formatPercent(0.1449), "14.5 %"],
  [formatPercent(0.99951), "> 99.9 %"],  [formatPercent(1), "100 %"],
  [formatPercent(Number.NaN), "unknown"],
  [formatCount(0), "0"],                 [formatCount(999), "999"],
  [formatCount(1000), "1,000"],          [formatCount(11_902_345), "11,902,345"],
  [formatRatio(214, 11_902), "214 of 11,902 (1.8 %)"],
  [formatRatio(0, 0), "0 of 0"],
  [formatElapsed(-5), "0.0 s"],          [formatElapsed(99_949), "99.9 s"],
  [formatElapsed(99_950), "1m 40s"],     [formatElapsed(3_599_499), "59m 59s"],
  [formatElapsed(3_599_500), "1h 00m"],  [formatElapsed(90_000_000), "1d 01h"],
];
for (const [found, expected] of cases) {
  test(`format: ${expected}`, () => assert.equal(found, expected));
}

test("format: a part is never shown as nothing, nor as everything", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-12, max: 1 - 1e-12, noNaN: true }), (ratio) => {
      assert.notEqual(formatPercent(ratio), "0 %");
      assert.notEqual(formatPercent(ratio), "100 %");
    }),
  );
});

test("format: elapsed time fits its column for 99 days", () => {
  fc.assert(fc.property(fc.nat(99 * 86_400_000), (ms) => assert.ok(formatElapsed(ms).length <= 7)));
});
