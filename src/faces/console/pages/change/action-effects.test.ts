/** What a person is told before they act: the effect, how many it meets, and why not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RolloutResource } from "#faces/api/contract";
import { actionEffects, type PageAction, usersNow } from "./action-effects.ts";
import { rollout } from "./rollout.testing.ts";

const asked = { kind: "promote", by: "ben", reason: "", at: 5 } as const;
const safe = { kind: "safe", sentence: "safe" } as const;

// oxfmt-ignore
const cases: readonly (readonly [string, PageAction, Partial<RolloutResource>, RegExp | undefined])[] = [
  ["a running one can be paused",             "pause",   {},                                   undefined],
  ["a paused one can be resumed",             "resume",  { state: "paused" },                  undefined],
  ["a baking one cannot be paused",           "pause",   { state: "baking" },                  /only a running rollout/],
  ["nothing is approved that nobody asks for", "approve", {},                                  /no step waits/],
  ["a gate can be approved",                  "approve", { state: "held", waitsSince: 4 },     undefined],
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

function promoteNeedsReason(more: Partial<RolloutResource>): boolean | undefined {
  return actionEffects(rollout(more)).find(({ action }) => action === "promote")?.isReasonNeeded;
}

test("console: going over the evidence needs a reason, and following it does not", () => {
  assert.equal(promoteNeedsReason({}), true);
  assert.equal(promoteNeedsReason({ verdict: safe }), false);
  assert.equal(promoteNeedsReason({ state: "baking" }), false);
});
