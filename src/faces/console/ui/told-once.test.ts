import assert from "node:assert/strict";
import { test } from "node:test";
import { toldOnce } from "./told-once.ts";

// oxfmt-ignore
const cases: readonly (readonly [claim: string, (string | undefined)[], string[]])[] = [
  ["nothing of nothing",             [undefined],                             []],
  ["one as it is",                   ["you need A; ask ana"],                 ["you need A; ask ana"]],
  ["the same one once",              ["you need A; ask ana", undefined, "you need A; ask ana"], ["you need A; ask ana"]],
  ["whom to ask once",               ["you need A; ask ana", "you need B; ask ana"], ["you need A", "you need B", "ask ana"]],
  ["different ends as they are",     ["you need A; ask ana", "you need B; ask bo"],  ["you need A; ask ana", "you need B; ask bo"]],
  ["reasons without such an end",    ["it has ended", "it is asked already"],  ["it has ended", "it is asked already"]],
];
for (const [claim, whys, expected] of cases) {
  test(`reasons: ${claim}`, () => assert.deepEqual(toldOnce(whys), expected));
}
