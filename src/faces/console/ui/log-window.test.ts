/** Which lines are in sight: of ten and of a million, at the top, at the end, and where a link leads. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chunksOf, lineHeightPx, scrollTopOf, sightOf } from "./log-window.ts";

const viewportPx = 440;

// oxfmt-ignore
const cases: readonly (readonly [string, number, number, number])[] = [
  ["a short log begins at its first line",   10,        0,                  1],
  ["one line down",                          1_000,     lineHeightPx,       2],
  ["a long log begins at its first line",    1_000_000, 0,                  1],
  ["a long log ends at its last lines",      1_000_000, 8_000_000 - 440,    1_000_000 - 20 + 1],
  ["beyond the end is the end",              1_000_000, 99_000_000,         1_000_000 - 20 + 1],
  ["above the top is the top",               1_000,     -50,                1],
];
for (const [claim, total, scrollTopPx, expected] of cases) {
  test(`console: in a log ${claim}`, () => {
    assert.equal(sightOf({ total, scrollTopPx, viewportPx }).first, expected);
  });
}

test("console: a link to a line leads to where the line is in sight", () => {
  for (const total of [50, 5_000, 1_000_000]) {
    for (const line of [1, 2, Math.floor(total / 2), total - 1, total]) {
      const scrollTopPx = scrollTopOf(line, total, viewportPx);
      const { first, count } = sightOf({ total, scrollTopPx, viewportPx });
      assert.ok(line >= first && line < first + count, `${line} of ${total}: ${first} +${count}`);
    }
  }
});

test("console: lines are asked for by the chunks they are in", () => {
  assert.deepEqual(chunksOf({ first: 1, count: 20 }), [1]);
  assert.deepEqual(chunksOf({ first: 490, count: 22 }), [1, 501]);
  assert.deepEqual(chunksOf({ first: 501, count: 1 }), [501]);
});
