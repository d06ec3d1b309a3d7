import assert from "node:assert/strict";
import { test } from "node:test";
import { auditWords } from "./audit.ts";

const [old, young] = ["a".repeat(40), `b1234567${"c".repeat(32)}`];
const grant = { role: "developer", scope: { kind: "app", app: "shop" } };

// oxfmt-ignore
const cases: readonly (readonly [claim: string, Parameters<typeof auditWords>[0], string])[] = [
  ["what is new",               { after: { host: "www.shop.test" } },                                   "host www.shop.test"],
  ["not which app, twice",      { app: "shop", after: { app: "shop" } },                                ""],
  ["another app",               { app: "shop", after: { app: "web" } },                                 "app web"],
  ["what is gone",              { before: { token: "tok_1" } },                                         "token tok_1"],
  ["what was and is",           { before: { name: "a" }, after: { name: "b" } },                        "name a -> b"],
  ["what stayed, once",         { before: { user: "bo", state: "on" }, after: { user: "bo", state: "off" } }, "user bo; state on -> off"],
  ["what became nothing",       { before: { grants: [grant] }, after: { grants: [] } },                 "grants developer on app shop -> nothing"],
  ["nothing that is empty",     { after: { user: "bo", note: "", teams: [] } },                         "user bo"],
  ["commits in short",          { before: { commit: old }, after: { commit: young, subject: "Say two" } }, "commit aaaaaaa -> b123456; subject Say two"],
  ["instants as such",          { after: { expiresAt: Date.UTC(2026, 0, 2, 3, 4) } },                   "expiresAt 2026-01-02 03:04 UTC"],
  ["why, before anything else", { after: { command: "abort", step: 1 }, why: "it looked wrong" },       "because: it looked wrong; command abort; step 1"],
];
for (const [claim, told, words] of cases) {
  test(`audit tells ${claim}`, () => assert.equal(auditWords(told), words));
}
