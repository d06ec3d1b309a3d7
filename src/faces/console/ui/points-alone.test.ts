import assert from "node:assert/strict";
import { test } from "node:test";
import { pointsAlone } from "./points-alone.ts";

// oxfmt-ignore
const cases: readonly (readonly [string, readonly (number | null)[], readonly number[] | null])[] = [
  ["the only one is a point",          [null, null, 0.6, null], [2]],
  ["one of one is a point",            [0.6],                   [0]],
  ["two side by side make a line",     [null, 0.6, 0.7, null],  null],
  ["one between gaps is a point",      [1, 1, null, 0.6, null, 1, 1], [3]],
  ["nothing known is nothing to draw", [null, null],            null],
];
for (const [claim, values, expected] of cases) {
  test(`console: chart: ${claim}`, () => assert.deepEqual(pointsAlone(values), expected));
}
