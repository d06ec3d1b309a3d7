/** What a guardrail's card says: shares as shares, times as times, differences in percentage points. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { GuardrailResource, RolloutResource } from "#faces/api/contract";
import {
  armNames,
  guardrailSentence,
  shownVerdict,
  verdictInShort,
  whyTwoTimes,
} from "./guardrail-sentence.ts";
import { guardrail, rollout } from "./rollout.testing.ts";

const latency = guardrail({
  name: "latency",
  unit: "requests",
  // A bound of the grid: the candidate's is two cells further, which is 1.5 times as long rounded up.
  thresholdMs: 128,
  baseline: { events: 1, sample: 80 },
  candidate: { events: 9, sample: 10 },
  tolerance: { ratio: 1.5, absolute: 0.01 },
});

// oxfmt-ignore
const cases: readonly (readonly [string, GuardrailResource, RegExp])[] = [
  ["harm is told in percentage points",      guardrail({ verdict: "harmful", candidate: { events: 40, sample: 100 } }), /^40 % of users met a failure; of the version before, 0\.2 %\. That is 39\.8 percentage points more; up to 0\.5 percentage points more would be tolerated\.$/],
  ["safety says what shows it",              guardrail({ verdict: "safe", candidate: { events: 2, sample: 1000 } }),    /That is no difference, and the evidence is that it stays within what is tolerated: 0\.5 percentage points more\.$/],
  ["fewer are fewer",                        guardrail({ verdict: "safe", candidate: { events: 0, sample: 1000 } }),    /0\.2 percentage points fewer/],
  ["what is not known yet says so",          guardrail(),                                                               /not enough is known yet\.$/],
  ["latency tells both times",               latency,                                                                   /^90 % of requests took longer than \d+ ms; of the version before, 1\.25 % took longer than 128 ms\./],
];
for (const [claim, one, expected] of cases) {
  test(`console: ${claim}`, () =>
    assert.match(guardrailSentence(one, { isOver: false }), expected));
}

test("console: the arms of latency are called by the times that count for each", () => {
  assert.equal(armNames(latency).baseline, "baseline, over 128 ms");
  assert.match(armNames(latency).candidate, /^candidate, over (?!128)\d+ ms$/);
  assert.deepEqual(armNames(guardrail()), { baseline: "baseline", candidate: "candidate" });
  assert.match(whyTwoTimes(latency) ?? "", /1\.5 times as long/);
  assert.equal(whyTwoTimes(guardrail()), undefined);
});

// oxfmt-ignore
const shown: readonly (readonly [string, Partial<GuardrailResource>, RolloutResource["verdict"]["kind"], GuardrailResource["verdict"]])[] = [
  ["safe is safe",                                    { verdict: "safe" },                    "safe",         "safe"],
  ["nothing compared is safe in a broken split",      { verdict: "safe" },                    "split_broken", "split_broken"],
  ["nor while counts are missing",                    { verdict: "safe" },                    "data_missing", "data_missing"],
  ["a fact needs no split",                           { verdict: "safe", unit: "instances" }, "split_broken", "safe"],
  ["harm is harm",                                    { verdict: "harmful" },                 "split_broken", "harmful"],
];
for (const [claim, more, kind, expected] of shown) {
  test(`console: ${claim}`, () =>
    assert.equal(
      shownVerdict(guardrail(more), rollout({ verdict: { kind, sentence: "" } })),
      expected,
    ));
}

function told(more: Partial<RolloutResource>, isOver = false): string {
  return verdictInShort(rollout(more), isOver);
}

test("console: all guardrails together are told in a sentence without numbers", () => {
  assert.equal(
    told({}),
    "Nothing speaks against it; not enough is known yet of errors and latency.",
  );
  assert.equal(told({}, true), "Not enough was known of errors and latency.");
  const { evidence } = rollout();
  const harmed = { ...evidence, guardrails: [guardrail({ verdict: "harmful" })] };
  const verdict = { kind: "harmful", sentence: "" } as const;
  assert.equal(told({ evidence: harmed, verdict }), "It is worse than what is tolerated: errors.");
});
