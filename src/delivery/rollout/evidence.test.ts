import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  bucketCount,
  latencyCells,
  type ArmCounts,
  type IntervalCounts,
  type RolloutId,
} from "#domain";
import { emptyEvidence, foldInterval, replay } from "./evidence.ts";
import { nextExposure } from "./exposure.ts";
import { defaultRolloutPolicy as policy } from "./policy.ts";
import { verdictOf } from "./verdict.ts";

function arm(requests: number, errors: number): ArmCounts {
  const latency = Array.from({ length: latencyCells }, () => 0);
  latency[6] = requests;
  return {
    requests,
    errors,
    connectionFailures: 0,
    unkeyedRequests: 0,
    usersFirstHarmed: errors,
    usersFirstSeen: Math.ceil(requests / 5),
    latency,
  };
}

function interval(index: number, candidate: ArmCounts, baseline: ArmCounts): IntervalCounts {
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- any id does here
    rollout: "rol_000000000000" as RolloutId,
    index,
    startAt: index * 1000,
    endAt: index * 1000 + 1000,
    exposure: 2000,
    candidate,
    baseline,
  };
}

const good = interval(3, arm(20, 0), arm(80, 1));
const withCandidate = (part: Partial<ArmCounts>): IntervalCounts => ({
  ...good,
  candidate: { ...good.candidate, ...part },
});

// oxfmt-ignore
const refusals: readonly (readonly [string, IntervalCounts, string])[] = [
  ["an interval folded already",        { ...good, index: 2 },                    "interval.index"],
  ["a fractional index",                { ...good, index: 3.5 },                  "interval.index"],
  ["an end before the start",           { ...good, endAt: 2999 },                 "interval.endAt"],
  ["an end that is no number",          { ...good, endAt: Number.NaN },           "interval.endAt"],
  ["more buckets than there are",       { ...good, exposure: bucketCount + 1 },   "interval.exposure"],
  ["negative exposure",                 { ...good, exposure: -1 },                "interval.exposure"],
  ["negative requests",                 withCandidate({ requests: -1 }),          "interval.candidate.requests"],
  ["requests that are no number",       withCandidate({ requests: Number.NaN }),  "interval.candidate.requests"],
  ["requests without end",              withCandidate({ requests: Infinity }),    "interval.candidate.requests"],
  ["more errors than requests",         withCandidate({ errors: 21 }),            "interval.candidate.errors"],
  ["more unkeyed than requests",        withCandidate({ unkeyedRequests: 21 }),   "interval.candidate.unkeyedRequests"],
  ["more harmed users than requests",   withCandidate({ usersFirstHarmed: 21 }),  "interval.candidate.usersFirstHarmed"],
  ["new users below none",              withCandidate({ usersNew: -1 }),          "interval.candidate.usersNew"],
  ["a histogram of another length",     withCandidate({ latency: [20] }),         "interval.candidate.latency"],
  ["a negative cell",                   withCandidate({ latency: good.candidate.latency.with(0, -1) }), "interval.candidate.latency[0]"],
];
for (const [claim, counts, field] of refusals) {
  test(`foldInterval refuses ${claim}`, () => {
    const before = replay(policy, [interval(2, arm(20, 0), arm(80, 0))]);
    assert.ok(before.ok);
    const folded = foldInterval(before.value, counts);
    assert.ok(!folded.ok);
    assert.equal(folded.error.code, "invalid_input");
    assert.equal(folded.error.field, field);
  });
}

test("foldInterval takes the interval that the refusals were made from", () => {
  assert.ok(foldInterval(emptyEvidence(policy), good).ok);
});

test("foldInterval takes users who were met and not answered yet", () => {
  const met = withCandidate({ ...arm(0, 0), usersNew: 3, usersFirstSeen: 3 });
  assert.ok(foldInterval(emptyEvidence(policy), met).ok);
  assert.ok(foldInterval(emptyEvidence(policy), withCandidate({ usersNew: 21 })).ok);
});

const arms = fc.tuple(fc.nat(60), fc.nat(60)).map(([a, b]) => arm(Math.max(a, b), Math.min(a, b)));
const history = fc
  .array(fc.tuple(arms, arms), { minLength: 1, maxLength: 25 })
  .map((rows) => rows.map(([candidate, baseline], index) => interval(index, candidate, baseline)));

