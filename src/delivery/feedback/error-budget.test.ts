/** What is left of an app's promise, and when nothing can be said of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Served } from "#domain";
import { type ErrorBudget, errorBudget } from "./error-budget.ts";

const slo = { availabilityPercent: 99.9, windowDays: 28 };
const of = (requests: number, errors: number): Served => ({ requests, errors });
const day = 86_400_000;

type Said = readonly [
  state: ErrorBudget["state"],
  remaining?: number,
  burn?: number,
  left?: number,
];

// oxfmt-ignore
const cases: readonly (readonly [claim: string, window: Served, hour: Served, expected: Said])[] = [
  ["nobody came",                                of(0, 0),          of(0, 0),      ["not_enough_traffic"]],
  ["one failure of few requests is luck",        of(2_000, 1),      of(10, 1),     ["not_enough_traffic"]],
  ["nothing failed",                             of(100_000, 0),    of(1_000, 0),  ["kept", 1, 0]],
  ["half of it is spent, and nothing burns",     of(100_000, 50),   of(1_000, 0),  ["kept", 0.5, 0]],
  ["nobody came in the last hour",               of(100_000, 50),   of(0, 0),      ["kept", 0.5]],
  ["two failures in an hour tell no rate",       of(100_000, 50),   of(100, 2),    ["kept", 0.5]],
  ["it lasts just the window at this rate",      of(100_000, 50),   of(4_000, 4),  ["kept", 0.5, 1]],
  ["one in a hundred fails: ten times too fast", of(100_000, 50),   of(1_000, 10), ["burning", 0.5, 10, 1.4]],
  ["an outage",                                  of(100_000, 20),   of(1_000, 1_000), ["burning", 0.8, 1_000, 0.0224]],
  ["more failed than may",                       of(100_000, 150),  of(1_000, 0),  ["spent", -0.5, 0]],
  ["exactly as many failed as may",              of(100_000, 100),  of(0, 0),      ["spent", 0]],
];

function near(a: number | undefined, b: number | undefined, what: string): void {
  if (a === undefined || b === undefined) assert.equal(a, b, what);
  else assert.ok(Math.abs(a - b) < 1e-6, `${what}: ${a}, expected ${b}`);
}

for (const [claim, window, hour, [state, remaining, burn, left]] of cases) {
  test(`error budget: ${claim}`, () => {
    const budget = errorBudget(slo, { window, hour }, 28 * day);
    assert.equal(budget.ageMs, undefined);
    assert.equal(budget.state, state);
    near(budget.remainingRatio, remaining, "remaining");
    near(budget.burnRate, burn, "burn rate");
    near(budget.leftMs === undefined ? undefined : budget.leftMs / day, left, "days left");
  });
}

test("error budget: an app younger than the window says how old it is", () => {
  const budget = errorBudget(slo, { window: of(5_675, 6), hour: of(5_675, 6) }, 120_000);
  assert.deepEqual([budget.state, budget.ageMs], ["spent", 120_000]);
});
