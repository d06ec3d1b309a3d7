import assert from "node:assert/strict";
import { test } from "node:test";
import { signInSearch } from "./sign-in-search.ts";

// oxfmt-ignore
const cases: readonly (readonly [string, unknown, string | undefined])[] = [
  ["a path is kept",                     "/changes/chg_1?log=test#logs", "/changes/chg_1?log=test#logs"],
  ["another site is not",                "https://evil.example/",        undefined],
  ["nor one without its scheme",         "//evil.example/",              undefined],
  ["nor with a backslash",               "/\\evil.example/",             undefined],
  ["nor a script",                       "javascript:alert(1)",          undefined],
  ["nor what is no text",                ["/"],                          undefined],
];
for (const [claim, given, expected] of cases) {
  test(`console: where to go after signing in: ${claim}`, () => {
    assert.equal(signInSearch({ return: given }).return, expected);
  });
}
