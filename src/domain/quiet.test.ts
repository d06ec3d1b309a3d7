/** A rollout that nobody visits says so, and what can be done. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { quietSince, quietWords } from "./quiet.ts";

const hour = 3_600_000;
// oxfmt-ignore
const endings: readonly (readonly ["hold" | "abort" | "promote", RegExp, boolean])[] = [
  ["hold",    /after 1 h of that it is held and a person is asked$/, true],
  ["abort",   /after 1 h of that it is taken away$/,                 true],
  ["promote", /after 1 h of that everybody is let in$/,              false],
];
for (const [atMaxDuration, expected, isAdvised] of endings) {
  test(`quiet: with ${atMaxDuration} it says what comes of it`, () => {
    const [, end = "", ...more] = quietWords("shop", { maxDurationMs: hour, atMaxDuration });
    assert.match(end, expected);
    const text = more.join("\n");
    assert.match(text, /tidegate rollout promote --app shop --reason/);
    assert.equal(text.includes("atMaxDuration: promote"), isAdvised);
  });
}

test("quiet: who comes now and then is no traffic, and it says how many came, and since when", () => {
  const ends = { maxDurationMs: hour, atMaxDuration: "hold" } as const;
  const [since] = quietWords("shop", { ...ends, requests: 1, span: "since it began" });
  assert.match(since ?? "", /^hardly anybody visits \(1 since it began\)/);
  const [first] = quietWords("shop", { ...ends, requests: 2 });
  assert.match(first ?? "", /^hardly anybody visits \(2 in the last minute\)/);
});

const totals = { candidateRequests: 0, baselineRequests: 0 };
const open = {
  state: "running",
  baseline: "v1",
  exposure: 500,
  policy: { strategy: "adaptive", maxDurationMs: hour, atMaxDuration: "hold" },
  totals,
} as const;
// oxfmt-ignore
const cases: readonly (readonly [string, Parameters<typeof quietSince>[0], number | undefined])[] = [
  ["one that is open",               open,                                                            0],
  ["one that two have come to",      { ...open, totals: { candidateRequests: 1, baselineRequests: 1 } }, 2],
  ["one whose baseline is visited",  { ...open, totals: { ...totals, baselineRequests: 6 } },         undefined],
  ["one that was met",               { ...open, totals: { ...totals, candidateRequests: 6 } },        undefined],
  ["one that nobody may meet yet",   { ...open, exposure: 0 },                                        undefined],
  ["one that is asked about",        { ...open, state: "held" },                                      undefined],
  ["one that compares nothing",      { ...open, policy: { ...open.policy, strategy: "hold" } },       undefined],
  ["a first release",                { ...open, baseline: undefined },                                undefined],
];
for (const [claim, rollout, expected] of cases) {
  test(`quiet: ${claim} is ${expected === undefined ? "not told" : `told with ${expected}`}`, () =>
    assert.equal(quietSince(rollout)?.requests, expected));
}
