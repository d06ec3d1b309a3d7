/** The remedy for what is slow only after its start. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { youngHint } from "./young.ts";

// oxfmt-ignore
const cases: readonly (readonly [string, Parameters<typeof youngHint>[0], boolean])[] = [
  ["one that was slow at once",              { guardrail: "latency", exposedMs: 40_000 },                      true],
  ["also beside what runs, said outright",   { guardrail: "latency", exposedMs: 40_000, baseline: "running" }, true],
  ["one compared with what is as young",     { guardrail: "latency", exposedMs: 40_000, baseline: "fresh" },   false],
  ["one that was slow for long",             { guardrail: "latency", exposedMs: 300_000 },                     false],
  ["one that failed",                        { guardrail: "errors", exposedMs: 40_000 },                       false],
  ["one that nothing was found against",     { exposedMs: 40_000 },                                            false],
];
for (const [claim, ended, isTold] of cases) {
  test(`young: ${claim} is ${isTold ? "" : "not "}told the remedy`, () => {
    assert.equal(/baseline: fresh/.test(youngHint(ended) ?? ""), isTold);
  });
}
