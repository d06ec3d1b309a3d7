/** S13: what both judges say of the series in Kayenta's issues. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readVector, vectors } from "./vectors.ts";

// oxfmt-ignore
const expected: readonly (readonly [issue: string, kayenta: string, tidegate: string])[] = [
  ["kayenta#426",    "Pass", "not_enough_evidence"],
  ["spinnaker#6278", "Pass", "harmful"],
  ["kayenta#799",    "High", "harmful"],
  ["identical",      "Pass", "not_enough_evidence"],
];
for (const [issue, kayenta, tidegate] of expected) {
  test(`vectors: ${issue} is ${kayenta} to Kayenta and ${tidegate} to Tidegate`, () => {
    const vector = vectors.find(({ name }) => name.startsWith(issue));
    assert.ok(vector !== undefined);
    const reading = readVector(vector);
    assert.deepEqual([reading.kayenta, reading.tidegate], [kayenta, tidegate]);
  });
}

test("vectors: every vector has its line", () => {
  assert.equal(expected.length, vectors.length);
});
