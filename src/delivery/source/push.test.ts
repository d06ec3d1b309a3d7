import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePushOptions, type PushOptions } from "./push.ts";

type Case = readonly [
  claim: string,
  raw: readonly string[],
  options: PushOptions,
  warnings: number,
];
const plain: PushOptions = { wait: false, detach: false };

// oxfmt-ignore
const cases: readonly Case[] = [
  ["none is the default",          [],                               plain,                               0],
  ["wait is read",                 ["wait"],                         { ...plain, wait: true },            0],
  ["detach is read",               ["detach"],                       { ...plain, detach: true },          0],
  ["detach wins over wait",        ["wait", "detach"],               { ...plain, detach: true },          1],
  ["a reason lets secrets in",     ["allow-secrets=test key = ok"],  { ...plain, allowSecrets: "test key = ok" }, 0],
  ["no reason lets nothing in",    ["allow-secrets", "allow-secrets= "], plain,                           2],
  ["the unknown is told",          ["force", "wait=yes"],            plain,                               2],
];

for (const [claim, raw, options, warnings] of cases) {
  test(`push options: ${claim}`, () => {
    const parsed = parsePushOptions(raw);
    assert.deepEqual(parsed.options, options);
    assert.equal(parsed.warnings.length, warnings);
  });
}

test("push options: what an unknown one says cannot move the cursor", () => {
  const [warning = ""] = parsePushOptions(["\u001b[2Jboo\r"]).warnings;
  assert.match(warning, /boo/);
  assert.ok(!/\p{Cc}/u.test(warning));
});
