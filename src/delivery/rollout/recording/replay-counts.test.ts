import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { IntervalCounts, RolloutPolicy } from "#domain";
import type { Result } from "#std";
import {
  countsLinesOf,
  defaultRolloutPolicy,
  openReplay,
  policyProblem,
  replay,
  syntheticTraffic,
  verdictOf,
  type ReplayStep,
  type World,
} from "../index.ts";

const policy = defaultRolloutPolicy;

type Replayed = Result<readonly ReplayStep[], { readonly field: string; readonly line?: number }>;

function replayed(lines: readonly string[]): Replayed {
  const open = openReplay(policy);
  const steps: ReplayStep[] = [];
  for (const line of lines) {
    const taken = open.take(line);
    if (!taken.ok) return taken;
    steps.push(...taken.value);
  }
  const rest = open.end();
  return rest.ok ? { ok: true, value: [...steps, ...rest.value] } : rest;
}

const line = (part: object): string =>
  JSON.stringify({ at: 0, arm: "candidate", exposure: 0.5, requests: 10, errors: 1, ...part });

/** All that a world can count, so that no field is lost on the way. */
const world: World = {
  users: 300,
  requestsPerSecond: 50,
  zipf: 1,
  userErrorLogSd: 1,
  baseErrorRatio: 0.02,
  fault: { errorRatio: 0.06, fromS: 5, latencyFactor: 1.3, slowRatio: 0.05, slowMs: 300 },
  latencyMsMedian: 50,
  latencyLogSd: 0.8,
  unkeyedRatio: 0.1,
  telemetryDelayS: 1,
  durationS: 40,
  instances: { baseline: 2, candidate: 1, wander: { logSd: 0.3, ar: 0.9, stepS: 10 } },
  custom: [{ name: "orders", baseRatio: 0.2, faultRatio: 0.1 }],
  telemetry: { edges: 2, lostRatio: 0.1 },
};

function recorded(seed: number): readonly IntervalCounts[] {
  const traffic = syntheticTraffic(world, seed);
  const all: IntervalCounts[] = [];
  for (let second = 0; second < world.durationS; second += 1) {
    all.push(...traffic.arrived(second));
    traffic.serve(second, 137 * (1 + Math.floor(second / 3)));
  }
  return all;
}

test("replay: what was recorded is judged after each interval bit for bit as production folds it", () => {
  for (const seed of [1, 2, 3]) {
    const intervals = recorded(seed);
    const steps = replayed(intervals.flatMap((counts) => countsLinesOf(counts)));
    assert.ok(steps.ok);
    assert.equal(steps.value.length, intervals.length);
    for (const [at, { verdict, ...when }] of steps.value.entries()) {
      const evidence = replay(policy, intervals.slice(0, at + 1));
      assert.ok(evidence.ok);
      assert.deepEqual(verdict, verdictOf(policy, evidence.value));
      const { index, startAt, endAt, exposure } = intervals[at] ?? {};
      assert.deepEqual(when, { index, startAt, endAt, exposure });
    }
  }
});

test("replay: what goes for an interval as a whole survives the file", () => {
  const [first] = recorded(1);
  assert.ok(first !== undefined);
  const shadow = {
    mirrored: 9,
    candidateOnlyFailed: 1,
    baselineOnlyFailed: 2,
    bothFailed: 3,
    answersDiffered: 3,
  };
  const { latency } = first.baseline;
  const paired = { ...shadow, baselineLatency: latency, candidateLatency: latency };
  const whole = {
    ...first,
    shadow: paired,
    ruled: { requests: 5, errors: 1 },
    isUserSetFull: true,
  };
  const [baseline = "", candidate = ""] = countsLinesOf({ ...whole, source: "probes" });
  const read = replayed([baseline, candidate]);
  assert.ok(read.ok, JSON.stringify(read));
  for (const part of ['"mirrored":9', '"ruled":{', '"isUserSetFull":true', '"source":"probes"']) {
    assert.ok(baseline.includes(part), part);
  }
});

