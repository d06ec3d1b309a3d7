import assert from "node:assert/strict";
import { test } from "node:test";
import { type IntervalCounts, latencyCells, type RolloutPolicy } from "#domain";
import { replay } from "./evidence.ts";
import { start, under } from "./policies.testing.ts";
import { defaultRolloutPolicy } from "./policy.ts";
import { noShadow } from "./shadow.ts";
import { seededRandom } from "./simulation/seeded-random.ts";
import { verdictOf } from "./verdict.ts";

const begun = under({});
const none = {
  requests: 0,
  errors: 0,
  connectionFailures: 0,
  unkeyedRequests: 0,
  usersFirstHarmed: 0,
  usersFirstSeen: 0,
  latency: Array.from({ length: latencyCells }, () => 0),
};
const tolerating = (absolute: number): RolloutPolicy => ({
  ...defaultRolloutPolicy,
  guardrails: [
    { name: "errors", tolerance: { ratio: 1.5 } },
    { name: "shadow-answers", tolerance: { ratio: 1, absolute } },
  ],
});

/** A second per row: pairs that were mirrored, of which these differed and these failed. */
function copies(
  rows: readonly {
    readonly mirrored: number;
    readonly differed: number;
    readonly failed?: number;
  }[],
): readonly IntervalCounts[] {
  return rows.map(({ mirrored, differed, failed = 0 }, index) => ({
    rollout: begun.id,
    index,
    startAt: start + index * 1000,
    endAt: start + index * 1000 + 1000,
    exposure: 0,
    baseline: none,
    candidate: none,
    shadow: { ...noShadow, mirrored, answersDiffered: differed, bothFailed: failed },
  }));
}

function judged(absolute: number, intervals: readonly IntervalCounts[]) {
  const policy = tolerating(absolute);
  const evidence = replay(policy, intervals);
  assert.ok(evidence.ok, JSON.stringify(evidence));
  const verdict = verdictOf(policy, evidence.value);
  const state = verdict.guardrails.find(({ name }) => name === "shadow-answers");
  assert.ok(state !== undefined);
  return { verdict, state };
}
const seconds = <T>(count: number, row: T): readonly T[] =>
  Array.from({ length: count }, () => row);

// oxfmt-ignore
const cases: readonly (readonly [claim: string, tolerated: number, Parameters<typeof copies>[0], answers: string])[] = [
  ["answers that never differ are proven to be alike",    0.02, seconds(60, { mirrored: 10, differed: 0 }), "safe"],
  ["more than is tolerated is harm",                      0.02, seconds(30, { mirrored: 10, differed: 1 }), "harmful"],
  ["every answer another one shows at once",              0.2,  seconds(2, { mirrored: 5, differed: 5 }),   "harmful"],
  ["what is tolerated is none",                           0.2,  seconds(60, { mirrored: 10, differed: 2 }), "not_enough_evidence"],
  ["pairs that failed are judged elsewhere",              0.02, seconds(60, { mirrored: 10, differed: 0, failed: 10 }), "no_traffic"],
  ["without copies nothing is said",                      0.02, seconds(60, { mirrored: 0, differed: 0 }),  "no_traffic"],
];
for (const [claim, tolerated, rows, answers] of cases) {
  test(`answers of copies: ${claim}`, () => {
    assert.equal(judged(tolerated, copies(rows)).state.verdict, answers);
  });
}

test("answers of copies: the sentence has the share, the sample and the tolerance", () => {
  const { verdict } = judged(0.02, copies(seconds(30, { mirrored: 10, differed: 1 })));
  assert.deepEqual([verdict.kind, verdict.guardrail], ["harmful", "shadow-answers"]);
  assert.match(
    verdict.sentence,
    /^shadow-answers: 10\.0 % of mirrored answers differed from the baseline's \(30 of 300\), at most 2 % tolerated; evidence .* : 1/,
  );
});

test("answers of copies: safe by them alone lets nobody in", () => {
  const { verdict, state } = judged(0.02, copies(seconds(60, { mirrored: 10, differed: 0 })));
  assert.equal(state.verdict, "safe");
  assert.notEqual(verdict.kind, "safe");
});

test("answers of copies: as many as are tolerated stop no more than alpha of rollouts, looked at every second", () => {
  const random = seededRandom(7);
  const runs = 300;
  let stopped = 0;
  for (let run = 0; run < runs; run += 1) {
    const rows = Array.from({ length: 120 }, () => ({
      mirrored: 10,
      differed: Array.from({ length: 10 }, () => random()).filter((drawn) => drawn < 0.1).length,
    }));
    // The largest evidence so far is kept, so the last look tells of all.
    if (judged(0.1, copies(rows)).state.verdict === "harmful") stopped += 1;
  }
  // At a true 5 % more than 25 of 300 have a probability below 1 %.
  assert.ok(stopped <= 25, `${stopped} of ${runs}`);
});