test("replay: batches, a pause and a detour over JSON change no bit", () => {
  fc.assert(
    fc.property(history, fc.nat(), (intervals, cutAt) => {
      const whole = replay(policy, intervals);
      assert.ok(whole.ok);
      const cut = cutAt % intervals.length;
      const first = replay(policy, intervals.slice(0, cut));
      assert.ok(first.ok);
      let evidence: typeof first.value = JSON.parse(JSON.stringify(first.value));
      for (const counts of intervals.slice(cut)) {
        const next = foldInterval(evidence, counts);
        assert.ok(next.ok);
        evidence = next.value;
      }
      assert.deepEqual(evidence, whole.value);
      assert.deepEqual(verdictOf(policy, evidence), verdictOf(policy, whole.value));
    }),
    { numRuns: 40 },
  );
});

test("foldInterval leaves the evidence it was given as it was", () => {
  const before = emptyEvidence(policy);
  const copy = structuredClone(before);
  assert.ok(foldInterval(before, good).ok);
  assert.deepEqual(before, copy);
});

test("verdict: more candidate errors never turn harmful into safe, nor lower the evidence of harm", () => {
  fc.assert(
    fc.property(history, fc.nat(24), fc.integer({ min: 1, max: 60 }), (intervals, at, more) => {
      const worse = intervals.map((counts, index) => {
        if (index !== at % intervals.length) return counts;
        const { requests, errors, usersFirstHarmed } = counts.candidate;
        const added = Math.min(more, requests - errors, requests - usersFirstHarmed);
        return { ...counts, candidate: arm(requests, errors + added) };
      });
      const [few, many] = [replay(policy, intervals), replay(policy, worse)];
      assert.ok(few.ok && many.ok);
      const [before, after] = [verdictOf(policy, few.value), verdictOf(policy, many.value)];
      if (before.kind === "harmful") assert.equal(after.kind, "harmful");
      if (after.kind === "safe") assert.equal(before.kind, "safe");
    }),
    { numRuns: 60 },
  );
});

test("exposure: never below the present one, never above the policy, whatever the evidence", () => {
  const facts = fc.record({
    exposure: fc.integer({ min: 0, max: 4000 }),
    requestsPerSecond: fc.double({ min: 0, max: 1e6, noNaN: true }),
    telemetryDelayMs: fc.nat(60_000),
  });
  fc.assert(
    fc.property(history, facts, fc.integer({ min: 40, max: 100 }), (intervals, given, percent) => {
      const capped = { ...policy, exposureMaxPercent: percent };
      const evidence = replay(capped, intervals);
      assert.ok(evidence.ok);
      const to = nextExposure(capped, evidence.value, given);
      assert.ok(Number.isInteger(to));
      assert.ok(to >= given.exposure && to <= percent * 100);
      assert.ok(to >= 1);
    }),
    { numRuns: 60 },
  );
});

// oxfmt-ignore
const exposures: readonly (readonly [string, number, IntervalCounts[], number])[] = [
  ["without traffic half may come in at first",            0,                           [], 5000],
  ["100 requests/s unknown risk a third of a second of budget", 100,                           [], 1095],
  ["10,000 requests/s begin with few",                 10_000,                           [], 10],
  ["traffic without bound begins with one bucket",        1e9,                           [], 1],
  ["clean requests raise it to the cap",                  100, [interval(0, arm(60, 0), arm(440, 0)), interval(1, arm(60, 0), arm(440, 0))], 5000],
  ["failing requests leave it where it is",               100, [interval(0, arm(60, 55), arm(400, 0))], 0],
];
for (const [claim, requestsPerSecond, intervals, expected] of exposures) {
  test(`exposure: ${claim}`, () => {
    const evidence = replay(policy, intervals);
    assert.ok(evidence.ok);
    const facts = { exposure: 0, requestsPerSecond, telemetryDelayMs: 1000 };
    assert.equal(nextExposure(policy, evidence.value, facts), Math.max(1, expected));
  });
}
