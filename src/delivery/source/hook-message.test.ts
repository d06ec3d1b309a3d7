import assert from "node:assert/strict";
import { test } from "node:test";
import { parseHookMessage } from "./hook-message.ts";
import { pushOptionsMax, refUpdatesMax } from "./limits.ts";

const zero = "0".repeat(40);
const one = "1".repeat(40);
const head = ["pre-receive", "quarantine /r/objects/q"];
const update = `update ${zero} ${one} refs/heads/main`;

test("hook message: a push with options is read", () => {
  assert.deepEqual(parseHookMessage([...head, update, "option wait", "option a=b c"]), {
    ok: true,
    value: {
      hook: "pre-receive",
      quarantine: "/r/objects/q",
      updates: [{ ref: "refs/heads/main", after: one }],
      options: ["wait", "a=b c"],
    },
  });
});

test("hook message: an option with line breaks can add no update", () => {
  const parsed = parseHookMessage([...head, update, "option x", `update ${zero} ${one} refs/y`]);
  assert.ok(parsed.ok);
  assert.equal(parsed.value.updates.length, 1);
});

// oxfmt-ignore
const refused: readonly (readonly [claim: string, lines: readonly string[]])[] = [
  ["nothing at all",           []],
  ["another hook",             ["update", "quarantine "]],
  ["no quarantine line",       ["pre-receive", update]],
  ["an update without a ref",  [...head, `update ${zero} ${one} `]],
  ["an update of half an id",  [...head, `update ${zero} 1234 refs/heads/main`]],
  ["a line of no kind",        [...head, "hello"]],
  ["too many updates",         [...head, ...Array.from({ length: refUpdatesMax + 1 }, () => update)]],
  ["too many options",         [...head, update, ...Array.from({ length: pushOptionsMax + 1 }, () => "option x")]],
  ["an option without end",    [...head, update, `option ${"x".repeat(1001)}`]],
];

for (const [claim, lines] of refused) {
  test(`hook message: ${claim} is refused`, () => {
    const parsed = parseHookMessage(lines);
    assert.ok(!parsed.ok);
    assert.equal(parsed.error.code, "invalid_input");
  });
}
