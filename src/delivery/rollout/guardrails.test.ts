import assert from "node:assert/strict";
import { test } from "node:test";
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
import { replay } from "./evidence.ts";
import { defaultRolloutPolicy } from "./policy.ts";
import { verdictOf, type VerdictFacts } from "./verdict.ts";

const second = 1000;

function arm(requests: number, part: Partial<ArmCounts> = {}): ArmCounts {
  const latency = Array.from({ length: latencyCells }, () => 0);
  latency[3] = requests;
  return {
    requests,
    errors: 0,
    connectionFailures: 0,
    unkeyedRequests: 0,
    usersFirstHarmed: 0,
    usersFirstSeen: Math.ceil(requests / 5),
    latency,
    ...part,
  };
}

type Part = Partial<IntervalCounts>;

/** `count` seconds that are all alike, of which every field can be set. */
function seconds(count: number, part: Part | ((at: number) => Part)): readonly IntervalCounts[] {
  return Array.from({ length: count }, (_, index) => ({
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- any id does here
    rollout: "rol_000000000000" as RolloutId,
    index,
    startAt: index * second,
    endAt: index * second + second,
    exposure: 2000,
    baseline: arm(80),
    candidate: arm(20),
    ...(typeof part === "function" ? part(index) : part),
  }));
}

function judged(
  guardrails: readonly GuardrailPolicy[],
  intervals: readonly IntervalCounts[],
  { unit, ...facts }: VerdictFacts & Pick<RolloutPolicy, "unit"> = {},
): Verdict {
  const policy: RolloutPolicy = {
    ...defaultRolloutPolicy,
    guardrails,
    ...(unit === undefined ? {} : { unit }),
  };
  const evidence = replay(policy, intervals);
  assert.ok(evidence.ok);
  return verdictOf(policy, evidence.value, facts);
}

const errors: GuardrailPolicy = { name: "errors", tolerance: { ratio: 1.5, absolute: 0.005 } };
const custom = (worse: "higher" | "lower", ratio: number, absolute?: number): GuardrailPolicy => ({
  name: "payments",
  tolerance: absolute === undefined ? { ratio } : { ratio, absolute },
  metric: { from: "otlp", events: "payments", sample: "visits", worse },
});
/** What an interval counts of payments: events of 800 at the baseline, of 200 at the candidate. */
const paid = (baseline: number, candidate: number): Part => ({
  baseline: arm(80, { custom: { payments: { events: baseline, sample: 800 } } }),
  candidate: arm(20, { custom: { payments: { events: candidate, sample: 200 } } }),
});

// oxfmt-ignore
const customs: readonly (readonly [string, GuardrailPolicy, Part, Verdict["kind"]])[] = [
  ["events that triple are harmful",                     custom("higher", 1.5),       paid(8, 6),    "harmful"],
  ["events that stay are safe",                          custom("higher", 1.5),       paid(8, 2),    "safe"],
  ["events within the ratio are safe",                   custom("higher", 4),         paid(8, 4),    "safe"],
  ["events within the points are safe",                  custom("higher", 1, 0.03),   paid(8, 3),    "safe"],
  ["fewer events are fine where more are worse",         custom("higher", 1.2),       paid(80, 10),  "safe"],
  ["fewer events are harmful where fewer are worse",     custom("lower", 1.2),        paid(80, 10),  "harmful"],
  ["as many events are safe where fewer are worse",      custom("lower", 1.2),        paid(80, 20),  "safe"],
  ["more events are fine where fewer are worse",         custom("lower", 1.2),        paid(80, 40),  "safe"],
  ["a share of nearly all that falls a little is seen",  custom("lower", 1, 0.01),    paid(784, 176), "harmful"],
  ["without a count of it nothing is known",             custom("higher", 1.5),       {},            "not_enough_evidence"],
];
for (const [claim, guardrail, part, kind] of customs) {
  test(`custom guardrail: ${claim}`, () => {
    const verdict = judged([guardrail], seconds(200, part));
    assert.equal(verdict.kind, kind, verdict.sentence);
    assert.match(verdict.sentence, /payments/);
  });
}

test("custom guardrail: counts of a metric source in intervals of their own count as well", () => {
  const intervals = seconds(400, (at) =>
    at % 2 === 0
      ? {}
      : {
          ...paid(8, 6),
          baseline: arm(0, paid(8, 6).baseline),
          candidate: arm(0, paid(8, 6).candidate),
          source: "metrics",
        },
  );
  const verdict = judged([errors, custom("higher", 1.5)], intervals);
  assert.equal(verdict.kind, "harmful");
  assert.match(
    verdict.sentence,
    /^payments: 3\.0 % at the candidate \(.*\) against 1\.0 % at the baseline .*margin of 1\.25x/,
  );
});

