/** What a person is told before they act: the effect, how many it meets, and why not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RolloutResource } from "#faces/api/contract";
import { actionEffects, effectNow, type PageAction, usersNow } from "./action-effects.ts";
import { rollout } from "./rollout.testing.ts";

const asked = { kind: "promote", by: "ben", reason: "", at: 5 } as const;
const { policy } = rollout();
const gate = { weightPercent: 10, forMs: 300_000, until: "approval" } as const;
const evidence = { weightPercent: 50, forMs: 300_000, until: "safe" } as const;
const gated = { policy: { ...policy, steps: [gate, evidence] } };
const ungated = { policy: { ...policy, steps: [evidence, gate] } };
const byRule: Partial<RolloutResource> = {
  policy: { ...policy, steps: [evidence], cohorts: { rules: [], aloneMs: 0, until: "approval" } },
};
const preview: Partial<RolloutResource> = {
  policy: { ...policy, strategy: "blue-green" },
  steps: ["preview"],
};
const adaptive: Partial<RolloutResource> = {
  policy: { ...policy, strategy: "adaptive" },
  steps: ["as many"],
};
const safe = { kind: "safe", sentence: "safe" } as const;

// oxfmt-ignore
const cases: readonly (readonly [string, PageAction, Partial<RolloutResource>, RegExp | undefined])[] = [
  ["a running one can be paused",             "pause",   {},                                   undefined],
  ["a paused one can be resumed",             "resume",  { state: "paused" },                  undefined],
  ["a baking one cannot be paused",           "pause",   { state: "baking" },                  /only a running rollout/],
  ["nothing is approved that nobody asks for", "approve", {},                                  /no step waits/],
  ["a gate can be approved",                  "approve", { ...gated, state: "held", waitsSince: 4 },     undefined],
  ["a gate that is paused can be approved",   "approve", { ...gated, state: "paused", waitsSince: 4 },   undefined],
  ["and is not resumed",                      "resume",  { ...gated, state: "held", waitsSince: 4, asks: "tidegate rollout approve rol_1 --step 1, or tidegate rollout abort" }, /waits for approval/],
  ["held there for want of data it is",       "resume",  { ...gated, state: "held", waitsSince: 4, asks: "tidegate rollout abort, or tidegate rollout promote" }, undefined],
  ["paused there it is",                      "resume",  { ...gated, state: "paused", waitsSince: 4 },   undefined],
  ["users by rule can be approved",           "approve", { ...byRule, state: "held", waitsSince: 4 },    undefined],
  ["and the step after them cannot",          "approve", { ...byRule, state: "held", waitsSince: 4, stepNumber: 2 }, /no step waits/],
  ["a preview can be approved",               "approve", { ...preview, state: "held", waitsSince: 4 },   undefined],
  ["a pause is no gate",                      "approve", { ...ungated, state: "paused", waitsSince: 4 }, /no step waits/],
  ["nor is one of an adaptive rollout",       "approve", { ...adaptive, state: "paused", waitsSince: 4 }, /no step waits/],
  ["nor is being held since time is over",    "approve", { ...adaptive, state: "held", waitsSince: 4 },  /no step waits/],
  ["what was asked for is not asked twice",   "promote", { command: asked },                   /promote was asked for/],
  ["the way back is open all the same",       "abort",   { command: asked },                   undefined],
  ["what is over is over",                    "abort",   { state: "promoted" },                /the rollout is over/],
];
for (const [claim, action, more, refusal] of cases) {
  test(`console: ${claim}`, () => {
    const effect = actionEffects(rollout(more)).find((one) => one.action === action);
    assert.ok(effect);
    if (refusal === undefined) assert.equal(effect.refusal, undefined);
    else assert.match(effect.refusal ?? "", refusal);
  });
}

test("console: every action has its own key, and the users it meets are named", () => {
  const effects = actionEffects(rollout({ state: "held", waitsSince: 4 }));
  assert.equal(new Set(effects.map(({ key }) => key)).size, effects.length);
  assert.equal(usersNow(rollout({})), "340 users have met it so far.");
});

test("console: a question tells the share of users there is, and the step that was asked about", () => {
  const seen = rollout({ ...gated, state: "running" });
  const now = rollout({ ...gated, exposurePercent: 30, stepNumber: 2 });
  const effects = Object.fromEntries(actionEffects(seen).map((one) => [one.action, one]));
  assert.ok(effects["pause"] && effects["approve"]);
  assert.match(effectNow(effects["pause"], now), /^Exposure stays at 30 %/);
  assert.match(effectNow(effects["approve"], now), /^Step 1 of 2 passes/);
});

function promoteNeedsReason(more: Partial<RolloutResource>): boolean | undefined {
  return actionEffects(rollout(more)).find(({ action }) => action === "promote")?.isReasonNeeded;
}

test("console: going over the evidence needs a reason, and following it does not", () => {
  assert.equal(promoteNeedsReason({}), true);
  assert.equal(promoteNeedsReason({ verdict: safe }), false);
  assert.equal(promoteNeedsReason({ state: "baking" }), false);
});
