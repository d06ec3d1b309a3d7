import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  latencyCells,
  parseAppName,
  parseId,
  withoutForecast,
  type ArmCounts,
  type IntervalCounts,
  type Rollout,
  type RolloutCommand,
  type RolloutPolicy,
  type RolloutState,
} from "#domain";
import { applyCommand } from "./command.ts";
import { decide, type Decision, type Facts } from "./decide.ts";
import { type Evidence, replay } from "./evidence.ts";
import { defaultRolloutPolicy } from "./policy.ts";
import { verdictOf } from "./verdict.ts";

function parsed<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  assert.ok(result.ok);
  return result.value;
}

const release = (digit: number) => parsed(parseId("rel", `rel_00000000000${digit}`));

const running: Rollout = {
  id: parsed(parseId("rol", "rol_000000000000")),
  app: parsed(parseAppName("shop")),
  environment: "production",
  change: parsed(parseId("chg", "chg_000000000000")),
  candidate: release(2),
  baseline: release(1),
  policy: defaultRolloutPolicy,
  salt: "salt",
  state: "running",
  exposure: 2000,
  startedAt: 0,
  firstExposedAt: 0,
  reason: "as told",
  verdict: { kind: "no_traffic", sentence: "", guardrails: [], throughIndex: -1 },
  totals: {
    usersExposed: 0,
    usersHarmed: 0,
    candidateRequests: 0,
    candidateErrors: 0,
    baselineRequests: 0,
    baselineErrors: 0,
  },
};

function arm(requests: number, errors: number, cell = 6): ArmCounts {
  const latency = Array.from({ length: latencyCells }, () => 0);
  latency[cell] = requests;
  const users = { usersFirstHarmed: errors, usersFirstSeen: requests };
  return { requests, errors, connectionFailures: 0, unkeyedRequests: 0, latency, ...users };
}

const unharmed = (one: ArmCounts): ArmCounts => ({ ...one, errors: 0, usersFirstHarmed: 0 });
const unkeyed = (one: ArmCounts): ArmCounts => ({ ...one, unkeyedRequests: one.requests });

function interval(index: number, candidate: ArmCounts, baseline: ArmCounts): IntervalCounts {
  const [startAt, endAt] = [index * 1000, index * 1000 + 1000];
  return { rollout: running.id, index, startAt, endAt, exposure: 2000, candidate, baseline };
}

/** `seconds` alike, with these requests and errors a second; errors only in the first. */
function history(seconds: number, candidate: ArmCounts, baseline: ArmCounts): Evidence {
  const intervals = Array.from({ length: seconds }, (_, index) =>
    index === 0
      ? interval(index, candidate, baseline)
      : interval(index, unharmed(candidate), unharmed(baseline)),
  );
  return parsed(replay(defaultRolloutPolicy, intervals));
}

const nothing = history(0, arm(0, 0), arm(0, 0));
const clean = history(120, arm(20, 0), arm(80, 0));
const little = history(2, arm(20, 0), arm(80, 0));
const failing = history(1, arm(20, 15), arm(80, 0));
const slow = history(30, arm(20, 0, 30), arm(80, 0));
const bursts = history(120, arm(20, 0), arm(80, 0));
const withoutCandidate = history(30, arm(0, 0), arm(80, 0));

const at: Facts = {
  now: 20_000,
  requestsPerSecond: 100,
  isReady: true,
  telemetryDelayMs: 1000,
  lastIntervalAt: 19_000,
  edgesMissing: [],
};
const late: Facts = { ...at, now: 3_600_000, lastIntervalAt: 3_599_000 };
const missing = {
  what: "metric",
  guardrail: "checkout",
  forMs: 20_000,
  because: "main is slow",
} as const;
const crash = { instance: "ins_1", exits: 2, exit: "exit code 1" };

const inState = (state: RolloutState): Rollout => ({ ...running, state });
const under = (policy: Partial<RolloutPolicy>): Rollout => ({
  ...running,
  policy: { ...defaultRolloutPolicy, ...policy },
});
const { baseline: _baseline, ...first } = running;
const hidden: Rollout = { ...running, exposure: 0 };

