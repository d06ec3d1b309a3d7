import { strict as assert } from "node:assert";
import { test } from "node:test";
import type { DocumentPut } from "#domain";
import { bodyText } from "./json-text.ts";

/* oxlint-disable typescript/no-unsafe-type-assertion -- bodies of which only the text matters */
const written = (kind: string, body: unknown): unknown =>
  JSON.parse(bodyText({ kind, body } as DocumentPut));

test("what PostgreSQL's text cannot hold is replaced, and nothing else", () => {
  // oxfmt-ignore
  const cases = [
    ["nul \0 here",           "nul \u{fffd} here"],
    ["cut \u{d83d}",          "cut \u{fffd}"],
    ["rest \u{de00}\u{d83d}", "rest \u{fffd}\u{fffd}"],
    ["\\\0",                  "\\\u{fffd}"],
    ["whole \u{1f600}",       "whole \u{1f600}"],
    ["spelt \\u0000 \\ud83d", "spelt \\u0000 \\ud83d"],
    ["tab\tand \u0001",       "tab\tand \u0001"],
  ] as const;
  for (const [given, stored] of cases) {
    assert.deepEqual(written("change", { text: given }), { text: stored }, given);
    assert.deepEqual(written("config", { text: given }), { text: given }, "nobody looks into it");
  }
  assert.deepEqual(written("app", { "a\0": [null, 1] }), { "a\u{fffd}": [null, 1] });
});