const shadow: GuardrailPolicy = { name: "shadow", tolerance: { ratio: 1.5, absolute: 0.01 } };
const mirrored = (candidateOnlyFailed: number, baselineOnlyFailed: number): Part => ({
  exposure: 0,
  candidate: arm(0),
  shadow: {
    mirrored: 50,
    candidateOnlyFailed,
    baselineOnlyFailed,
    bothFailed: 1,
    answersDiffered: 2,
  },
});

// oxfmt-ignore
const shadows: readonly (readonly [string, Part, Verdict["kind"], Verdict["kind"]])[] = [
  ["failures of the candidate alone are harmful before anybody is exposed", mirrored(3, 0), "harmful", "harmful"],
  ["failures on both sides alike are fine, and nobody is let in on them",   mirrored(1, 1), "safe", "no_traffic"],
  ["a baseline that fails alone is fine",                                   mirrored(0, 2), "safe", "no_traffic"],
];
for (const [claim, part, ofShadow, kind] of shadows) {
  test(`shadow: ${claim}`, () => {
    const verdict = judged([errors, shadow], seconds(100, part));
    assert.equal(verdict.kind, kind, verdict.sentence);
    assert.equal(verdict.guardrails[1]?.verdict, ofShadow);
  });
}

test("shadow: the sentence says how many answers differed", () => {
  const { sentence } = judged([errors, shadow], seconds(50, mirrored(3, 0)));
  assert.match(
    sentence,
    /^shadow: 8\.0 % of mirrored requests failed at the candidate .*; 100 answers differed/,
  );
});

const usersNew = (baseline: number, candidate: number): Part => ({
  baseline: arm(80, { usersNew: baseline }),
  candidate: arm(20, { usersNew: candidate }),
});

// oxfmt-ignore
const splits: readonly (readonly [string, number, Part, Verdict["kind"]])[] = [
  ["users in the shares of exposure are no news",        200, usersNew(8, 2),  "safe"],
  ["half the users that there should be is a broken split", 200, usersNew(9, 1),  "split_broken"],
  ["too many users is a broken split, too",              200, usersNew(6, 4),  "split_broken"],
  ["a user or two say nothing",                            3, usersNew(1, 0),  "not_enough_evidence"],
  ["nobody counted users: not judged",                   200, {},              "safe"],
];
for (const [claim, count, part, kind] of splits) {
  test(`split: ${claim}`, () => {
    const verdict = judged([errors], seconds(count, part));
    assert.equal(verdict.kind, kind, verdict.sentence);
  });
}

test("split: the sentence has shares and counts, and harm that needs no split outranks it", () => {
  const broken = judged([errors], seconds(200, usersNew(9, 1)));
  assert.match(broken.sentence, /200 of 2,000 new users \(10\.0 %\) .* gives 400 \(20\.0 %\)/);
  const harmful = seconds(200, {
    baseline: arm(80, { usersNew: 9 }),
    candidate: arm(20, { usersNew: 1, errors: 10 }),
  });
  assert.equal(judged([errors], harmful).kind, "harmful");
});

test("split: a ramp is no mismatch, for each interval has its own share", () => {
  const ramp = seconds(300, (at) => {
    const exposure = [100, 2500, 5000][Math.floor(at / 100)] ?? 0;
    const inside = (200 * exposure) / bucketCount;
    return {
      exposure,
      ...usersNew(200 - inside, inside),
      baseline: arm(400, { usersNew: 200 - inside }),
      candidate: arm(400, { usersNew: inside }),
    };
  });
  assert.equal(judged([errors], ramp).kind, "safe");
});

const facts: GuardrailPolicy[] = [errors, { name: "saturation", tolerance: { ratio: 1.5 } }];
const memory = (candidateMb: number, baselineMb: number | undefined, restarts = 0) => ({
  candidateBytes: candidateMb * 1024 ** 2,
  ...(baselineMb === undefined ? {} : { baselineBytes: baselineMb * 1024 ** 2 }),
  limitBytes: 512 * 1024 ** 2,
  restarts,
});

// oxfmt-ignore
const saturations: readonly (readonly [string, VerdictFacts["saturation"], Verdict["kind"]])[] = [
  ["unknown memory is no harm",                               undefined,              "safe"],
  ["near the limit and twice the baseline's is harm",         memory(450, 200),       "harmful"],
  ["near the limit like the baseline is no harm",             memory(450, 430),       "safe"],
  ["twice of little is no harm",                              memory(200, 100),       "safe"],
  ["near the limit without a baseline is no harm",            memory(500, undefined), "safe"],
  ["ended for its memory once is bad luck",                   memory(100, 100, 1),    "safe"],
  ["ended for its memory twice is harm",                      memory(100, 100, 2),    "harmful"],
];
for (const [claim, saturation, kind] of saturations) {
  test(`saturation: ${claim}`, () => {
    const given = saturation === undefined ? {} : { saturation };
    const verdict = judged(facts, seconds(200, {}), given);
    assert.equal(verdict.kind, kind, verdict.sentence);
    if (kind === "harmful") assert.match(verdict.sentence, /^saturation: .* MB of the 512 MB/);
  });
}

