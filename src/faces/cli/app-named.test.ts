import assert from "node:assert/strict";
import { test } from "node:test";
import { saidBy } from "./answers.testing.ts";

// oxfmt-ignore
const cases: readonly (readonly [words: string, said: string])[] = [
  ["config list shop",              "1 word after list; expected none: to name an app, --app shop\nnext: tidegate config list --app shop"],
  ["release list shop --limit 3",   "1 word after list; expected none: to name an app, --app shop\nnext: tidegate release list --limit 3 --app shop"],
  ["app show --app shop",           "unknown option '--app': the app is named without it\nnext: tidegate app show shop"],
  ["app show --app=shop",           "unknown option '--app=shop': the app is named without it\nnext: tidegate app show shop"],
  ["release list mail --app shop",  "1 word after list; expected none\nnext: tidegate release list --help"],
  ["release list mail --app=shop",  "1 word after list; expected none\nnext: tidegate release list --help"],
  ["status shop",                   "1 word after status; expected none\nnext: tidegate status --help"],
  ["team list --app shop",          "unknown option '--app'\nnext: tidegate team list --help"],
];
for (const [words, said] of cases) {
  test(`an app named the other way: tidegate ${words}`, async () => {
    const ran = await saidBy(words.split(" "), {});
    assert.deepEqual([ran.exitCode, ran.narration.trimEnd()], [2, `tidegate: ${said}`]);
  });
}

test("logs takes the app as a word as well", async () => {
  const lines = [{ release: "v1", processType: "web", instance: "ins_1", text: "hello" }];
  for (const words of [["shop"], ["--app", "shop"]]) {
    const ran = await saidBy(["logs", ...words], { "GET /api/v1/apps/shop/logs": { lines } });
    assert.deepEqual([ran.exitCode, ran.result], [0, "v1 web ns_1 | hello\n"]);
  }
});
