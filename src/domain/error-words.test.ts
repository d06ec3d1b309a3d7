import assert from "node:assert/strict";
import { test } from "node:test";
import { sure } from "#std/testing";
import { forbiddenInWords, invalidInputInWords, nextOfForbidden } from "./error-words.ts";
import type { Forbidden, InvalidInput } from "./errors.ts";
import { parseAppName } from "./ids.ts";

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

const onShop = { kind: "app", app: sure(parseAppName("shop")) } as const;
const forbidden = {
  code: "forbidden",
  who: "bo",
  permission: "config.write",
  on: onShop,
  isTokenTooNarrow: false,
  grantors: ["ana"],
} as const satisfies Forbidden;
// oxfmt-ignore
const refusals: readonly (readonly [error: Forbidden, expected: string, next: RegExp])[] = [
  [forbidden,                                          "app shop: bo may not change configuration; that takes config.write",                          /^Ask ana: tidegate grant add bo operator --on app:shop$/],
  [{ ...forbidden, on: { kind: "platform" } },         "bo may not change configuration; that takes config.write on the whole platform",              /--on platform$/],
  [{ ...forbidden, isTokenTooNarrow: true },           "app shop: this token may not change configuration; that takes config.write",                  /^Use another token: bo may do this, this token may not/],
  [{ ...forbidden, isForOthersToo: true },             "app shop: bo may not change configuration of all apps that go together with it, not all of which they see; that takes config.write", /^Ask who may change configuration of all of them/],
];
for (const [error, expected, next] of refusals) {
  test(`forbidden in words: ${expected}`, () => {
    assert.equal(forbiddenInWords(error), expected);
    assert.match(nextOfForbidden(error), next);
  });
}
