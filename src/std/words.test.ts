import { strict as assert } from "node:assert";
import { test } from "node:test";
import { ago, bytes, count, counted, percent, short, spoken } from "./words.ts";

// oxfmt-ignore
const rows: readonly (readonly [said: string, expected: string])[] = [
  [count(3_904),             "3,904"],
  [counted(1, "user"),       "1 user"],
  [counted(0, "user"),       "0 users"],
  [percent(0),               "0 %"],
  [percent(0.475),           "47.5 %"],
  [percent(0.0019),          "0.19 %"],
  [percent(-0.475),          "-47.5 %"],
  [bytes(512),               "512 B"],
  [bytes(4_100_000),         "4.1 MB"],
  [bytes(86_114_304),        "86 MB"],
  [bytes(76_700_000_000),    "76.7 GB"],
  [ago(0, 4_999),            "just now"],
  [ago(0, 59_999),           "59 s ago"],
  [ago(0, 47 * 3_600_000),   "47 h ago"],
  [ago(0, 48 * 3_600_000),   "2 d ago"],
  [short("a41c9d2e5f"),      "a41c9d2"],
  [spoken("rolled_back_of"), "rolled back of"],
];
for (const [said, expected] of rows) {
  test(`words: ${expected}`, () => assert.equal(said, expected));
}
