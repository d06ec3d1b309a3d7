import { strict as assert } from "node:assert";
import { test } from "node:test";
import { latencyBoundsMs } from "./counts.ts";
import { latencyThresholds, whyTheseTimes } from "./latency-thresholds.ts";

const bound = latencyBoundsMs.find((ms) => ms > 250) ?? assert.fail("the grid goes on");

// oxfmt-ignore
const rows: readonly (readonly [ratio: number, thresholdMs: number | undefined, expected: ReturnType<typeof latencyThresholds>])[] = [
  [1,    bound,     { candidateMs: 256, baselineMs: 256 }],
  [1.25, bound,     { candidateMs: 323, baselineMs: 256 }],
  [2,    bound,     { candidateMs: 512, baselineMs: 256 }],
  [2,    100_000,   { candidateMs: 200_000, baselineMs: 100_000 }],
  [1.25, undefined, undefined],
];
for (const [ratio, thresholdMs, expected] of rows) {
  test(`latency with ${ratio}x above ${thresholdMs ?? "nothing"} compares ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(latencyThresholds({ tolerance: { ratio }, thresholdMs }), expected);
  });
}

test("latency: which times are shown is said in a clause, and of nothing else", () => {
  const clause = whyTheseTimes({ tolerance: { ratio: 1.5 }, thresholdMs: bound });
  assert.equal(
    clause,
    "of all times compared it fares worst at these; 1.5 times as long is tolerated",
  );
  assert.doesNotMatch(whyTheseTimes({ tolerance: { ratio: 1 }, thresholdMs: bound }) ?? "", /long/);
  assert.equal(whyTheseTimes({ tolerance: { ratio: 1.5 } }), undefined);
});
