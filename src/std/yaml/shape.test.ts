import assert from "node:assert/strict";
import { test } from "node:test";
import {
  amount,
  converted,
  described,
  duration,
  either,
  locatedJson,
  mapOf,
  object,
  oneOf,
  type Reader,
  rowOf,
  share,
  text,
} from "#std";
import { parseYaml } from "./index.ts";

const form = object(
  {
    name: text("a name", /^[a-z]+$/),
    share: share(),
    percent: amount({ least: 0, most: 100 }, "%"),
    wait: duration(60_000),
    kind: oneOf(["a", "b"]),
    cells: rowOf(amount({ least: 0, most: 9, isWhole: true }), 2),
    either: either(amount({ least: 0, most: 1 }), object({ x: amount({ least: 0, most: 1 }) })),
    map: mapOf({ pattern: /^\w+$/, expected: "words" }, share()),
  },
  ["name"],
);

/** What is written, and what is read of it or what is said about it. */
// oxfmt-ignore
const rows: readonly (readonly [string, string, unknown])[] = [
  ["a share as a number",           "name: a\nshare: 0.05",  { name: "a", share: 0.05 }],
  ["a share as a percentage",       "name: a\nshare: 5%",    { name: "a", share: 0.05 }],
  ["a share with the digits it has", "name: a\nshare: 0.3 %", { name: "a", share: 0.003 }],
  ["a share above 1",               "name: a\nshare: 101%",  'line 2, share: "101%", expected a share from 0 to 1, such as 0.05 or 5%'],
  ["a share without a number",      "name: a\nshare: x%",    'line 2, share: "x%", expected a share from 0 to 1, such as 0.05 or 5%'],
  ["a percentage",                  "name: a\npercent: 5%",  { name: "a", percent: 5 }],
  ["a number that is none",         "name: a\npercent: .nan", "line 2, percent: null, expected a number from 0 to 100%"],
  ["a duration",                    "name: a\nwait: 5s",     { name: "a", wait: 5000 }],
  ["a duration that is too long",   "name: a\nwait: 5h",     "line 2, wait: \"5h\", expected at most 60s"],
  ["no required key",               "share: 1",              "line 1, name: nothing, expected the key name"],
  ["a misspelt key",                "name: a\nshrae: 1",     "line 2, shrae: shrae, expected a known key; did you mean share?"],
  ["a key of every object",         "name: a\nconstructor: 1", "line 2, constructor: constructor, expected one of the keys name, share, percent, wait, kind, cells, either or map"],
  ["a choice that is none",         "name: a\nkind: c",      'line 2, kind: "c", expected a or b'],
  ["a row",                         "name: a\ncells: [1, 2]", { name: "a", cells: [1, 2] }],
  ["a row of another length",       "name: a\ncells: [1]",   "line 2, cells: a list, expected a list of 2"],
  ["a cell that is none",           "name: a\ncells: [1, x]", 'line 2, cells[1]: "x", expected a whole number from 0 to 9'],
  ["a list that is a map",          "name: a\ncells: {a: 1}", "line 2, cells: a map, expected a list of 2"],
  ["a map inside",                  "name: a\neither: {y: 1}", "line 2, either.y: y, expected a known key; did you mean x?"],
  ["a prototype as a key",          "name: a\nmap: {__proto__: 1}", { name: "a", map: Object.fromEntries([["__proto__", 1]]) }],
];
for (const [claim, written, expected] of rows) {
  test(`shape: ${claim}`, () => {
    const document = parseYaml(written, "x.yaml");
    assert.ok(document.ok && document.value !== undefined);
    const read = form(document.value, "");
    if (read.ok) return assert.deepEqual(read.value, expected);
    const { line, field, found, expected: wanted } = read.error;
    return assert.equal(`line ${line}, ${field}: ${found}, expected ${wanted}`, expected);
  });
}

test("shape: JSON is read by the same forms, all of it on its line", () => {
  const read = form(locatedJson({ name: "a", cells: [1, 10] }, 7), "");
  assert.ok(!read.ok);
  assert.equal(read.error.line, 7);
  assert.equal(read.error.field, "cells[1]");
});

test("shape: a form carries the schema of what it reads", () => {
  const described5: Reader<number> = described("At most five.", amount({ least: 0, most: 5 }));
  const doubled = converted(described5, (value) => value * 2);
  assert.deepEqual(object({ a: doubled }, ["a"]).schema, {
    type: "object",
    properties: { a: { description: "At most five.", type: "number", minimum: 0, maximum: 5 } },
    required: ["a"],
    additionalProperties: false,
  });
  assert.deepEqual(doubled(locatedJson(2, 1), "a"), { ok: true, value: 4 });
});
