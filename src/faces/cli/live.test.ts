import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { frameOf, repaintOf } from "./live.ts";
import { nearest } from "#std";
import { paintFor } from "./render/paint.ts";
import { renderPairs, renderTable } from "./render/table.ts";
import { cut, widthOf } from "./render/width.ts";

// oxfmt-ignore
const widths: readonly (readonly [text: string, columns: number])[] = [
  ["", 0], ["abc", 3], ["\u001B[1mabc\u001B[22m", 3], ["Grüße", 5], ["世界", 4], ["e\u0301", 1], ["👩‍💻", 2], ["🚀 x", 4],
];
for (const [text, columns] of widths) {
  test(`width: ${JSON.stringify(text)} takes ${columns} columns`, () => {
    assert.equal(widthOf(text), columns);
  });
}

test("width: what is cut fits, says that it was cut, and ends its colours", () => {
  assert.equal(cut("abcdef", 6), "abcdef");
  assert.equal(cut("abcdef", 4), "abc…");
  assert.equal(cut("世界世界", 5), "世界…");
  assert.equal(cut("\u001B[31mabcdef\u001B[39m", 4), "\u001B[31mabc…\u001B[39m");
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme" }),
      fc.integer({ min: 1, max: 30 }),
      (text, columns) => {
        const printable = text.replaceAll(/\p{Cc}/gu, "");
        assert.ok(widthOf(cut(printable, columns)) <= columns);
      },
    ),
  );
});

const columns = [
  { title: "COMMIT" },
  { title: "N", align: "right" },
  { title: "SUBJECT" },
] as const;
const rows = [["a41ca41", "12", "Round totals half to even, as the law of some countries says"]];
const dim = (text: string) => text;

// oxfmt-ignore
const tables: readonly (readonly [claim: string, columns: number | undefined, expected: string])[] = [
  ["a pipe gets it whole", undefined, "COMMIT    N  SUBJECT\na41ca41  12  Round totals half to even, as the law of some countries says"],
  ["a terminal of 40 columns gets the longest text cut", 40, "COMMIT    N  SUBJECT\na41ca41  12  Round totals half to even,…"],
  ["one of 22 gets a line a cell", 22, "a41ca41\n  n        12\n  subject  Round\n           totals half\n           to even, as\n           the law of\n           some\n           countries\n           says"],
];
for (const [claim, room, expected] of tables) {
  test(`table: ${claim}`, () => {
    assert.equal(renderTable(columns, rows, { dim, columns: room }), expected);
  });
}

test("pairs: what is long goes on below itself", () => {
  const text = renderPairs([["url", "one two three four five"]], { dim, columns: 22 });
  assert.equal(text, "  url  one two three\n       four five");
});

/** A terminal as far as a repaint uses one: what is on its rows afterwards. */
function screenAfter(writes: readonly string[]): readonly string[] {
  const screen: string[] = [];
  let row = 0;
  for (const write of writes) {
    // oxlint-disable-next-line no-control-regex -- what a repaint writes
    for (const part of write.split(/(\r|\n|\u001B\[\d*[AKJ])/)) {
      if (part === "\n") row += 1;
      else if (part.endsWith("A") && part.startsWith("\u001B")) row -= Number(part.slice(2, -1));
      else if (part === "\u001B[J") screen.length = row;
      else if (part !== "\r" && part !== "\u001B[K" && part !== "") screen[row] = part;
    }
  }
  return screen;
}

test("live: each frame stands where the one before stood, whatever their sizes", () => {
  const frames = fc.array(
    fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 1, maxLength: 6 }),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(frames, (painted) => {
      let shown: readonly string[] = [];
      const writes = painted.map((lines) => {
        const text = repaintOf(shown, lines, 80);
        shown = lines;
        return text;
      });
      assert.deepEqual(screenAfter(writes), painted.at(-1));
    }),
  );
});

test("live: on a terminal that became narrower, the folded lines are gone over too", () => {
  assert.ok(repaintOf(["x".repeat(79), "y"], ["z"], 40).startsWith("\r\u001B[3A"));
});

test("live: a frame fits its terminal, and says what it left out", () => {
  const lines = Array.from({ length: 30 }, (_, index) => `line ${index} ${"long ".repeat(20)}`);
  const frame = frameOf(lines, { columns: 40, rows: 10 });
  assert.equal(frame.length, 9);
  assert.equal(frame.at(-1), "… 22 more lines");
  for (const line of frame) assert.ok(widthOf(line) <= 39, line);
  assert.deepEqual(frameOf(["a\u001B[2Jb\tc"], { columns: 40, rows: 10 }), ["a\u{fffd}[2Jb  c"]);
});

// oxfmt-ignore
const colours: readonly (readonly [claim: string, isTerminal: boolean, env: Record<string, string>, isColoured: boolean])[] = [
  ["a terminal has it", true, {}, true], ["a pipe has none", false, {}, false],
  ["NO_COLOR refuses it", true, { NO_COLOR: "1" }, false], ["an empty NO_COLOR says nothing", true, { NO_COLOR: "" }, true],
  ["FORCE_COLOR asks for it in a pipe", false, { FORCE_COLOR: "1" }, true], ["FORCE_COLOR=0 refuses it", true, { FORCE_COLOR: "0" }, false],
  ["NO_COLOR has the last word", false, { FORCE_COLOR: "1", NO_COLOR: "1" }, false], ["a dumb terminal has none", true, { TERM: "dumb" }, false],
];
for (const [claim, isTerminal, env, isColoured] of colours) {
  test(`colour: ${claim}`, () => {
    assert.equal(paintFor({ isTerminal }, env).bad("x") !== "x", isColoured);
  });
}

// oxfmt-ignore
const slips: readonly (readonly [typed: string, meant: string | undefined])[] = [
  ["shpo", "shop"], ["shop", "shop"], ["sho", "shop"], ["shopp", "shop"], ["blgo", "blog"], ["warehouse", undefined], ["x", undefined],
];
for (const [typed, meant] of slips) {
  test(`nearest: ${typed} was ${meant ?? "none of them"}`, () => {
    assert.equal(nearest(typed, ["blog", "shop"]), meant);
  });
}
