import assert from "node:assert/strict";
import { test } from "node:test";
import { invalidInputInWords } from "#domain";
import { saidBy } from "../answers.testing.ts";

const expected = "a reason for the journal: promote does not wait for the evidence";
const detail = invalidInputInWords({ code: "invalid_input", field: "reason", expected });

// oxfmt-ignore
const cases: readonly (readonly [words: readonly string[], said: string])[] = [
  [["shop"],
    `tidegate: --reason is missing; expected ${expected}\nnext: tidegate rollout promote shop --reason "…"\n`],
  [["--app", "shop", "--reason", " "],
    `tidegate: --reason is missing; expected ${expected}\nnext: tidegate rollout promote shop --reason "…"\n`],
  [["shop", "--reason", "odd"],
    `tidegate: ${detail}\nnext: Correct the value and ask again; see: tidegate rollout promote --help\n`],
];
for (const [words, said] of cases) {
  test(`rollout promote ${words.join(" ")}: where the server asks for a reason`, async () => {
    const next = "Correct the value and ask again";
    const ran = await saidBy(["rollout", "promote", ...words], {
      "POST /api/v1/rollouts/shop/promote": { code: "invalid_input", detail, next },
    });
    assert.deepEqual([ran.exitCode, ran.narration], [2, said]);
  });
}
