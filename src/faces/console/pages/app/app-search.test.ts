import assert from "node:assert/strict";
import { test } from "node:test";
import { appSearch } from "./app-search.ts";

// oxfmt-ignore
const cases: readonly (readonly [string, Record<string, unknown>, object])[] = [
  ["nothing is releases",              {},                                    {}],
  ["a view by its name",               { view: "logs" },                      { view: "logs" }],
  ["the first view is not written",    { view: "releases" },                  {}],
  ["an unknown view is left out",      { view: "admin" },                     {}],
  ["two releases",                     { from: 3, to: 5 },                    { from: 3, to: 5 }],
  ["one release alone is nothing",     { from: 3 },                           {}],
  ["a number that is none",            { from: "3", to: -1, line: 0.5 },      {}],
  ["a line of an instance",            { instance: "ins_1a", line: 12 },      { instance: "ins_1a", line: 12 }],
  ["an instance that is a path",       { instance: "../../etc" },             {}],
];
for (const [claim, given, expected] of cases) {
  test(`app page address: ${claim}`, () => assert.deepEqual(appSearch(given), expected));
}
