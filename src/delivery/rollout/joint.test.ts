import assert from "node:assert/strict";
import { test } from "node:test";
import type { Rollout, RolloutPolicy } from "#domain";
import type { Decision } from "./decision.ts";
import { logThresholds } from "./guardrails.ts";
import { inCommon, jointPolicies, ownPart, toldBy } from "./joint.ts";
import { policyProblem } from "./recording/policy-problem.ts";
import { defaultRolloutPolicy } from "./policy.ts";
import { inStep, type Routed } from "./routes.ts";

const wait: Decision = { kind: "wait", because: "few came" };
const hold: Decision = { kind: "hold", because: "a gate", next: "approve" };
const back: Decision = { kind: "roll_back", because: "errors" };
const promote: Decision = { kind: "promote", because: "safe" };
const to = (buckets: number, step?: number): Decision => ({
  kind: "expose",
  to: buckets,
  because: `to ${buckets}`,
  ...(step === undefined ? {} : { step }),
});

// oxfmt-ignore
const rows: readonly (readonly [claim: string, decisions: readonly Decision[], common: Decision])[] = [
  ["alone, it does what it would",           [to(300, 1)],         to(300, 1)],
  ["alone, nobody is named",                 [back],               back],
  ["harm in one takes all back",             [promote, back],      { ...back, because: "web: errors" }],
  ["harm outranks a question",               [hold, back],         { ...back, because: "web: errors" }],
  ["a question of one holds all",            [promote, hold],      { ...hold, because: "web: a gate" }],
  ["one that waits keeps all waiting",       [to(300), wait],      { ...wait, because: "web: few came" }],
  ["exposure grows to the least",            [to(300), to(200)],   { ...to(200), because: "web: to 200" }],
  ["letting everybody in waits for steps",   [promote, to(200)],   { ...to(200), because: "web: to 200" }],
  ["everybody is let in when all would",     [promote, promote],   promote],
  ["a word to all is nobody's own",          [back, back],         back],
];
for (const [claim, decisions, common] of rows) {
  test(`together: ${claim}`, () => {
    const apps = ["shop", "web"];
    const opinions = decisions.map((decision, index) => ({ app: apps[index] ?? "", decision }));
    assert.deepEqual(inCommon(opinions), common);
  });
}

test("together: a step is entered by whose step is reached", () => {
  const common = { kind: "expose", to: 200, because: "web: to 200" } as const;
  assert.deepEqual(ownPart(common, to(200, 3)), { ...common, step: 3 });
  assert.deepEqual(ownPart(common, to(300, 1)), common);
  assert.deepEqual(ownPart(common, promote), common);
});

test("together: all guardrails of all apps share one alpha for harm, and safety is not shared", () => {
  const guardrails = defaultRolloutPolicy.guardrails.filter(({ name }) => name === "errors");
  const policies = jointPolicies([
    { ...defaultRolloutPolicy, alpha: 0.04 },
    { ...defaultRolloutPolicy, guardrails },
    { ...defaultRolloutPolicy, guardrails: [{ name: "crashes", tolerance: { ratio: 1 } }] },
  ]);
  let spent = 0;
  for (const policy of policies) {
    assert.equal(policyProblem(policy), undefined);
    for (const guardrail of policy.guardrails) {
      if (guardrail.name === "crashes" || guardrail.name === "saturation") continue;
      const { harm, safe } = logThresholds(policy, guardrail);
      spent += Math.exp(-harm);
      assert.equal(safe, -Math.log(0.04));
    }
  }
  assert.ok(Math.abs(spent - 0.04) < 1e-12, `${spent} of 0.04`);
});

test("together: users by rule, bakes and time are those of all", () => {
  const beta = { match: { kind: "header", name: "x-beta", value: "1" } } as const;
  const plan = { match: { kind: "cookie", name: "plan", value: "gold" }, percent: 20 } as const;
  const first: RolloutPolicy = {
    ...defaultRolloutPolicy,
    cohorts: { rules: [beta], aloneMs: 1_000, until: "time" },
    bake: { forMs: 10, controlPercent: 5 },
    maxDurationMs: 100,
  };
  const second: RolloutPolicy = {
    ...defaultRolloutPolicy,
    cohorts: { rules: [beta, plan], aloneMs: 500, until: "approval" },
    bake: { forMs: 20, controlPercent: 1 },
    maxDurationMs: 200,
  };
  for (const policy of jointPolicies([first, second, defaultRolloutPolicy])) {
    assert.deepEqual(policy.cohorts, { rules: [beta, plan], aloneMs: 1_000, until: "approval" });
    assert.deepEqual(policy.bake, { forMs: 20, controlPercent: 5 });
    assert.equal(policy.maxDurationMs, defaultRolloutPolicy.maxDurationMs);
  }
});

// oxfmt-ignore
const tellings: readonly (readonly [claim: string, because: string, told: string])[] = [
  ["what all say is told",            "0 of 60 failed",         "0 of 60 failed"],
  ["so is what it says itself",       "shop: errors 9 of 60",   "shop: errors 9 of 60"],
  ["of one it names the name is",     "web: errors 9 of 60",    "web decides, which goes together with it: tidegate rollout show --app web"],
  ["of others nothing is",            "mail: errors 9 of 60",   "another app decides, which goes together with it"],
  ["what only looks like one is told", "errors: 9 of 60",       "errors: 9 of 60"],
];
for (const [claim, because, told] of tellings) {
  test(`together: ${claim}`, () => {
    const members = ["mail", "shop", "web"].map((app) => ({ app, rollout: leads.id }));
    const shop = { app: "shop", policy: { together: { apps: ["web"] } }, together: { members } };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only these parts are looked at
    assert.equal(toldBy(shop as unknown as Rollout, because), told);
  });
}

test("together: a table has all at the exposure of their leader, however it was read", () => {
  const together = { leader: leads.id, members: [], verdict: { app: "a", sentence: "" } };
  const led = { id: "rol_2", together, exposure: 1_000 };
  const torn = inStep([routed({ ...leads, together }), routed(led)]);
  assert.deepEqual(torn.map(exposureOf), [500, 500], "read before a move and after it");
  const away = { ...leads, together, exposure: 0, command: { kind: "abort" } };
  const [, taken] = inStep([routed(away), routed({ ...led, exposure: 500 })]);
  assert.deepEqual([taken?.rollout?.exposure, taken?.rollout?.command?.kind], [0, "abort"]);
  assert.deepEqual(inStep([routed(led)]).map(exposureOf), [1_000], "its leader has ended");
  const alone = { ...leads, id: "rol_3", exposure: 7 };
  assert.deepEqual(inStep([routed(leads), routed(alone)]).map(exposureOf), [500, 7]);
});

const leads = { id: "rol_1", exposure: 500 };

const exposureOf = ({ rollout }: Routed): number | undefined => rollout?.exposure;

function routed(rollout: object): Routed {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only these parts are looked at
  return { rollout } as Routed;
}
