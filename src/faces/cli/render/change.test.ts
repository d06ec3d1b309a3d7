/** How a change stands, as a clause. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChangeResource } from "#faces/api/contract";
import { isGoneBackFrom, sentenceOf, type Told } from "./change.ts";

const back = "ana went back from v4 to v2";
const stages: ChangeResource["stages"] = [{ name: "rollout", state: "failed", summary: back }];

function rollout(state: "promoted" | "rolled_back"): NonNullable<Told["rollout"]> {
  return { state, publishedAt: 4, evidence: { totals: { candidateRequests: 40 } } };
}

// oxfmt-ignore
const cases: readonly (readonly [string, Told, boolean, string])[] = [
  ["one that a person went back from", { state: "rolled_back", stages, rollout: rollout("promoted") },    true,  `${back}, after everybody had it`],
  ["one that did harm",                { state: "rolled_back", stages, rollout: rollout("rolled_back") }, false, "taken away from those who met it"],
  ["one that is live",                 { state: "live", stages: [], rollout: rollout("promoted") },       false, "everybody has it"],
];
for (const [claim, change, isBack, clause] of cases) {
  test(`change: ${claim} reads "${clause}"`, () => {
    assert.equal(isGoneBackFrom(change), isBack);
    assert.equal(sentenceOf(change), clause);
  });
}
