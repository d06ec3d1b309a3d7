/** What a log's lines look like in a page: text, without what a terminal or a bidirectional layout would obey. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { stripControls } from "./log-text.ts";

// oxfmt-ignore
const lines: readonly (readonly [string, string, string])[] = [
  ["colours are gone",                    "\u001b[31;1mred\u001b[0m",              "red"],
  ["a cursor that moves is gone",         "\u001b[2K\u001b[1Gdone",                "done"],
  ["a window's title is gone",            "\u001b]0;evil\u0007text",               "text"],
  ["an unfinished escape is harmless",    "a\u001b[",                              "a"],
  ["tabs stay",                           "a\tb",                                  "a\tb"],
  ["a carriage return is gone",           "50 %\r100 %",                           "50 %100 %"],
  ["a turned direction is shown",         "\u202egnp.exe",                         "\ufffdgnp.exe"],
  ["an isolate is shown",                 "\u2066a\u2069",                         "\ufffda\ufffd"],
  ["right-to-left letters stay",          "\u05e9\u05dc\u05d5\u05dd",              "\u05e9\u05dc\u05d5\u05dd"],
  ["markup stays as it was written",      "<script>alert(1)</script>",             "<script>alert(1)</script>"],
];
for (const [claim, line, expected] of lines) {
  test(`console: in a line ${claim}`, () => assert.equal(stripControls(line), expected));
}
