import assert from "node:assert/strict";
import { test } from "node:test";
import { invalidInputInWords } from "./error-words.ts";
import type { InvalidInput } from "./errors.ts";

const file = "tidegate.yaml";
// oxfmt-ignore
const cases: readonly (readonly [input: Omit<InvalidInput, "code">, expected: string])[] = [
  [{ field: "release", found: "x", expected: "a number" },                 "release is x; expected a number"],
  [{ field: "reason", expected: "a reason" },                              "reason: expected a reason"],
  [{ field: "stpo", found: "stpo", expected: "a known key" },              "stpo: expected a known key"],
  [{ field: file, file, found: "Tabs", expected: "valid YAML" },           "expected valid YAML; found: Tabs"],
  [{ field: file, file, expected: "valid TOML" },                          "expected valid TOML"],
  [{ field: "", file, found: "a list", expected: "a map with processes" }, "expected a map with processes; found: a list"],
];
for (const [input, expected] of cases) {
  test(`invalid input in words: ${expected}`, () => {
    assert.equal(invalidInputInWords({ code: "invalid_input", ...input }), expected);
  });
}
