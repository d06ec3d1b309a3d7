/** How a change stands, as a clause. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChangeResource } from "#faces/api/contract";
import { renderChange, sentenceOf, type Told } from "./change.ts";
import { paintFor } from "./paint.ts";

const back = "ana went back from v4 to v2";
const stages: ChangeResource["stages"] = [{ name: "rollout", state: "passed", summary: back }];
const met = {
  state: "promoted",
  publishedAt: 4,
  evidence: { totals: { candidateRequests: 40 } },
} as const;
const unmet = { state: "rolled_back", evidence: { totals: { candidateRequests: 0 } } } as const;
const ana = { name: "ana", reason: "", wasLive: true };

// oxfmt-ignore
const cases: readonly (readonly [string, Told, string])[] = [
  ["one that a person went back from", { state: "rolled_back", stages, rollout: met, takenBackBy: { ...ana, release: 4 } },                    `${back}, after everybody had it`],
  ["one that a person took away",      { state: "rolled_back", stages, rollout: unmet, takenBackBy: { ...ana, wasLive: false, reason: "no" } }, "ana took it away before any user met it: no"],
  ["one that did harm",                { state: "rolled_back", stages: [], rollout: met },                                                     "taken away from those who met it"],
  ["one that nobody met",              { state: "rolled_back", stages: [], rollout: unmet },                                                   "taken away before any user met it"],
  ["one that a person paused",         { state: "delivering", stages: [], rollout: { ...unmet, state: "paused" } },                                "exposure stays as it is until a person has it go on"],
  ["one that is live",                 { state: "live", stages: [], rollout: met },                                                            "everybody has it"],
];
for (const [claim, change, clause] of cases) {
  test(`change: ${claim} reads "${clause}"`, () => assert.equal(sentenceOf(change), clause));
}

const whole: ChangeResource = {
  id: "chg_1",
  app: "shop",
  environment: "production",
  branch: "main",
  commit: "a41ca41000",
  tree: "b",
  subject: "Round totals",
  author: { name: "Ana", email: "ana@example.org" },
  committedAt: 0,
  receivedAt: 0,
  pushedBy: "Ana",
  trailers: [],
  expectations: [],
  state: "failed",
  stages: [
    { name: "build", state: "failed", startedAt: 1, finishedAt: 2 },
    { name: "test", state: "waiting" },
    { name: "feedback", state: "waiting" },
  ],
};
// oxfmt-ignore
const standings: readonly (readonly [string, ChangeResource["state"], RegExp])[] = [
  ["what ended before a stage never reaches it",      "failed",     /^test +not reached\n.*feedback +waiting$/ms],
  ["what is under way will come to its next stage",   "delivering", /^test +waiting$/m],
];
for (const [claim, state, shown] of standings) {
  test(`change: ${claim}`, () => {
    const text = renderChange({ ...whole, state }, 3, paintFor({ isTerminal: false }, {}));
    assert.match(text, shown);
  });
}
