import assert from "node:assert/strict";
import { test } from "node:test";
import type { RolloutPolicy } from "#domain";
import { defaultRolloutPolicy } from "./policy.ts";
import { policyRows } from "./render-policy.ts";

const rowsOf = (more: Partial<RolloutPolicy> = {}) =>
  policyRows({ ...defaultRolloutPolicy, ...more }, defaultRolloutPolicy);
const textsOf = (more: Partial<RolloutPolicy>): readonly string[] =>
  rowsOf(more).map(({ name, text }) => `${name}: ${text}`);

test("a policy in rows: with nothing said all of it is usual", () => {
  assert.deepEqual(
    rowsOf().filter(({ isDefault }) => !isDefault),
    [],
  );
  const names = rowsOf().map(({ name }) => name);
  for (const { name } of defaultRolloutPolicy.guardrails) assert.ok(names.includes(name), name);
});

const minute = 60_000;
// oxfmt-ignore
const cases: readonly (readonly [claim: string, Partial<RolloutPolicy>, said: readonly string[]])[] = [
  ["steps",              { strategy: "steps", steps: [{ weightPercent: 10, forMs: minute, until: "time" }, { weightPercent: 25, forMs: 0, until: "approval" }] }, ["strategy: steps", "step 1: 10 % of users for 1 min", "step 2: 25 % of users, until approved", "then: everybody has it"]],
  ["users by rule",      { cohorts: { rules: [{ match: { kind: "header", name: "x-beta", value: "yes" }, percent: 20 }, { match: { kind: "user", keys: ["ana", "bo"] } }], aloneMs: minute, until: "time" } }, ["step 1: users by rule for 1 min", "by rule: 20 % of users whose header x-beta is yes", "by rule: 2 users by name"]],
  ["a budget in users",  { harmBudgetUsers: 7 }, ["budget: 7 users harmed more than the baseline's"]],
  ["a time and its end", { maxDurationMs: 2 * minute, atMaxDuration: "promote" }, ["at most: 2 min, then everybody gets it, unless its budget is spent or data is missing"]],
  ["windows",            { windows: { notBeforeAt: Date.UTC(2026, 11, 1), daily: [{ days: [1, 2], fromMinute: 510, toMinute: 1440, timeZone: "UTC" }], freezes: [{ fromAt: Date.UTC(2026, 11, 20), toAt: Date.UTC(2027, 0, 2), reason: "holidays" }] } }, ["window: nobody more before 2026-12-01 00:00 UTC", "window: Mon, Tue 08:30 to 24:00 UTC", "freeze: 2026-12-20 00:00 UTC to 2027-01-02 00:00 UTC: holidays"]],
  ["a bake",             { bake: { forMs: 60 * minute, controlPercent: 2 } }, ["bake: 1 h after everybody got it, 2 % of users stay on the release before as its control"]],
  ["a preview",          { strategy: "blue-green", hasPreview: true }, ["step 1: preview, until approved", "preview: the candidate has an address of its own"]],
  ["copies and probes",  { shadow: { requests: 200, sharePercent: 5 }, probes: [{ path: "/up", everyMs: 5000, timeoutMs: 1000 }] }, ["step 1: copies of 200 requests", "probe: GET /up of both releases every 5.0 s"]],
  ["apps together",      { together: { apps: ["web", "api"], waitMs: 10 * minute } }, ["together: with changes of web, api, if they name this app too; waits for them up to 10 min", "together: each host has its own cookie of the edge: name a userKey, or users differ between the apps"]],
  ["by requests",        { unit: "requests" }, ["errors by: requests, with a margin for luck"]],
  ["a fresh baseline",   { baseline: "fresh" }, ["baseline: as many users as the candidate has, on new instances of the live release"]],
  ["a part of alpha",    { alphaShare: 0.25 }, ["its share: 25 % of these mistakes are this app's"]],
  ["good events",        { guardrails: [{ name: "orders", tolerance: { ratio: 1.05, absolute: 0.02 }, metric: { from: "otlp", events: "orders", worse: "lower" } }] }, ["orders: orders (otlp): harm is less than the baseline's, by more than 1.05 times, and by more than 2 points"]],
];
for (const [claim, policy, said] of cases) {
  test(`a policy in rows: ${claim}`, () => {
    const texts = textsOf(policy);
    for (const each of said) assert.ok(texts.includes(each), `${each} in\n${texts.join("\n")}`);
  });
}

test("a policy in rows: a key that all apps see makes one user of them", () => {
  const texts = textsOf({
    together: { apps: ["web"], waitMs: minute },
    userKey: { from: "cookie", name: "account" },
  });
  assert.equal(texts.filter((text) => text.startsWith("together:")).length, 1);
});

test("a policy in rows: of guardrails only those that were set are marked as said", () => {
  const guardrails = defaultRolloutPolicy.guardrails.map((one) =>
    one.name === "errors" ? { ...one, tolerance: { ratio: 3 } } : one,
  );
  const said = rowsOf({ guardrails }).filter(({ isDefault }) => !isDefault);
  assert.deepEqual(
    said.map(({ name, text }) => [name, text]),
    [["errors", "harm is more than 3 times the baseline's"]],
  );
});
