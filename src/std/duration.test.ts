/** A forecast in words: it holds still while the numbers under it move. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatRoughMs, parseDurationMs } from "./duration.ts";

// oxfmt-ignore
const cases: readonly (readonly [durationMs: number, expected: string])[] = [
  [0,             "5 s"],
  [5_000,         "5 s"],
  [7_000,         "5 s"],
  [7_100,         "10 s"],
  [39_100,        "40 s"],
  [44_700,        "40 s"],
  [44_800,        "50 s"],
  [57_000,        "1 min"],
  [86_000,        "1 min 30 s"],
  [130_000,       "2 min"],
  [5_000_000,     "1 h 30 min"],
  [84_000_000,    "1 d"],
  [250_000_000,   "3 d"],
  [1_000_000_000, "12 d"],
];
for (const [durationMs, expected] of cases) {
  test(`std: ${durationMs} ms are about ${expected}`, () =>
    assert.equal(formatRoughMs(durationMs), expected));
}

function millisecondsOf(text: string): number {
  let sum = 0;
  for (const part of text.split(/(?<=[a-z]) /)) {
    const parsed = parseDurationMs(part.replace("min", "m").replace(" ", ""));
    assert.ok(parsed.ok, part);
    sum += parsed.value;
  }
  return sum;
}

test("std: a longer time is never called a shorter one, and none is far from what it is", () => {
  fc.assert(
    fc.property(fc.integer({ min: 5_000, max: 900_000_000 }), fc.nat(60_000), (first, more) => {
      const [a, b] = [first, first + more].map((each) => millisecondsOf(formatRoughMs(each)));
      assert.ok(a !== undefined && b !== undefined && a <= b);
      assert.ok(a / first < 1.5 && a / first > 1 / 1.5, `${first} ms are called ${a}`);
    }),
  );
});
