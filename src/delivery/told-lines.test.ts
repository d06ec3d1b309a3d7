/** Of what a build prints, a push shows each line once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { renderLogLine } from "#delivery/feedback";
import { toldLines } from "./told-lines.ts";

const at = { stage: "build" } as const;

test("told lines: the end of a log that was told as it came is not told again with the failure", () => {
  const output = toldLines();
  const printed = ["npm error code E404", "npm error 404 Not Found"];
  const shown = printed.flatMap((text) => output.line({ ...at, text }));
  assert.deepEqual(
    shown,
    printed.map((text) => renderLogLine(text)),
  );
  assert.deepEqual(output.over(), []);
  const failure = ["build      0.9 s   failed: npm ci ended with exit code 1", ...shown];
  assert.deepEqual(output.news(failure), failure.slice(0, 1));
  assert.deepEqual(output.news(shown), shown, "what a later entry quotes is its own");
});

test("told lines: what was left out is told with the failure, and that there is more", () => {
  const output = toldLines();
  let told = 0;
  const texts = Array.from({ length: 2_000 }, (_, index) => `line ${index}`);
  for (const text of texts) told += output.line({ ...at, text }).length;
  assert.ok(told < texts.length);
  assert.match(output.over().join(""), new RegExp(`… ${texts.length - told} more lines`));
  const last = [renderLogLine("line 1999")];
  assert.deepEqual(output.news(last), last);
});

test("told lines: of tests the report says what failed", () => {
  assert.deepEqual(toldLines().line({ stage: "test", text: "not ok 1" }), []);
});
