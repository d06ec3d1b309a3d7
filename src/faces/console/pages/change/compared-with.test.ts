import assert from "node:assert/strict";
import { test } from "node:test";
import { comparedInWords } from "./compared-with.ts";

const commit = "a41c9d2000000000000000000000000000000000";
// oxfmt-ignore
const cases: readonly (readonly [string, Parameters<typeof comparedInWords>[0]["comparedWith"], RegExp])[] = [
  ["what users had, by its number", { commit, release: 3 }, /^Compared with v3 \(a41c9d2\), which users had before it\.$/],
  ["the push before, and why",      { commit },             /^Compared with a41c9d2, the push before it: no release is known/],
  ["nothing",                       {},                     /all of it is new/],
];
for (const [claim, comparedWith, expected] of cases) {
  test(`console: a diff says with what: ${claim}`, () =>
    assert.match(comparedInWords({ comparedWith }), expected));
}