type Case = readonly [string, Rollout, Evidence, Facts, Decision["kind"], RegExp];
// oxfmt-ignore
const cases: readonly Case[] = [
  ["a ready candidate meets its first users",      hidden,                                nothing, at, "expose", /harm budget/],
  ["a candidate that is not ready waits",          hidden,                                nothing, { ...at, isReady: false }, "wait", /not ready/],
  ["clean evidence exposes more",                  running,                               little, at, "expose", /at worst/],
  ["little evidence at full exposure waits",       { ...running, exposure: 5000 },        little, at, "wait", /let in after about/],
  ["enough clean evidence promotes",               running,                               clean, at, "promote", /0 of 2,400/],
  ["not in the first seconds, however clean",      { ...running, firstExposedAt: 16_000, exposure: 5000 }, clean, at, "wait", /errors/],
  ["safe evidence before exposure is not enough",  hidden,                                clean, at, "expose", /percentage points/],
  ["errors roll back",                             running,                               failing, at, "roll_back", /errors: 75\.0 % of candidate requests failed \(15 of 20; 15 of 20 users\)/],
  ["slowness rolls back",                          running,                               slow, at, "roll_back", /latency: 100\.0 %/],
  ["a crash loop rolls back at once",              hidden,                                nothing, { ...at, crash, isReady: false }, "roll_back", /exited 2 times, last with exit code 1/],
  ["a single exit does not",                       running,                               clean, { ...at, crash: { ...crash, exits: 1 } }, "promote", /errors/],
  ["a guardrail that is not measured keeps exposure", running,                            clean, { ...at, missing }, "wait", /nothing usable on checkout for 20.0 s: main is slow/],
  ["and asks a person when time is over",          running,                               clean, { ...late, missing }, "hold", /nothing usable on checkout/],
  ["harm outranks what is not measured",           running,                               failing, { ...at, missing }, "roll_back", /errors/],
  ["a paused rollout stays",                       inState("paused"),                     clean, at, "wait", /paused: as told/],
  ["a paused rollout still rolls back",            inState("paused"),                     failing, at, "roll_back", /errors/],
  ["a held rollout stays",                         inState("held"),                       clean, at, "wait", /held/],
  ["a held rollout still rolls back",              inState("held"),                       failing, at, "roll_back", /errors/],
  ["what was rolled back never advances",          inState("rolled_back"),                clean, at, "wait", /over/],
  ["what was rolled back is not rolled back again", inState("rolled_back"),               failing, at, "wait", /over/],
  ["what was promoted is over",                    inState("promoted"),                   failing, at, "wait", /over/],
  ["what was superseded is over",                  inState("superseded"),                 clean, at, "wait", /over/],
  ["a first release is let in when ready",         first,                                 nothing, at, "promote", /first release/],
  ["a first release that is not ready waits",      first,                                 nothing, { ...at, isReady: false }, "wait", /not ready/],
  ["all-at-once lets in when ready",               under({ strategy: "all-at-once" }),    nothing, at, "promote", /all-at-once/],
  ["all-at-once does not let harm in",             under({ strategy: "all-at-once" }),    failing, at, "roll_back", /errors/],
  ["hold lets nobody in",                          under({ strategy: "hold" }),           nothing, at, "hold", /nobody is let in/],
  ["just under its time it goes on",               { ...running, exposure: 5000 },        little, { ...late, now: 3_599_999 }, "wait", /not enough evidence/],
  ["at its time it is held",                       running,                               little, late, "hold", /no verdict within 1 h/],
  ["at its time silence is held, too",             running,                               nothing, late, "hold", /no traffic/],
  ["at its time it is aborted if so told",         under({ atMaxDuration: "abort" }),     little, late, "roll_back", /no verdict/],
  ["at its time it is let in if so told",          under({ atMaxDuration: "promote" }),   little, late, "promote", /policy/],
  ["a verdict at its time comes first",            running,                               clean, late, "promote", /errors/],
  ["no traffic to the candidate waits",            { ...running, exposure: 5000 },        withoutCandidate, at, "wait", /no traffic: the candidate has had no request yet/],
  ["missing counts do not advance",                running,                               little, { ...at, lastIntervalAt: 2000 }, "wait", /^no request has been counted for 18\.0 s: nobody comes, or the counts are late; exposure stays$/],
  ["just recent counts do",                        running,                               little, { ...at, lastIntervalAt: 15_000 }, "expose", /at worst/],
  ["counts that were lost for over a minute do not advance either", running,                little, { ...at, now: 90_000, requestsPerSecond: 0, lastIntervalAt: 2000 }, "wait", /no request has been counted for 1 min 28 s: nobody comes, or the counts are late; exposure stays; not enough/],
  ["counts that fade do not advance",              running,                               little, { ...at, now: 60_000, requestsPerSecond: 0.1, lastIntervalAt: 2000 }, "wait", /no request has been counted for 58\.0 s/],
  ["safe evidence that has dried up does not promote", running,                           clean, { ...at, now: 90_000, requestsPerSecond: 0, lastIntervalAt: 2000 }, "wait", /no request has been counted/],
  ["nor while an edge does not answer",            running,                               clean, { ...at, edgesMissing: ["edge-1"] }, "wait", /data missing: edge-1 does not answer/],
  ["nobody is let in first while an edge is away", hidden,                                nothing, { ...at, requestsPerSecond: 0, edgesMissing: ["edge-0", "edge-1"] }, "wait", /edge-0, edge-1 do not answer/],
  ["harm is taken away also then",                 running,                               failing, { ...at, edgesMissing: ["edge-1"] }, "roll_back", /errors/],
  ["at its time missing counts are held",          running,                               clean, { ...late, lastIntervalAt: 2000, requestsPerSecond: 0 }, "hold", /no verdict within 1 h: no request has been counted/],
  ["no counts without traffic are not missing",    { ...running, exposure: 5000 },        nothing, { ...at, requestsPerSecond: 0, lastIntervalAt: 0 }, "wait", /no traffic: no request has been counted since the rollout began/],
];
for (const [claim, rollout, evidence, facts, kind, because] of cases) {
  test(`decide: ${claim}`, () => {
    const decision = decide(rollout, evidence, facts);
    assert.equal(decision.kind, kind, decision.because);
    assert.match(decision.because, because);
  });
}

