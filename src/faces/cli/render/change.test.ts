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
  ["one that a person went back from", { state: "rolled_back", standing: "rolled_back", stages, rollout: met, takenBackBy: { ...ana, release: 4 } },                    `${back}, after everybody had it`],
  ["one that a person took away",      { state: "rolled_back", standing: "rolled_back", stages, rollout: unmet, takenBackBy: { ...ana, wasLive: false, reason: "no" } }, "ana took it away before any user met it: no"],
  ["one that did harm",                { state: "rolled_back", standing: "rolled_back", stages: [], rollout: met },                                                     "taken away from those who met it"],
  ["one that nobody met",              { state: "rolled_back", standing: "rolled_back", stages: [], rollout: unmet },                                                   "taken away before any user met it"],
  ["one that a person paused",         { state: "delivering", standing: "paused", stages: [], rollout: { ...unmet, state: "paused" } },                                "exposure stays as it is until a person has it go on"],
  ["one that another took over from", { state: "live", standing: "replaced", liveNow: { number: 5, commit: "1a2b3c4d", subject: "Say five" }, stages: [], rollout: met }, 'everybody got it; v5 (1a2b3c4 "Say five") is live now'],
  ["one that is live",                 { state: "live", standing: "live", stages: [], rollout: met },                                                            "everybody has it"],
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
  standing: "failed",
  stages: [
    { name: "build", state: "failed", startedAt: 1, finishedAt: 2 },
    { name: "test", state: "waiting" },
    { name: "feedback", state: "waiting" },
  ],
};
test("change: what everybody had until a person took it back is told so in each of its parts", () => {
  const totals = { usersExposed: 0, usersHarmed: 0, candidateRequests: 0, candidateErrors: 0 };
  const rollout = {
    id: "rol_1",
    app: "shop",
    state: "promoted",
    reason: "all at once",
    exposurePercent: 100,
    startedAt: 0,
    finishedAt: 60_000,
    publishedAt: 60_000,
    steps: [],
    stepNumber: 0,
    policy: { strategy: "all-at-once" },
    verdict: { kind: "no_traffic", sentence: "" },
    evidence: { totals, guardrails: [] },
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the text is made from
  const change = {
    ...whole,
    state: "rolled_back",
    standing: "rolled_back",
    everybodyAt: 60_000,
    finishedAt: 1_800_000,
    rollout,
    takenBackBy: { ...ana, release: 4 },
    stages: [{ name: "rollout", state: "passed", startedAt: 1, finishedAt: 9, summary: back }],
  } as unknown as ChangeResource;
  const text = renderChange(change, 1_900_000, paintFor({ isTerminal: false }, {}));
  assert.match(
    text,
    /^rolled back: ana went back from v4 to v2, after everybody had it for 29 min$/m,
  );
  assert.match(text, /^rollout +8 ms +taken back by ana$/m);
  assert.match(text, /^rollout promoted, taken back since: all at once$/m);
  assert.match(
    text,
    /0 % of users now; everybody had it for 29 min, from 1970-01-01 00:01 to 00:30 UTC$/m,
  );
  assert.match(text, /harmed +not counted: everybody got it before anybody had met it$/m);
  assert.doesNotMatch(text, /100 %|nobody has met it|passed/);
});

test("change: a release that did not start is told as that, with how long it was tried", () => {
  const problem = { code: "start_timeout", message: "web did not listen within 30 s" };
  const rollout = {
    name: "rollout",
    state: "failed",
    startedAt: 1_000,
    finishedAt: 31_200,
  } as const;
  const text = renderChange(
    { ...whole, stages: [{ ...rollout, summary: problem.message, problem }] },
    40_000,
    paintFor({ isTerminal: false }, {}),
  );
  assert.match(text, /^rollout +30\.2 s +did not start$/m);
  assert.match(text, /^the release did not start: web did not listen within 30 s$/m);
});

test("change: what it brings back is said, and by whom and why it was taken back", () => {
  const contains = [
    {
      change: "chg_0",
      commit: "9f8e7d6c5b",
      subject: "Say three",
      by: "ana",
      reason: "loses orders",
      at: 0,
    },
  ];
  const text = renderChange({ ...whole, contains }, 300_000, paintFor({ isTerminal: false }, {}));
  const said = 'mind: it contains 9f8e7d6 "Say three", which ana took back 5 min ago: loses orders';
  assert.ok(text.split("\n").includes(said), text);
});

// oxfmt-ignore
const standings: readonly (readonly [string, ChangeResource["state"], RegExp])[] = [
  ["what ended before a stage never reaches it",      "failed",     /^test +not reached\n.*feedback +waiting$/ms],
  ["what is under way will come to its next stage",   "delivering", /^test +waiting$/m],
];
for (const [claim, state, shown] of standings) {
  test(`change: ${claim}`, () => {
    const text = renderChange(
      { ...whole, state, standing: state },
      3,
      paintFor({ isTerminal: false }, {}),
    );
    assert.match(text, shown);
  });
}
