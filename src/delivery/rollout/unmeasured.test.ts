import assert from "node:assert/strict";
import { test } from "node:test";
import type { GuardrailState, MetricPolicy, Rollout } from "#domain";
import { unmeasuredAfterMs, unmeasuredToldMs } from "./limits.ts";
import { inStep, start, under } from "./policies.testing.ts";
import { defaultRolloutPolicy } from "./policy.ts";
import { type LastingProblem, noteUnmeasured, unmeasuredEntry } from "./unmeasured.ts";

const metric: MetricPolicy = { from: "otlp", events: "checkout_failed", sample: "checkouts" };
const checkout = { name: "checkout", tolerance: { ratio: 1.5 }, metric };
const policy = { guardrails: [...defaultRolloutPolicy.guardrails, checkout] };

/** A rollout under way, of whose checkouts this many were counted in each arm. */
function counted(candidate: number, baseline: number, more: Partial<Rollout> = {}): Rollout {
  const begun = under(policy, inStep(0, 20));
  const state: GuardrailState = {
    name: "checkout",
    verdict: "no_traffic",
    unit: "requests",
    baseline: { events: 0, sample: baseline },
    candidate: { events: 0, sample: candidate },
    tolerance: { ratio: 1.5 },
    logEHarm: 0,
    logESafe: 0,
    logEThreshold: 3,
  };
  const totals = { ...begun.totals, candidateRequests: 40, baselineRequests: 160 };
  return { ...begun, totals, verdict: { ...begun.verdict, guardrails: [state] }, ...more };
}

const unknown: LastingProblem = {
  guardrail: "checkout",
  code: "no_data",
  because: "neither release ever reported checkout_failed",
  forMs: unmeasuredToldMs,
};
const later = start + unmeasuredAfterMs;
const nobody = { ...counted(0, 0).totals, candidateRequests: 0 };

// oxfmt-ignore
const cases: readonly (readonly [claim: string, Rollout, readonly LastingProblem[], now: number, told: readonly RegExp[]])[] = [
  ["a problem of its source is told",                counted(0, 0), [unknown], start + 5_000, [/neither release ever reported/]],
  ["one poll that failed is not",                    counted(0, 0), [{ ...unknown, forMs: unmeasuredToldMs - 1 }], start + 5_000, []],
  ["requests of which nothing is counted are told",  counted(0, 90), [], later, [/nothing was counted of it for the candidate, though 40 of its requests were/]],
  ["of the baseline, too",                           counted(30, 0), [], later, [/for the baseline, though 160/]],
  ["not before there was time for it",               counted(0, 90), [], later - 1, []],
  ["nor when nobody came",                           counted(0, 0, { totals: nobody }), [], later, []],
  ["nor what is counted",                            counted(30, 90), [], later, []],
  ["nor of guardrails that need no metric",          { ...counted(0, 0), policy: defaultRolloutPolicy }, [unknown], later, []],
  ["nor where there is nothing to compare with",     withoutBaseline(counted(0, 0)), [unknown], later, []],
];
for (const [claim, rollout, problems, now, expected] of cases) {
  test(`not measured: ${claim}`, () => {
    const { told } = noteUnmeasured(rollout, problems, now);
    assert.equal(told.length, expected.length, JSON.stringify(told));
    for (const [index, because] of expected.entries()) {
      assert.match(told[index]?.because ?? "", because);
    }
  });
}

function withoutBaseline({ baseline: _none, ...rollout }: Rollout): Rollout {
  return rollout;
}

test("not measured: it is told once, with what, where and what to do, and remembered when it is over", () => {
  const first = noteUnmeasured(counted(0, 0), [unknown], later);
  const [told] = first.told;
  assert.ok(told !== undefined);
  const { data } = unmeasuredEntry(counted(0, 0), told);
  assert.equal(data.metric, "checkout_failed of checkouts");
  assert.match(data.where, /OpenTelemetry metrics that instances of both releases/);
  assert.match(data.next, /add 0 to the counter/);
  const told2 = noteUnmeasured(counted(0, 0, { unmeasured: first.unmeasured }), [unknown], later);
  assert.deepEqual(told2, { unmeasured: first.unmeasured, told: [] });
  const over = noteUnmeasured(counted(30, 90, { unmeasured: first.unmeasured }), [], later);
  assert.deepEqual(over, { unmeasured: [{ ...told, isOver: true }], told: [] });
  const again = noteUnmeasured(counted(30, 90, over), [unknown], later + 1);
  assert.deepEqual(again, { unmeasured: [told], told: [] });
});
