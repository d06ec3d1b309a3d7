/** Counts as a broken clock, a broken edge or a broken metric source would bring them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  bucketCount,
  latencyCells,
  type ArmCounts,
  type GuardrailPolicy,
  type IntervalCounts,
  type RolloutId,
  type RolloutPolicy,
  type Verdict,
} from "#domain";
import { emptyEvidence, foldInterval, type Evidence } from "./evidence.ts";
import { defaultRolloutPolicy } from "./policy.ts";
import { verdictOf } from "./verdict.ts";

const orders: GuardrailPolicy = {
  name: "orders",
  tolerance: { ratio: 1.2, absolute: 0.01 },
  metric: { from: "otlp", events: "orders", sample: "visits", worse: "lower" },
};
const policy: RolloutPolicy = {
  ...defaultRolloutPolicy,
  guardrails: [
    ...defaultRolloutPolicy.guardrails,
    orders,
    { name: "shadow", tolerance: { ratio: 1.5, absolute: 0.01 } },
  ],
};

const hostileNumber = fc.oneof(
  fc.nat(2000),
  fc.constantFrom(Number.NaN, Infinity, -Infinity, -1, 0.5, 2 ** 53, 1e308, 1e9),
);
const metric = fc.record({ events: hostileNumber, sample: hostileNumber });
const cells = fc.oneof(
  fc.array(fc.nat(50), { minLength: latencyCells, maxLength: latencyCells }),
  fc.array(hostileNumber, { maxLength: 60 }),
);
const hostileArm: fc.Arbitrary<ArmCounts> = fc.record(
  {
    requests: hostileNumber,
    errors: hostileNumber,
    connectionFailures: hostileNumber,
    unkeyedRequests: hostileNumber,
    usersFirstHarmed: hostileNumber,
    usersFirstSeen: hostileNumber,
    latency: cells,
    usersNew: hostileNumber,
    custom: fc.dictionary(fc.constantFrom("orders", "__proto__", "other"), metric),
  },
  {
    requiredKeys: [
      "requests",
      "errors",
      "connectionFailures",
      "unkeyedRequests",
      "usersFirstHarmed",
      "usersFirstSeen",
      "latency",
    ],
  },
);
const shadow = fc.record({
  mirrored: hostileNumber,
  candidateOnlyFailed: hostileNumber,
  baselineOnlyFailed: hostileNumber,
  bothFailed: hostileNumber,
  answersDiffered: hostileNumber,
});

const mirrored = {
  mirrored: 90,
  candidateOnlyFailed: 4,
  baselineOnlyFailed: 1,
  bothFailed: 2,
  answersDiffered: 9,
};

/** An arm that is well formed, however unlikely. */
const possibleArm: fc.Arbitrary<ArmCounts> = fc
  .tuple(fc.nat(1_000_000), fc.nat(1_000_000), fc.nat(100), fc.nat(100), fc.nat(latencyCells - 1))
  .map(([a, b, users, orderCount, cell]) => {
    const latency = Array.from({ length: latencyCells }, () => 0);
    latency[cell] = Math.max(a, b);
    return {
      requests: Math.max(a, b),
      errors: Math.min(a, b),
      connectionFailures: 0,
      unkeyedRequests: 0,
      usersFirstHarmed: Math.min(a, b, users),
      usersFirstSeen: users,
      latency,
      usersNew: Math.min(users, Math.max(a, b)),
      custom: { orders: { events: Math.min(orderCount, users), sample: users } },
    };
  });

const instant = mostly(
  fc.nat(100_000),
  fc.constantFrom(0, 1e12, -1e12, Number.NaN, Infinity, Number.MAX_SAFE_INTEGER),
);

function mostly<T>(tame: fc.Arbitrary<T>, wild: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 9, arbitrary: tame }, { weight: 1, arbitrary: wild });
}

