/** The headline never says more of a user than their key tells. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { placeSentence } from "./place-sentence.ts";

// oxfmt-ignore
const cases: readonly (readonly [Parameters<typeof placeSentence>[0], string])[] = [
  [{ isIn: false, release: "v2", by: "chance" },    "By this key alone: not in it, with v2"],
  [{ isIn: true, release: "v3", by: "rule" },       "By this key alone: in it, with v3"],
  [{ isIn: true, release: "v3", by: "everybody" },  "In it: this user has v3, as everybody"],
  [{ isIn: false, by: "everybody" },                "Not in it: this user has nothing, as everybody"],
];
for (const [place, expected] of cases) {
  test(`console: a user who is ${place.isIn ? "in" : "out"} by ${place.by} reads "${expected}"`, () => {
    assert.equal(placeSentence(place), expected);
  });
}