test("decide: the table reaches every kind of decision", () => {
  const every: Record<Decision["kind"], 1> = {
    wait: 1,
    expose: 1,
    promote: 1,
    roll_back: 1,
    hold: 1,
  };
  const reached = new Set(cases.map(([, , , , kind]) => kind));
  assert.deepEqual([...reached].toSorted(), Object.keys(every).toSorted());
});

test("decide: whatever the facts, nothing is promoted without evidence while there is a baseline", () => {
  const facts = fc.record({
    now: fc.nat(7_200_000),
    requestsPerSecond: fc.double({ min: 0, max: 1e5, noNaN: true }),
    isReady: fc.boolean(),
    telemetryDelayMs: fc.nat(10_000),
    lastIntervalAt: fc.nat(7_200_000),
    edgesMissing: fc.constantFrom<readonly string[]>([], ["edge-0"]),
  });
  fc.assert(
    fc.property(facts, fc.constantFrom(nothing, withoutCandidate), (given, evidence) => {
      assert.notEqual(decide(running, evidence, given).kind, "promote");
    }),
  );
});

test("decide: without counts for six seconds nobody is let in, whatever else is the case", () => {
  const facts = fc.record({
    now: fc.integer({ min: 8_001, max: 3_599_999 }),
    requestsPerSecond: fc.double({ min: 0, max: 1e5, noNaN: true }),
    isReady: fc.boolean(),
    telemetryDelayMs: fc.nat(2_000),
    lastIntervalAt: fc.nat(2_000),
    edgesMissing: fc.constant([]),
  });
  const exposed = fc.integer({ min: 1, max: 10_000 });
  fc.assert(
    fc.property(facts, exposed, fc.constantFrom(little, clean), (given, exposure, evidence) => {
      const { kind } = decide({ ...running, exposure }, evidence, given);
      assert.ok(kind === "wait" || kind === "hold", kind);
    }),
  );
});

