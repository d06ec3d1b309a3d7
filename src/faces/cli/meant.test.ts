import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesOf } from "./manual/pages.ts";
import { asked, elsewhere, meant } from "./meant.ts";
import { programOf } from "./program.ts";
import { silent } from "./silent.testing.ts";

const program = programOf(silent, "0");
const names = pagesOf(program.command)
  .map(({ name }) => name)
  .filter((name) => name !== "");

// oxfmt-ignore
const cases: readonly (readonly [typed: string, expected: readonly string[]])[] = [
  ["rollback",          ["tidegate release rollback"]],
  ["rollback v3",       ["tidegate release rollback"]],
  ["promote",           ["tidegate rollout promote"]],
  ["promot",            ["tidegate rollout promote"]],
  ["abort shop",        ["tidegate rollout abort"]],
  ["deploy",            ["git push tide main"]],
  ["push origin main",  ["git push tide main"]],
  ["delete",            ["tidegate app delete NAME"]],
  ["version",           ["tidegate --version"]],
  ["get apps",          ["tidegate app list"]],
  ["describe app shop", ["tidegate app show NAME"]],
  ["rollout status",    ["tidegate rollout show"]],
  ["rollout undo shop", ["tidegate release rollback"]],
  ["app info",          ["tidegate app show"]],
  ["config:set A=b",    ["tidegate config set"]],
  ["apps:create shop",  ["tidegate app create"]],
  ["create app",        ["tidegate app create"]],
  ["list apps",         ["tidegate app list"]],
  ["chnge",             ["tidegate change"]],
  ["chnge wtch",        ["tidegate change watch"]],
  ["app lst",           ["tidegate app list"]],
  ["change rollback",   ["tidegate release rollback"]],
  ["verify",            ["tidegate evidence verify", "tidegate journal verify", "tidegate audit verify"]],
  ["remove",            []], // five commands do
  ["app xyz",           []],
  ["xyzzy",             []],
  ["constructor",       []],
];
for (const [typed, expected] of cases) {
  test(`meant by tidegate ${typed}`, () => {
    assert.deepEqual(meant(typed.split(" "), names), expected);
  });
}

test("meant: what other tools call it is no command here, and what we call it is one", () => {
  for (const [typed, command] of Object.entries(elsewhere)) {
    assert.equal(names.includes(typed), false, typed);
    const [, page] = /^tidegate ([a-z -]+?)(?: --[a-z]+| [A-Z]+)?$/.exec(command) ?? [];
    assert.ok(
      command.startsWith("git ") || command === "tidegate --version" || names.includes(page ?? ""),
      command,
    );
  }
});

// oxfmt-ignore
const questions: readonly (readonly [commands: readonly string[], hint: string, next: string | undefined])[] = [
  [[],                            "",                                        undefined],
  [["tidegate app delete NAME"],  ". Did you mean tidegate app delete NAME?", "tidegate help app delete"],
  [["tidegate up --detach"],      ". Did you mean tidegate up --detach?",    "tidegate help up"],
  [["tidegate --version"],        ". Did you mean tidegate --version?",      "tidegate --version"],
  [["git push tide main"],        ". Did you mean git push tide main?",      "git push tide main"],
  [["tidegate a b", "tidegate c"], ". Did you mean tidegate a b or tidegate c?", "tidegate help a b"],
];
for (const [commands, hint, next] of questions) {
  test(`asked: ${commands.join(", ") || "nothing"}`, () => {
    const found = asked(commands);
    assert.deepEqual([found.hint, found.next], [hint, next]);
  });
}
