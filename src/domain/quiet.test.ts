/** A rollout that nobody visits says so, and what can be done. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isQuiet, quietWords } from "./quiet.ts";

const hour = 3_600_000;
// oxfmt-ignore
const ends: readonly (readonly ["hold" | "abort" | "promote", RegExp, boolean])[] = [
  ["hold",    /after 1 h of that it is held and a person is asked$/, true],
  ["abort",   /after 1 h of that it is taken away$/,                 true],
  ["promote", /after 1 h of that everybody is let in$/,              false],
];
for (const [atMaxDuration, expected, isAdvised] of ends) {
  test(`quiet: with ${atMaxDuration} it says what comes of it`, () => {
    const [, end = "", ...more] = quietWords("shop", { maxDurationMs: hour, atMaxDuration });
    assert.match(end, expected);
    const text = more.join("\n");
    assert.match(text, /tidegate rollout promote --app shop --reason/);
    assert.equal(text.includes("atMaxDuration: promote"), isAdvised);
  });
}

test("quiet: who comes now and then is no traffic, and it says how many came", () => {
  const [first] = quietWords("shop", { maxDurationMs: hour, atMaxDuration: "hold", requests: 2 });
  assert.match(first ?? "", /^hardly anybody visits \(2 in the last minute\)/);
});

const totals = { candidateRequests: 0, baselineRequests: 0 };
const open = {
  state: "running",
  baseline: "v1",
  exposure: 500,
  policy: { strategy: "adaptive" },
  totals,
} as const;
// oxfmt-ignore
const cases: readonly (readonly [string, Parameters<typeof isQuiet>[0], boolean])[] = [
  ["one that is open",               open,                                                       true],
  ["one whose baseline is visited",  { ...open, totals: { ...totals, baselineRequests: 1 } },    false],
  ["one that was met",               { ...open, totals: { ...totals, candidateRequests: 1 } },   false],
  ["one that nobody may meet yet",   { ...open, exposure: 0 },                                   false],
  ["one that is asked about",        { ...open, state: "held" },                                 false],
  ["one that compares nothing",      { ...open, policy: { strategy: "hold" } },                  false],
  ["a first release",                { ...open, baseline: undefined },                           false],
];
for (const [claim, rollout, expected] of cases) {
  test(`quiet: ${claim} is ${expected ? "" : "not "}told`, () =>
    assert.equal(isQuiet(rollout), expected));
}
