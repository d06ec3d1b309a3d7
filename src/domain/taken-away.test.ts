/** Of a change that was taken away: whose word it was, and what can be done. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  leaveOut,
  nextWhenTakenAway,
  stoppedWord,
  takenAwayWords,
  type TakenAway,
} from "./taken-away.ts";

const ana = { name: "ana", reason: "", wasLive: false };
const why = { ...ana, reason: "too many calls" };
const because = "ana went back from v4 to v2";

// oxfmt-ignore
const clauses: readonly (readonly [TakenAway, string])[] = [
  [{ isMet: true },                                                   "taken away from those who met it"],
  [{ isMet: false },                                                  "taken away before any user met it"],
  [{ isMet: true, by: why },                                          "ana took it away from those who met it: too many calls"],
  [{ isMet: true, by: ana },                                          "ana took it away from those who met it"],
  [{ isMet: false, by: why },                                         "ana took it away before any user met it: too many calls"],
  [{ isMet: true, by: { ...why, wasLive: true } },                    "ana took it away after everybody had it: too many calls"],
  [{ isMet: true, because, by: { ...ana, wasLive: true, release: 4 } }, "ana went back from v4 to v2, after everybody had it"],
  [{ isMet: true, because: `${because}: slow`, by: { ...ana, reason: "slow", wasLive: true, release: 4 } }, "after everybody had it, ana went back from v4 to v2: slow"],
  [{ isMet: false, because, by: { ...ana, wasLive: true, release: 4 }, had: { fromAt: 0, toAt: 1_740_000 } }, "ana went back from v4 to v2, after everybody had it for 29 min"],
  [{ isMet: true, had: { fromAt: 0, toAt: 1_740_000 } },              "taken away after everybody had it for 29 min"],
];
for (const [told, clause] of clauses) {
  test(`taken away: "${clause}"`, () => assert.equal(takenAwayWords(told), clause));
}

// oxfmt-ignore
const leftOut: readonly (readonly [string, Parameters<typeof leaveOut>[0], string])[] = [
  ["a commit",                    [{ commit: "c".repeat(40) }],                                                  "ccccccc"],
  ["a merge, against its first",  [{ commit: "c".repeat(40), isMerge: true }],                                   "-m 1 ccccccc"],
  ["a merge among others",        [{ commit: "d".repeat(40) }, { commit: "c".repeat(40), isMerge: true }],       "-m 1 ddddddd ccccccc"],
];
for (const [claim, contains, argv] of leftOut) {
  test(`left out is ${claim}`, () =>
    assert.equal(leaveOut(contains), `git revert --no-edit ${argv}`));
}

const again = 'push a new commit to try it again: git commit --allow-empty -m "Try again"';
// oxfmt-ignore
const nexts: readonly (readonly [string, Parameters<typeof nextWhenTakenAway>[0], string])[] = [
  ["what harms is put right",                    { app: "shop", isHarmful: true },                                              "put it right and push again"],
  ["what a person ended is tried again",         { app: "shop", isHarmful: false, by: why },                                    again],
  ["what ran out of time is tried again",        { app: "shop", isHarmful: false },                                             again],
  ["what everybody had is brought back",         { app: "shop", isHarmful: false, by: { ...ana, wasLive: true, release: 4 } },  "tidegate release rollback v4 --app shop, to bring it back"],
];
for (const [claim, told, next] of nexts) {
  test(`taken away: ${claim}`, () => assert.equal(nextWhenTakenAway(told), next));
}

// oxfmt-ignore
const words: readonly (readonly [string, Parameters<typeof stoppedWord>, string | undefined])[] = [
  ["one that gave way",            [{ name: "rollout", state: "skipped", startedAt: 1 }, undefined], "replaced"],
  ["one that a person ended",      [{ name: "rollout", state: "skipped", startedAt: 1 }, ana],       "ended by ana"],
  ["a build that was given up",    [{ name: "build", state: "skipped", startedAt: 1 }, undefined],   "given up"],
  ["one that there was no need of", [{ name: "test", state: "skipped" }, undefined],                 undefined],
  ["what everybody had",           [{ name: "rollout", state: "passed", startedAt: 1 }, { ...ana, wasLive: true }], "taken back by ana"],
  ["what everybody has",           [{ name: "rollout", state: "passed", startedAt: 1 }, undefined],  undefined],
  ["a release that never ran",     [{ name: "rollout", state: "failed", startedAt: 1, problem: {} }, undefined], "did not start"],
  ["a build that failed",          [{ name: "build", state: "failed", startedAt: 1, problem: {} }, undefined], undefined],
  ["one that failed",              [{ name: "rollout", state: "failed", startedAt: 1 }, undefined],  undefined],
];
for (const [claim, [stage, by], word] of words) {
  test(`stage: ${claim} reads ${word ?? "as its state"}`, () => {
    assert.equal(stoppedWord(stage, by), word);
  });
}
