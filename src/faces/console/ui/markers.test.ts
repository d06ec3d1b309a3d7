import assert from "node:assert/strict";
import { test } from "node:test";
import { cutTo } from "./markers.ts";

/** Every character is ten wide. */
const widthOf = (text: string) => Array.from(text).length * 10;

// oxfmt-ignore
const cases: readonly (readonly [label: string, widthMax: number, expected: string])[] = [
  ["Say two",       70, "Say two"],
  ["Say two",       69, "Say t…"],
  ["Say two",       50, "Say…"],
  ["Say two",       20, "S…"],
  ["Say two",       19, ""],
  ["",              0,  ""],
  ["a😀b😀c😀",     40, "a😀b…"],
];
for (const [label, widthMax, expected] of cases) {
  test(`marker: "${label}" in ${widthMax} is "${expected}"`, () => {
    const cut = cutTo(label, widthMax, widthOf);
    assert.equal(cut, expected);
    assert.ok(widthOf(cut) <= widthMax);
  });
}