test("verdict: once harmful it stays so, however clean what follows", () => {
  const burst = history(600, arm(20, 15), arm(80, 0));
  assert.equal(verdictOf(defaultRolloutPolicy, burst).kind, "harmful");
  assert.equal(verdictOf(defaultRolloutPolicy, bursts).kind, "safe");
});

/** Of users who were met, and harmed, before. */
const known = (one: ArmCounts): ArmCounts => ({ ...one, usersFirstHarmed: 0, usersFirstSeen: 0 });

/** Some of few users are harmed in the first second, and so many requests of the same fail in each that follows. */
function failingAgain(errors: number): Evidence {
  const intervals = Array.from({ length: 300 }, (_, index) =>
    index === 0
      ? interval(index, arm(200, 3), arm(800, 4))
      : interval(index, known(arm(20, errors)), known(arm(80, index % 2))),
  );
  return parsed(replay(defaultRolloutPolicy, intervals));
}

test("verdict: the same few users who fail again and again are harm, though each was harmed once", () => {
  // 10 % beside 0.6 %, and none beside as many.
  assert.equal(verdictOf(defaultRolloutPolicy, failingAgain(2)).kind, "harmful");
  assert.notEqual(verdictOf(defaultRolloutPolicy, failingAgain(0)).kind, "harmful");
});

const countStuck = (all: ArmCounts, index: number, many: number): ArmCounts => ({
  ...all,
  usersFirstSeen: index === 0 ? 200 : 0,
  usersFirstHarmed: index < many ? 1 : 0,
  usersFirstStuck: index < many ? 1 : 0,
});

/** Two minutes in which a few users become stuck, the failed requests being few among all. */
function stuck(users: number, ofBaseline = 0): Evidence {
  const intervals = Array.from({ length: 120 }, (_, index) =>
    interval(
      index,
      countStuck(arm(20, index < users ? 3 : 0), index, users),
      countStuck(arm(80, index < ofBaseline ? 3 : 0), index, ofBaseline),
    ),
  );
  return parsed(replay(defaultRolloutPolicy, intervals));
}

test("verdict: users for whom nothing works are harm, however few their requests are", () => {
  const { kind, sentence } = verdictOf(defaultRolloutPolicy, stuck(8));
  assert.equal(kind, "harmful");
  assert.match(
    sentence,
    /8 of 200 users, 8 of them 3 times in a row\) against .* 0 of 200 users\)/,
  );
  const oneInFour = verdictOf(defaultRolloutPolicy, stuck(2, 8));
  assert.equal(oneInFour.kind, "safe", "as many as the baseline's, by its share");
  const unsure = verdictOf(defaultRolloutPolicy, stuck(2));
  assert.equal(unsure.kind, "not_enough_evidence", "too few to stop, too many to let in");
  assert.match(unsure.sentence, /a verdict is not in sight/);
});

/** One of two hundred users, half of them the candidate's, fails three times in a row, and never again. */
const amongFew = (all: ArmCounts, index: number, isTheirs: boolean): ArmCounts => ({
  ...all,
  usersFirstSeen: index === 0 ? 100 : 0,
  usersFirstHarmed: isTheirs && index === 3 ? 1 : 0,
  usersFirstStuck: isTheirs && index === 3 ? 1 : 0,
});

test("verdict: one user who was stuck, among few, does not keep a release from everybody for good", () => {
  const intervals = Array.from({ length: 600 }, (_, index) =>
    interval(
      index,
      amongFew(arm(20, index === 3 ? 3 : 0), index, true),
      amongFew(arm(80, 0), index, false),
    ),
  );
  const { kind } = verdictOf(defaultRolloutPolicy, parsed(replay(defaultRolloutPolicy, intervals)));
  assert.equal(kind, "safe");
});

