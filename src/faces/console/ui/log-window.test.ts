/** Which lines are in sight: of ten and of a million, at the top, at the end, and where a link leads. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  chunksOf,
  lineHeightPx,
  scrollTopOf,
  sightOf,
  extended,
  isBehind,
  isCountedAnew,
  type LogPart,
  chunkLines,
} from "./log-window.ts";

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
      assert.ok(first + count - 1 <= total, "no line beyond the last");
    }
  }
});

test("console: lines are asked for by the chunks they are in", () => {
  assert.deepEqual(chunksOf({ first: 1, count: 20 }), [1]);
  assert.deepEqual(chunksOf({ first: 490, count: 22 }), [1, 501]);
  assert.deepEqual(chunksOf({ first: 501, count: 1 }), [501]);
});

// oxfmt-ignore
const answered: readonly (readonly [claim: string, answer: number, from: number, total: number, isBehind: boolean])[] = [
  ["nothing was written since",                       700,   501, 700,   false],
  ["lines of it were written since",                  700,   501, 701,   true],
  ["it was full, and only later ones were written",   1_000, 501, 4_000, false],
  ["it was not full, and later ones were written",    999,   501, 4_000, true],
];

for (const [claim, answer, from, total, expected] of answered) {
  test(`console: a chunk is ${expected ? "" : "not "}asked for again when ${claim}`, () => {
    assert.equal(isBehind({ total: answer }, from, total), expected);
  });
}

const had = { total: 3, from: 1, lines: ["a", "b", "c"] };

// oxfmt-ignore
const toldOf: readonly (readonly [claim: string, chunk: LogPart | undefined, first: number, told: LogPart, expected: LogPart | undefined])[] = [
  ["follows",                        had,       1,   { total: 5, from: 4, lines: ["d", "e"] },      { total: 5, from: 1, lines: ["a", "b", "c", "d", "e"] }],
  ["begins before its end",          had,       1,   { total: 4, from: 2, lines: ["b", "c", "d"] }, { total: 4, from: 1, lines: ["a", "b", "c", "d"] }],
  ["leaves lines out",               had,       1,   { total: 6, from: 5, lines: ["e", "f"] },      had],
  ["is known",                       had,       1,   { total: 3, from: 2, lines: ["b", "c"] },      had],
  ["begins it",                      undefined, 501, { total: 502, from: 499, lines: ["w", "x", "y", "z"] }, { total: 502, from: 501, lines: ["y", "z"] }],
  ["is of the middle of an unknown", undefined, 1,   { total: 9, from: 8, lines: ["h", "i"] },      undefined],
];

for (const [claim, chunk, first, told, expected] of toldOf) {
  test(`console: a chunk of a log and what ${claim}`, () => {
    assert.deepEqual(extended(chunk, first, told), expected);
  });
}

test("console: a chunk of a log takes no line beyond its own", () => {
  const lines = Array.from({ length: chunkLines + 20 }, (_, index) => `line ${index + 1}`);
  const whole = extended(undefined, 1, { total: lines.length, from: 1, lines });
  assert.deepEqual(whole?.lines, lines.slice(0, chunkLines));
});

test("console: a log of which the beginning was thrown away is counted anew", () => {
  assert.equal(isCountedAnew({ total: 120_000 }, 200_000), true);
  // Only what was begun of a line.
  assert.equal(isCountedAnew({ total: 200_000 }, 200_000), false);
  assert.equal(isCountedAnew({ total: 200_001 }, 200_000), false);
});