const silentAfter =
  (from: number, exposure = 2000) =>
  (at: number) =>
    at < from ? {} : { exposure, candidate: arm(0) };

// oxfmt-ignore
const missing: readonly (readonly [string, readonly IntervalCounts[], VerdictFacts, Verdict["kind"]])[] = [
  ["an arm that falls silent",              seconds(150, silentAfter(100)),  {}, "data_missing"],
  ["not after a few seconds",               seconds(105, silentAfter(100)),  {}, "safe"],
  ["not when nobody is exposed any more",   seconds(150, silentAfter(100, 0)), {}, "safe"],
  ["an arm that was never heard of",        seconds(150, silentAfter(0)),    {}, "no_traffic"],
  ["what the caller knows of the counts",   seconds(150, {}), { missing: { what: "counts", forMs: 9000 } }, "data_missing"],
  ["a metric that does not answer",         seconds(150, {}), { missing: { what: "metric", guardrail: "payments", forMs: 9000, because: "timed out" } }, "data_missing"],
];
for (const [claim, intervals, given, kind] of missing) {
  test(`data missing: ${claim}`, () => {
    const verdict = judged([errors], intervals, given);
    assert.equal(verdict.kind, kind, verdict.sentence);
    if (kind === "data_missing") assert.match(verdict.sentence, /^data missing: .* (for|of)/);
  });
}

test("data missing: an arm that is heard of again ends it", () => {
  const intervals = seconds(160, (at) => (at >= 100 && at < 150 ? { candidate: arm(0) } : {}));
  assert.equal(judged([errors], intervals.slice(0, 150)).kind, "data_missing");
  assert.equal(judged([errors], intervals).kind, "safe");
});

test("alpha: errors have the part of three others, facts none, and the parts add up", () => {
  const verdict = judged([errors, custom("higher", 1.5), ...facts.slice(1)], seconds(5, {}));
  const parts = verdict.guardrails.map(({ logEThreshold }) => Math.exp(-logEThreshold));
  assert.ok(Math.abs((parts[0] ?? 0) - (0.05 * 3) / 4) < 1e-12);
  assert.ok(Math.abs((parts[1] ?? 0) - 0.05 / 4) < 1e-12);
});

/** Users fail at the candidate for the first time, thrice as often as at the baseline, yet requests do not. */
const newlyHarmed: Part = {
  baseline: arm(80, { errors: 2, usersFirstHarmed: 1 }),
  candidate: arm(20, { errors: 1, usersFirstHarmed: 1 }),
};
/** One user of the candidate fails again and again. */
const failingAgain: Part = {
  baseline: arm(80, { errors: 1 }),
  candidate: arm(20, { errors: 2 }),
};

// oxfmt-ignore
const units: readonly (readonly [string, Part, NonNullable<RolloutPolicy["unit"]>, Verdict["kind"]])[] = [
  ["users who fail for the first time are harm by users",  newlyHarmed,  "users",    "harmful"],
  ["and by requests none, as fewer than half again fail",  { ...newlyHarmed, candidate: arm(20, { usersFirstHarmed: 1 }) }, "requests", "safe"],
  ["those who fail again and again are harm by requests",  failingAgain, "requests", "harmful"],
];
for (const [claim, part, unit, kind] of units) {
  test(`unit: ${claim}`, () => {
    const verdict = judged([errors], seconds(120, part), { unit });
    assert.equal(verdict.kind, kind, verdict.sentence);
    assert.equal(verdict.guardrails[0]?.unit, unit);
    assert.equal(verdict.sentence.includes("judged by requests"), unit === "requests");
  });
}

const ofErrors = (part: Part, unit?: RolloutPolicy["unit"]) =>
  judged([errors], seconds(30, part), unit === undefined ? {} : { unit }).guardrails[0];

test("unit: by requests, users' first harms and users who are stuck move nothing", () => {
  const [none, many] = [0, 5].map((users) =>
    ofErrors(
      { candidate: arm(20, { usersFirstHarmed: users, usersFirstStuck: users }) },
      "requests",
    ),
  );
  assert.equal(many?.logEHarm, none?.logEHarm);
  assert.equal(many?.logESafe, none?.logESafe);
});

test("unit: by requests, evidence and threshold are those of a service whose users have no keys", () => {
  const byPolicy = ofErrors(failingAgain, "requests");
  const byNeed = ofErrors({
    baseline: arm(80, { errors: 1, unkeyedRequests: 80 }),
    candidate: arm(20, { errors: 2, unkeyedRequests: 20 }),
  });
  assert.ok(byPolicy !== undefined && byPolicy.logEHarm > 0);
  assert.deepEqual(byPolicy, byNeed);
});
