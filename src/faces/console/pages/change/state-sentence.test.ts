/** The one sentence that a change's page is opened for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChangeResource } from "#faces/api/contract";
import { change, guardrail, rollout } from "./rollout.testing.ts";
import { stateSentence } from "./state-sentence.ts";

const building = { name: "build", state: "running", startedAt: 1 } as const;
const failed = {
  name: "test",
  state: "failed",
  problem: { code: "x", message: "2 tests failed" },
} as const;
const back = {
  name: "rollout",
  state: "passed",
  summary: "ana went back from v4 to v2",
} as const;
const ana = { name: "ana", reason: "", wasLive: true, release: 4 };
const { evidence } = rollout();
const unknown = { ...evidence, guardrails: [guardrail(), guardrail({ forecastMs: undefined })] };
const hardly = {
  ...unknown,
  totals: { ...evidence.totals, candidateRequests: 1, baselineRequests: 1 },
};
const unmet = {
  ...evidence,
  guardrails: [],
  totals: { ...evidence.totals, usersExposed: 0, usersHarmed: 0, candidateRequests: 0 },
};
const clean = { ...evidence, guardrails: [guardrail({ verdict: "safe" })] };

// oxfmt-ignore
const cases: readonly (readonly [string, Partial<ChangeResource>, RegExp])[] = [
  ["one that is built says so",            { stages: [building] },                                      /^It is being built\. Nobody has it yet\.$/],
  ["one that waits says so",               {},                                                          /^It waits for its turn\./],
  ["a rollout tells share, step and next", { rollout: rollout() },                                      /^12 % of users have it, step 1 of 2\. Next: 50 % of users for 5 min, if 2 guardrails stay clean, in about 40 s at the present traffic\.$/],
  ["without a forecast none is made up",   { rollout: rollout({ evidence: unknown }) },                 /the traffic is too little to say when\.$/],
  ["a step lasts its own time",            { rollout: rollout({ stepUntil: { endsAt: 181_000, until: "safe" } }) }, /if 2 guardrails stay clean, in about 3 min\.$/],
  ["and the proof when that takes longer", { rollout: rollout({ stepUntil: { endsAt: 6_000, until: "safe" } }) },   /, in about 40 s at the present traffic\.$/],
  ["a step of time waits for no proof",    { rollout: rollout({ stepUntil: { endsAt: 21_000, until: "time" } }) },  /, in about 20 s\.$/],
  ["nor for what is not known",            { rollout: rollout({ evidence: unknown, stepUntil: { endsAt: 21_000, until: "time" } }) }, /, in about 20 s\.$/],
  ["a step with a person waits for them",  { rollout: rollout({ stepUntil: { endsAt: 61_000, until: "approval" } }) }, /clean, when somebody approves it, not before 1 min from now\.$/],
  ["a clean step lasts its time, too",     { rollout: rollout({ evidence: clean, stepUntil: { endsAt: 61_000, until: "time" } }) }, /^12 % .*\. Next: 50 % of users for 5 min, in about 1 min\.$/],
  ["where proof is far its time is said",  { rollout: rollout({ evidence: unknown, stepUntil: { endsAt: 61_000, until: "safe" } }) }, /clean, not before 1 min from now; the traffic is too little to say when\.$/],
  ["where hardly anybody comes it says so", { rollout: rollout({ evidence: hardly }) },                 /if 2 guardrails stay clean; hardly anybody visits \(2 since it began\): .*\.$/],
  ["with all clean it says what it waits", { rollout: rollout({ evidence: clean }) },                   /Not enough is known\.$/],
  ["nobody yet is said in words",          { rollout: rollout({ exposurePercent: 0, stepNumber: 0, evidence: unmet }) }, /^Nobody has it yet\./],
  ["nobody any more, too",                 { rollout: rollout({ exposurePercent: 0, state: "held" }) },  /^Nobody has it now; held\./],
  ["a pause names itself and why",         { rollout: rollout({ state: "paused", reason: "pause by ana: lunch" }) }, /^12 % of users have it; paused\. Pause by ana: lunch\.$/],
  ["a held one waits for a person",        { state: "held" },                                           /^It waits for a person\.$/],
  ["a bake keeps the way back",            { rollout: rollout({ state: "baking" }) },                   /the way back is kept open\./],
  ["the first release has no comparison",  { state: "live" },                                           /nothing to compare it with\.$/],
  ["a live one says who met it first",     { state: "live", rollout: rollout({ evidence: clean }) },    /^Everybody has it\. 340 users met it first, 1 of them had a failed request; 1 guardrail found it safe\.$/],
  ["one that another took over from says which", { state: "live", standing: "replaced", liveNow: { number: 5, commit: "1a2b3c4d5e", subject: "Say five" }, rollout: rollout({ evidence: clean }) }, /^Everybody got it; v5 \(1a2b3c4 “Say five”\) is live now\. 340 users met it first/],
  ["one taken away says whom it met",      { state: "rolled_back", rollout: rollout({ reason: "more fail" }) }, /^340 users met it, 1 user had a failed request\. It was taken away\. More fail\.$/],
  ["one that a person went back from says who, and no fault", { state: "rolled_back", stages: [back], takenBackBy: ana, rollout: rollout({ state: "promoted", evidence: clean }) }, /^Ana went back from v4 to v2, after everybody had it\. 340 users met it first, 1 of them had a failed request; 1 guardrail found it safe\.$/],
  ["what nobody had met by then says so, and how long all had it", { state: "rolled_back", stages: [back], takenBackBy: ana, everybodyAt: 0, finishedAt: 1_740_000, rollout: rollout({ state: "promoted", evidence: unmet }) }, /^Ana went back from v4 to v2, after everybody had it for 29 min\. Everybody got it before anybody had met it\.$/],
  ["one that a person ended says who, and why", { state: "rolled_back", takenBackBy: { name: "ana", reason: "not today", wasLive: false }, rollout: rollout() }, /^Ana took it away from those who met it: not today\. 340 users met it, 1 user had a failed request\.$/],
  ["a failed one met nobody, and why",     { state: "failed", stages: [failed] },                       /no user met it\. 2 tests failed\.$/],
  ["a superseded one says so",             { state: "superseded" },                                     /newer change/],
  ["one replaced says after whom",          { state: "superseded", rollout: rollout({}) },               /^A newer change took its place after 340 users had met it\.$/],
  ["an unchanged one had nothing to do",   { state: "unchanged" },                                      /nothing had to be done/],
];
for (const [claim, more, expected] of cases) {
  test(`console: ${claim}`, () => {
    const { now, next } = stateSentence(change(more), 1_000);
    assert.match([now, ...(next === undefined ? [] : [next])].join(" "), expected);
  });
}