const once = { ...arm(1, 0), usersFirstSeen: 1 };
const again = { ...arm(20, 0), usersFirstSeen: 0 };
// oxfmt-ignore
const few: readonly (readonly [claim: string, candidate: readonly ArmCounts[], told: RegExp])[] = [
  ["a handful of users, however busy, is not enough", [...Array.from({ length: 9 }, () => once), again], /\(0 of .*; 0 of 9 users\).*only 9 users have met it, and 100 are needed/],
  ["one is one",                                      [once, again], /; 0 of 1 users\).*only 1 user has met it, and 100 are needed/],
  ["requests without a cookie are not users",         [unkeyed({ ...arm(20, 0), usersFirstSeen: 0 })], /\(0 of 2,400\) against .*; no user that can be told apart has met it, and 100 are needed/],
];
for (const [claim, candidates, told] of few) {
  test(`verdict: ${claim}`, () => {
    const last = candidates.at(-1) ?? again;
    const arms = Array.from({ length: 120 }, (_, index) => candidates[index] ?? last);
    const intervals = arms.map((candidate, index) => interval(index, candidate, arm(80, 0)));
    const verdict = verdictOf(
      defaultRolloutPolicy,
      parsed(replay(defaultRolloutPolicy, intervals)),
    );
    assert.equal(verdict.kind, "not_enough_evidence");
    assert.match(verdict.sentence, told);
  });
}

test("verdict: without users' keys requests are the unit, and it says so", () => {
  const verdict = verdictOf(
    defaultRolloutPolicy,
    history(1, unkeyed(arm(40, 20)), unkeyed(arm(80, 0))),
  );
  assert.equal(verdict.kind, "harmful");
  assert.equal(verdict.guardrails[0]?.unit, "requests");
  assert.match(
    verdict.sentence,
    /^errors: 50\.0 % of candidate requests failed \(20 of 40\) against 0\.0 % of the baseline's \(0 of 80\), judged by requests, tolerance 1\.5x or \+0\.5 points; evidence .* : 1 against the candidate, a margin of 1\.25x for luck included$/,
  );
});

type Commanded = readonly [RolloutCommand["kind"], RolloutState, number, string];
// oxfmt-ignore
const commands: readonly Commanded[] = [
  ["pause",     "running",     0,         "paused"],
  ["pause",     "paused",      0,         "wrong_state"],
  ["resume",    "paused",      0,         "running"],
  ["resume",    "running",     0,         "wrong_state"],
  ["resume",    "held",        3_599_999, "running"],
  ["resume",    "held",        3_600_000, "wrong_state"],
  ["promote",   "held",        0,         "promote"],
  ["abort",     "paused",      0,         "roll_back"],
  ["supersede", "running",     0,         "roll_back"],
  ["promote",   "rolled_back", 0,         "wrong_state"],
  ["resume",    "superseded",  0,         "wrong_state"],
  ["abort",     "promoted",    0,         "wrong_state"],
];
for (const [kind, state, when, expected] of commands) {
  test(`command: ${kind} of a ${state} rollout gives ${expected}`, () => {
    const command: RolloutCommand = { kind, by: "ana", reason: "so", at: when };
    const outcome = applyCommand(inState(state), command);
    const found = outcome.ok
      ? outcome.value.kind === "state"
        ? outcome.value.state
        : outcome.value.decision.kind
      : outcome.error.code;
    assert.equal(found, expected);
  });
}

test("verdict: of one or two requests no time is forecast", () => {
  const met = verdictOf(running.policy, history(1, unkeyed(arm(1, 0)), unkeyed(arm(1, 0))));
  assert.ok(met.guardrails.every(({ forecastMs }) => forecastMs === undefined));
  assert.match(met.sentence, /^not enough evidence yet on .*; too few requests have come to say/);
});

test("a verdict that nothing follows forecasts nothing, and says the rest", () => {
  const { sentence } = verdictOf(running.policy, little);
  assert.match(sentence, /let in after about/);
  const over = withoutForecast(sentence);
  assert.doesNotMatch(over, /let in|present traffic/);
  assert.ok(sentence.replace(" yet", "").startsWith(`${over}; `));
});