function intervalOf(arm: fc.Arbitrary<ArmCounts>): fc.Arbitrary<IntervalCounts> {
  return fc
    .record({
      index: fc.oneof(fc.nat(40), hostileNumber),
      startAt: instant,
      lengthMs: mostly(fc.nat(2000), fc.constantFrom(-1, 0, 1e7, Infinity)),
      exposure: mostly(fc.nat(bucketCount), hostileNumber),
      baseline: arm,
      candidate: arm,
      source: fc.constantFrom("edge" as const, "metrics" as const, "probes" as const),
      shadow: mostly(fc.constantFrom(undefined, mirrored), shadow),
    })
    .map(({ lengthMs, shadow: pairs, source, ...rest }) => ({
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- any id does here
      rollout: "rol_000000000000" as RolloutId,
      ...rest,
      endAt: rest.startAt + lengthMs,
      source,
      ...(pairs === undefined ? {} : { shadow: pairs }),
    }));
}

/** Whether everything that a verdict says is a number where it claims to be one, and a sentence. */
function isWhole(verdict: Verdict): boolean {
  const numbers = verdict.guardrails.flatMap((state) => [
    state.logEHarm,
    state.logESafe,
    state.logEThreshold,
    state.forecastMs ?? 0,
    state.margin ?? 1,
  ]);
  return (
    numbers.every(Number.isFinite) && !/NaN|Infinity|undefined|\[object/.test(verdict.sentence)
  );
}

function foldAll(intervals: readonly IntervalCounts[]): Evidence {
  let evidence = emptyEvidence(policy);
  for (const counts of intervals) {
    const next = foldInterval(evidence, counts);
    if (!next.ok) {
      assert.equal(next.error.code, "invalid_input");
      assert.match(next.error.field, /^interval\./);
      continue;
    }
    evidence = next.value;
    assert.ok(isWhole(verdictOf(policy, evidence)), verdictOf(policy, evidence).sentence);
  }
  return evidence;
}

test("hostile counts: no crash, no NaN, a typed refusal each", () => {
  let [taken, refused] = [0, 0];
  fc.assert(
    fc.property(
      fc.array(fc.oneof(intervalOf(hostileArm), intervalOf(possibleArm)), { maxLength: 12 }),
      (intervals) => {
        foldAll(intervals);
        // Once more, each in its turn, so that more of them come in.
        const inTurn = intervals.map((counts, index) => ({ ...counts, index }));
        const { throughIndex } = foldAll(inTurn);
        if (throughIndex >= 0) taken += 1;
        if (throughIndex < inTurn.length - 1) refused += 1;
      },
    ),
    { numRuns: 400 },
  );
  assert.ok(
    taken > 100 && refused > 100,
    `${taken} histories had a good interval, ${refused} a bad`,
  );
});

test("hostile counts: what is refused changes no bit of the verdict", () => {
  fc.assert(
    fc.property(
      fc.array(intervalOf(possibleArm), { maxLength: 6 }),
      intervalOf(hostileArm),
      (intervals, hostile) => {
        const before = foldAll(intervals);
        const after = foldInterval(before, hostile);
        fc.pre(!after.ok);
        assert.deepEqual(foldAll([...intervals, hostile]), before);
      },
    ),
    { numRuns: 200 },
  );
});

test("hostile counts: a metric source moves neither requests nor clocks nor the other guardrails", () => {
  fc.assert(
    fc.property(
      fc.array(intervalOf(possibleArm), { maxLength: 6 }),
      intervalOf(possibleArm),
      (intervals, foreign) => {
        const before = foldAll(intervals);
        const metrics = { ...foreign, source: "metrics" } as const;
        const after = foldInterval(before, { ...metrics, index: before.throughIndex + 1 });
        fc.pre(after.ok);
        const { totals, moments, split, calibration } = after.value;
        assert.deepEqual({ totals, moments, split, calibration }, pick(before));
        assert.deepEqual(others(after.value), others(before));
      },
    ),
    { numRuns: 100 },
  );
});

function others({ states }: Evidence) {
  return states.filter((data) => data?.kind !== "custom");
}

function pick({ totals, moments, split, calibration }: Evidence) {
  return { totals, moments, split, calibration };
}