/** Lines, and what the last verdict counts of requests (baseline/candidate), or what is refused and where. */
// oxfmt-ignore
const rows: readonly (readonly [string, readonly string[], string])[] = [
  ["nothing",                        [], "no intervals"],
  ["an empty line",                  ["", line({}), " "], "0/10 at 5000"],
  ["one arm alone",                  [line({})], "0/10 at 5000"],
  ["both arms",                      [line({ arm: "baseline", requests: 20 }), line({})], "20/10 at 5000"],
  ["the same arm twice",             [line({}), line({ at: 1000 })], "0/20 at 5000"],
  ["other times",                    [line({ arm: "baseline", requests: 20 }), line({ at: 1 })], "20/10 at 5000"],
  ["a percentage",                   [line({ exposure: "7%" })], "0/10 at 700"],
  ["a share that binary lacks",      [line({ exposure: 0.0007 })], "0/10 at 7"],
  ["an ISO instant",                 [line({ at: "2026-11-25T12:00:00Z", until: "2026-11-25T12:01:00.5Z" })], "0/10 at 5000"],
  ["a map of bounds",                [line({ latency: { 1: 5, 1.26: 3, "+Inf": 2 } })], "0/10 at 5000"],
  ["users met and not yet answered", [line({ users: { new: 11, seen: 11, firstHarmed: 1, requestsWithoutKey: 10 } })], "0/10 at 5000"],
  ["no JSON",                        ["{"], "line at 1"],
  ["a list",                         ["[]"], " at 1"],
  ["a number",                       ["5"], " at 1"],
  ["no arm",                         [line({ arm: undefined })], "arm at 1"],
  ["another arm",                    [line({ arm: "control" })], "arm at 1"],
  ["a misspelt key on line 2",       [line({}), line({ erors: 1 })], "erors at 2"],
  ["negative requests",              [line({ requests: -1 })], "requests at 1"],
  ["half a request",                 [line({ requests: 0.5 })], "requests at 1"],
  ["NaN",                            ['{"at":NaN}'], "line at 1"],
  ["a number beyond all",            [line({}).replace('"requests":10', '"requests":1e999')], "requests at 1"],
  ["more errors than requests",      [line({ errors: 11 })], "candidate.errors at 1"],
  ["a histogram of 3 cells",         [line({ latency: [1, 2, 3] })], "latency at 1"],
  ["a histogram with other bounds",  [line({ latency: { 100: 5 } })], "latency.100 at 1"],
  ["an end before the start",        [line({ at: 2000, until: 1000 })], "endAt at 1"],
  ["a date that is none",            [line({ at: "2026-13-45T99:99:99Z" })], "endAt at 1"],
  ["an index that goes back",        [line({ index: 5 }), line({ index: 4 })], "index at 2"],
  ["exposure above all",             [line({ exposure: 1.1 })], "exposure at 1"],
  ["a part of a bucket",             [line({ exposure: 0.00001 })], "exposure at 1"],
  ["a long line",                    [`{"at":"${"x".repeat(300_000)}"}`], "line at 1"],
  ["a deep line",                    [`${"[".repeat(100_000)}${"]".repeat(100_000)}`], " at 1"],
  ["a prototype",                    ['{"__proto__":{"requests":1}}'], "__proto__ at 1"],
];
for (const [claim, lines, expected] of rows) {
  test(`replay: ${claim}: ${expected}`, () => {
    const steps = replayed(lines);
    if (!steps.ok) return assert.equal(`${steps.error.field} at ${steps.error.line}`, expected);
    const last = steps.value.at(-1);
    if (last === undefined) return assert.equal("no intervals", expected);
    const errors = last.verdict.guardrails.find(({ name }) => name === "errors");
    const found = `${errors?.baseline.sample}/${errors?.candidate.sample} at ${last.exposure}`;
    return assert.equal(found, expected);
  });
}

test("replay: no line, however broken, does more than be refused", () => {
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom(-1, 1e308, "0%", "baseline", {}, []));
  const keys = Object.keys({ ...JSON.parse(line({})), users: 1, latency: 1, groups: 1, index: 1 });
  const lines = fc.array(
    fc.oneof(
      fc.string(),
      fc.dictionary(fc.constantFrom(...keys), value).map((part) => line(part)),
    ),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(lines, (given) => {
      const steps = replayed(given);
      if (!steps.ok) assert.ok((steps.error.line ?? 0) >= 1);
    }),
    { numRuns: 300 },
  );
});

const withGuardrail = (ratio: number, absolute?: number): RolloutPolicy => ({
  ...policy,
  guardrails: [
    { name: "errors", tolerance: absolute === undefined ? { ratio } : { ratio, absolute } },
  ],
});
const [sample] = policy.guardrails;
// oxfmt-ignore
const policies: readonly (readonly [string, RolloutPolicy, string | undefined])[] = [
  ["the default",            policy,                                    undefined],
  ["no alpha",               { ...policy, alpha: 0 },                   "policy.alpha"],
  ["an alpha of 1",          { ...policy, alpha: 1 },                   "policy.alpha"],
  ["no time",                { ...policy, maxDurationMs: -1 },          "policy.maxDurationMs"],
  ["no budget",              { ...policy, harmBudgetRequests: 0 },      "policy.harmBudgetRequests"],
  ["more than all",          { ...policy, exposureMaxPercent: 101 },    "policy.exposureMaxPercent"],
  ["a guardrail twice",      { ...policy, guardrails: sample === undefined ? [] : [sample, sample] }, "policy.guardrails"],
  ["a guardrail without a name", { ...policy, guardrails: [{ name: "", tolerance: { ratio: 2 } }] }, "policy.guardrails"],
  ["a guardrail that all objects have", { ...policy, guardrails: [{ name: "constructor", tolerance: { ratio: 2 } }] }, "policy.guardrails"],
  ["a guardrail of the app's own", { ...policy, guardrails: [{ name: "orders", tolerance: { ratio: 2 } }] }, undefined],
  ["a tolerance below 1",    withGuardrail(0.5),                        "policy.guardrails.errors.tolerance"],
  ["an absolute above 1",    withGuardrail(1, 2),                       "policy.guardrails.errors.tolerance"],
];
for (const [claim, given, field] of policies) {
  test(`policyProblem: ${claim} is ${field === undefined ? "fine" : "refused"}`, () => {
    assert.equal(policyProblem(given)?.field, field);
  });
}
