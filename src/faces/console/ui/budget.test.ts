/** How an error budget is told: urgent ones look so, and what is not known is not told as known. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErrorBudgetResource } from "#faces/api/contract";
import { budgetShown, burnWords, promiseWords, youngWords } from "./budget.ts";

const kept: ErrorBudgetResource = {
  slo: { availabilityPercent: 99.9, windowDays: 28 },
  state: "kept",
  window: { requests: 100_000, errors: 27 },
  hour: { requests: 1_000, errors: 0 },
  allowed: 100,
  remainingRatio: 0.73,
  burnRate: 0,
};
const dayMs = 86_400_000;
const burning = { ...kept, state: "burning", hour: { requests: 1_000, errors: 10 } } as const;

// oxfmt-ignore
const cases: readonly (readonly [claim: string, budget: ErrorBudgetResource, word: string, tone: string, sentence: RegExp])[] = [
  ["what is kept is good",          kept,                                                    "73 % left",                    "good",  /^None of 1,000 requests failed in the last hour/],
  ["what burns waits for somebody", { ...burning, burnRate: 10, leftMs: 1.4 * dayMs },       "73 % left, gone in 1 d 10 h",  "wait",  /10 times as many as the budget can bear\. If that goes on, nothing is left in 1 d 10 h\./],
  ["what is within the budget is no number", { ...burning, state: "kept", burnRate: 0.04 },   "73 % left",                    "good",  /failed: few enough for the budget to last\.$/],
  ["what burns fast is bad",        { ...burning, burnRate: 20, leftMs: dayMs },             "73 % left, gone in 1 d",       "bad",   /20 times/],
  ["what is spent is bad",          { ...kept, state: "spent", remainingRatio: -1 },         "spent",                        "bad",   /^None/],
  ["a young app has not spent weeks", { ...kept, state: "spent", remainingRatio: -1, ageMs: 120_000 }, "spent so far",              "wait",  /^None/],
  ["little traffic is quiet",       { ...kept, state: "not_enough_traffic", hour: { requests: 0, errors: 0 } }, "not enough traffic yet", "quiet", /^Nobody has asked/],
];
for (const [claim, budget, word, tone, sentence] of cases) {
  test(`console: error budget: ${claim}`, () => {
    assert.equal(budgetShown(budget).word, word);
    assert.equal(budgetShown(budget).tone, tone);
    assert.match(burnWords(budget), sentence);
  });
}

test("console: error budget: a rate of two failures is not told", () => {
  const { burnRate: _none, ...few } = { ...kept, hour: { requests: 100, errors: 2 } };
  assert.match(burnWords(few), /2 of 100 requests failed: too few to tell/);
  assert.equal(promiseWords(kept), "99.9 % of requests over 28 days");
});

test("console: error budget: how young the app is is told while it is", () => {
  assert.equal(youngWords(kept), "");
  assert.match(youngWords({ ...kept, ageMs: 120_000 }), /of the requests so far: the app is 2 ?m/);
});
