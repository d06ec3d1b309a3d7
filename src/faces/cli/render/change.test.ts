/** How a change stands, as a clause. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChangeResource } from "#faces/api/contract";
import { sentenceOf, type Told } from "./change.ts";

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
