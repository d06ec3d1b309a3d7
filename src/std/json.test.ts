import { strict as assert } from "node:assert";
import { test } from "node:test";
import { canonicalJson, isSameJson } from "./json.ts";

const values: readonly unknown[] = [
  null,
  0,
  1,
  "1",
  "",
  true,
  [],
  [1],
  [1, 2],
  [2, 1],
  {},
  { a: 1 },
  { a: undefined, b: 1 },
  { b: 1 },
  { a: 1, b: 2 },
  { b: 2, a: 1 },
  { a: [{ b: null }] },
  { a: [{ b: 0 }] },
  { 0: 1 },
  { x: {} },
  JSON.parse('{"__proto__":{}}'),
];

test("values are the same when their canonical texts are", () => {
  for (const a of values) {
    for (const b of values) {
      const expected = canonicalJson(a) === canonicalJson(b);
      assert.equal(isSameJson(a, b), expected, `${JSON.stringify(a)} and ${JSON.stringify(b)}`);
    }
  }
});

test("the same after it was written and read", () => {
  const value = { b: [1, { d: "x", c: undefined }], a: null };
  assert(isSameJson(value, JSON.parse(JSON.stringify(value))));
});
