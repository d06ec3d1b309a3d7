import assert from "node:assert/strict";
import { test } from "node:test";
import { platformSearch } from "./platform-search.ts";

// oxfmt-ignore
const cases: readonly (readonly [string, Record<string, unknown>, object])[] = [
  ["nothing is the first one may see", {},                              {}],
  ["the machine by its name",          { view: "machine" },             { view: "machine" }],
  ["a view by its name",               { view: "audit", before: 9 },  { view: "audit", before: 9 }],
  ["whose roles are looked at",        { view: "people", roles: "team:ops" }, { view: "people", roles: "team:ops" }],
  ["roles are among the people",       { view: "audit", roles: "ana" }, { view: "audit" }],
  ["whose members are looked at",      { view: "people", members: "ops" }, { view: "people", members: "ops" }],
  ["what makes no sense is left out",  { view: "x", before: -1 },       {}],
];
for (const [claim, given, expected] of cases) {
  test(`platform page address: ${claim}`, () => assert.deepEqual(platformSearch(given), expected));
}
