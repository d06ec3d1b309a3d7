import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  bucketCount,
  latencyCells,
  parseAppName,
  parseId,
  type ArmCounts,
  type IntervalCounts,
  type Rollout,
  type RolloutCommand,
  type RolloutPolicy,
  type WindowsPolicy,
} from "#domain";
import { choose } from "./choose.ts";
import { applyCommand, refusalOf } from "./command.ts";
import { decide } from "./decide.ts";
import type { Decision, Facts } from "./decision.ts";
import { type Evidence, replay } from "./evidence.ts";
import { defaultRolloutPolicy } from "./policy.ts";
import { noShadow } from "./shadow.ts";
import { closedAt, openMs } from "./windows.ts";

function parsed<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  assert.ok(result.ok);
  return result.value;
}

const release = (digit: number) => parsed(parseId("rel", `rel_00000000000${digit}`));
const minute = 60_000;
const start = Date.parse("2026-11-25T12:00:00Z");

const begun: Rollout = {
  id: parsed(parseId("rol", "rol_000000000000")),
  app: parsed(parseAppName("shop")),
  environment: "production",
  change: parsed(parseId("chg", "chg_000000000000")),
  candidate: release(2),
  baseline: release(1),
  policy: defaultRolloutPolicy,
  salt: "salt",
  state: "running",
  exposure: 0,
  startedAt: start,
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

function arm(requests: number, errors: number): ArmCounts {
  const latency = Array.from({ length: latencyCells }, () => 0);
  latency[6] = requests;
  const users = { usersFirstHarmed: errors, usersFirstSeen: requests };
  return { requests, errors, connectionFailures: 0, unkeyedRequests: 0, latency, ...users };
}

/** Seconds alike from the start on, at an exposure of a fifth. */
function history(seconds: number, candidateErrors: number): Evidence {
  return counted(seconds, () => [arm(20, candidateErrors), arm(80, 0)]);
}

function counted(
  seconds: number,
  armsOf: (second: number) => readonly [candidate: ArmCounts, baseline: ArmCounts],
): Evidence {
  const intervals = Array.from({ length: seconds }, (_, index): IntervalCounts => {
    const [candidate, baseline] = armsOf(index);
    const [startAt, endAt] = [start + index * 1000, start + index * 1000 + 1000];
    return { rollout: begun.id, index, startAt, endAt, exposure: 2000, candidate, baseline };
  });
  return parsed(replay(defaultRolloutPolicy, intervals));
}

/** A minute and a half in which the baseline is not heard of for the last so many seconds. */
const unheard = (seconds: number): Evidence =>
  counted(90, (second) => [arm(20, 0), arm(second < 90 - seconds ? 80 : 0, 0)]);

const nothing = history(0, 0);
const little = history(2, 0);
const clean = history(180, 0);
const failing = history(2, 15);
/** Four times as many users at the candidate as its share is. */
const skewed = counted(60, () => [
  { ...arm(80, 0), usersNew: 80 },
  { ...arm(20, 0), usersNew: 20 },
]);

/** The facts so many minutes after the start. */
const after = (minutes: number, more: Partial<Facts> = {}): Facts => ({
  now: start + minutes * minute,
  requestsPerSecond: 100,
  isReady: true,
  telemetryDelayMs: 1000,
  lastIntervalAt: start + minutes * minute - 500,
  edgesMissing: [],
  ...more,
});

const steps: Partial<RolloutPolicy> = {
  strategy: "steps",
  exposureMaxPercent: 50,
  steps: [
    { weightPercent: 1, forMs: 5 * minute, until: "time" },
    { weightPercent: 10, forMs: minute, until: "approval" },
    { weightPercent: 50, forMs: 10 * minute, until: "safe" },
  ],
};
const withPolicy = (rollout: Rollout, policy: Partial<RolloutPolicy>): Rollout => ({
  ...rollout,
  policy: { ...defaultRolloutPolicy, ...policy },
});
const under = (policy: Partial<RolloutPolicy>, more: Partial<Rollout> = {}): Rollout => ({
  ...withPolicy(begun, policy),
  ...more,
});
/** In this step (from 0) since the start, with this percentage of users. */
const inStep = (index: number, percent: number, more: Partial<Rollout> = {}): Partial<Rollout> => ({
  step: { index, enteredAt: start },
  exposure: percent * 100,
  ...(percent > 0 ? { firstExposedAt: start } : {}),
  ...more,
});
const approved = (index: number): Partial<Rollout> => ({
  step: { index, enteredAt: start, approval: { by: "ana", reason: "looks good", at: start } },
});
const cohorts: Partial<RolloutPolicy> = {
  cohorts: {
    rules: [{ match: { kind: "header", name: "x-beta", value: "1" } }],
    aloneMs: 10 * minute,
    until: "time",
  },
};
const blueGreen: Partial<RolloutPolicy> = { strategy: "blue-green", hasPreview: true };
const automatic: Partial<RolloutPolicy> = { ...blueGreen, autoPromoteMs: 5 * minute };
const shadow: Partial<RolloutPolicy> = {
  shadow: { requests: 200, sharePercent: 10 },
  guardrails: [
    ...defaultRolloutPolicy.guardrails,
    { name: "shadow", tolerance: { ratio: 1.5, absolute: 0.005 } },
  ],
};

/** 200 copies in an interval in which nobody met the candidate. */
function copied(candidateOnlyFailed: number, baselineOnlyFailed: number): Evidence {
  const counts: IntervalCounts = {
    rollout: begun.id,
    index: 0,
    startAt: start,
    endAt: start + 1000,
    exposure: 0,
    candidate: arm(0, 0),
    baseline: arm(200, 0),
    shadow: { ...noShadow, mirrored: 200, candidateOnlyFailed, baselineOnlyFailed },
  };
  return parsed(replay({ ...defaultRolloutPolicy, ...shadow }, [counts]));
}
const freeze: WindowsPolicy = {
  freezes: [{ fromAt: start - minute, toAt: start + 30 * minute, reason: "sale" }],
};
const baking = (more: Partial<Rollout> = {}): Rollout =>
  under(
    { bake: { forMs: 30 * minute, controlPercent: 2 } },
    { state: "baking", exposure: 9800, publishedAt: start, firstExposedAt: start, ...more },
  );
const lettingIn: Partial<RolloutPolicy> = {
  maxDurationMs: 120 * minute,
  atMaxDuration: "promote",
};
const lateFreeze: WindowsPolicy = {
  freezes: [{ fromAt: start + 180 * minute, toAt: start + 720 * minute, reason: "sale" }],
};
const probed: Partial<RolloutPolicy> = { probes: [{ path: "/", everyMs: 500, timeoutMs: 2_000 }] };
const unmeasured = {
  what: "metric",
  guardrail: "checkout",
  forMs: 20_000,
  because: "main is slow",
} as const;
const ruled = (errors: number) => ({ ruled: { requests: 60, errors } });
const { baseline: _none, ...without } = begun;
const brokenSplit = under({}, inStep(0, 20));

type Case = readonly [string, Rollout, Evidence, Facts, Decision["kind"], RegExp];
// oxfmt-ignore
const cases: readonly Case[] = [
  ["the first step begins with its weight",          under(steps),                                      nothing, after(0), "expose", /^1 % of users for 5 min/],
  ["a step lasts its time, however clean",           under(steps, inStep(0, 1)),                        clean, after(4.9), "wait", /^step 1 of 3 .* until 2026-11-25 12:05 UTC/],
  ["and then the next begins",                       under(steps, inStep(0, 1)),                        little, after(5), "expose", /^10 % of users/],
  ["harm stops it at any time",                      under(steps, inStep(0, 1)),                        failing, after(1), "roll_back", /^errors/],
  ["also at its end",                                under(steps, inStep(2, 50)),                       failing, after(10), "roll_back", /^errors/],
  ["a gate asks a person, by its number",            under(steps, inStep(1, 10)),                       little, after(1), "hold", /^step 2 of 3 .* waits for approval/],
  ["a safe verdict is no approval",                  under(steps, inStep(1, 10)),                       clean, after(6), "hold", /waits for approval/],
  ["approved, it goes on",                           under(steps, { ...inStep(1, 10), ...approved(1) }), little, after(1), "expose", /approved by ana: looks good/],
  ["approved before its time, it lasts its time",    under(steps, { ...inStep(1, 10), ...approved(1) }), little, after(0.5), "wait", /until/],
  ["after the last, only a safe verdict lets in",    under(steps, inStep(2, 50)),                       little, after(11), "wait", /not enough evidence/],
  ["which it does",                                  under(steps, inStep(2, 50)),                       clean, after(11), "promote", /0 of/],
  ["a spent budget speaks against the next step",    under({ ...steps, harmBudgetRequests: 1 }, inStep(0, 1)), little, after(6, ruled(9)), "wait", /the harm budget is spent/],
  ["a step whose weight is missing gets it",         under(steps, inStep(1, 1)),                        little, after(9), "expose", /begins/],
  ["silence is no step forward",                     under(steps, inStep(0, 1)),                        little, after(6, { lastIntervalAt: start + 5.5 * minute }), "wait", /data missing/],
  ["a minute of it asks a person",                   under(steps, inStep(0, 1)),                        little, after(6, { lastIntervalAt: start + 4 * minute }), "hold", /data missing/],
  ["a rollout with clean evidence and silence does not promote", under({}, inStep(0, 20)),              clean, after(6, { lastIntervalAt: start + 5.8 * minute }), "wait", /data missing/],

  ["users by rule come first",                       under(cohorts),                                    nothing, after(0), "expose", /^users by rule for 10 min/],
  ["and are alone for their time",                   under(cohorts, inStep(0, 0)),                      nothing, after(9), "wait", /^step 1 of 2 .*until/],
  ["then chance decides",                            under(cohorts, inStep(0, 0)),                      nothing, after(10, ruled(0)), "expose", /0 of 60 requests of users by rule failed/],
  ["what they meet is no verdict but asks a person", under(cohorts, inStep(0, 0)),                      nothing, after(1, ruled(60)), "hold", /chance did not choose them/],
  ["who may say yes",                                under(cohorts, { ...inStep(0, 0), ...approved(0) }), nothing, after(10, ruled(60)), "expose", /60 of 60/],
  ["a crash loop takes it away from them, too",      under(cohorts, inStep(0, 0)),                      nothing, after(1, { crash: { instance: "i", exits: 2, exit: "exit code 1" } }), "roll_back", /crashes/],

  ["a preview opens with nobody in",                 under(blueGreen),                                  nothing, after(0), "expose", /^preview, until approved/],
  ["and waits for approval",                         under(blueGreen, inStep(0, 0)),                    nothing, after(60), "hold", /waits for approval/],
  ["everybody switches at once",                     under(blueGreen, { ...inStep(0, 0), ...approved(0) }), nothing, after(60), "promote", /approved by ana/],
  ["by itself only after its time",                  under(automatic, inStep(0, 0)),                    nothing, after(4, ruled(0)), "wait", /until/],
  ["and only if it answered",                        under(automatic, inStep(0, 0)),                    nothing, after(5, ruled(0)), "promote", /0 of 60 requests to the preview failed/],
  ["silence there asks a person",                    under(automatic, inStep(0, 0)),                    nothing, after(5), "hold", /nothing was answered/],
  ["failures there ask a person",                    under(automatic, inStep(0, 0)),                    nothing, after(5, ruled(59)), "hold", /harm budget is spent/],

  ["copies come before users",                       under(shadow),                                     nothing, after(0), "expose", /^copies of 200 requests/],
  ["until there were enough",                        under(shadow, inStep(0, 0)),                       nothing, after(1, { shadow: { ...noShadow, mirrored: 199 } }), "wait", /of 199 copied/],
  ["then users meet it",                             under(shadow, inStep(0, 0)),                       nothing, after(1, { shadow: { ...noShadow, mirrored: 200, answersDiffered: 3 } }), "expose", /3 answers differed/],
  ["what fails on copies meets nobody",              under(shadow, inStep(0, 0)),                       copied(12, 0), after(1), "roll_back", /^shadow/],
  ["what fails in pairs alike does not stop it",     under(shadow, inStep(0, 0)),                       copied(12, 11), after(1, { shadow: { ...noShadow, mirrored: 200, candidateOnlyFailed: 12, baselineOnlyFailed: 11 } }), "expose", /12 failed at the candidate only/],
  ["a shadow strategy holds then",                   under({ ...shadow, strategy: "shadow" }, inStep(0, 0)), nothing, after(1, { shadow: { ...noShadow, mirrored: 200 } }), "expose", /^nobody, until a person/],

  ["a freeze lets nobody in, and says until when",   under({ windows: freeze }),                        nothing, after(0), "wait", /^frozen: sale, until 2026-11-25 12:30 UTC/],
  ["nor everybody",                                  under({ windows: freeze }, inStep(0, 20)),         clean, after(4), "wait", /^frozen: sale/],
  ["nor users by rule",                              under({ ...cohorts, windows: freeze }),            nothing, after(0), "wait", /^frozen: sale/],
  ["nor a first release",                            withPolicy(without, { windows: freeze }), nothing, after(0), "wait", /^frozen/],
  ["nor all at once",                                under({ windows: freeze, strategy: "all-at-once" }), nothing, after(0), "wait", /^frozen/],
  ["but harm is stopped in it",                      under({ windows: freeze }, inStep(0, 20)),         failing, after(1), "roll_back", /^errors/],
  ["copies are taken in it",                         under({ ...shadow, windows: freeze }),             nothing, after(0), "expose", /^copies/],
  ["after it users are let in",                      under({ windows: freeze }),                        nothing, after(30), "expose", /harm budget/],
  ["its time does not count",                        under({ windows: freeze, maxDurationMs: 20 * minute }, { exposure: 5000, step: { index: 0, enteredAt: start } }), little, after(45), "wait", /not enough evidence/],
  ["time outside of it does",                        under({ windows: freeze, maxDurationMs: 20 * minute }, { exposure: 5000, step: { index: 0, enteredAt: start } }), little, after(50), "hold", /no verdict within 20 min/],
  ["the time that a person took does not count",     under({ maxDurationMs: 20 * minute }, { exposure: 5000, waitedMs: 10 * minute }), little, after(29), "wait", /not enough evidence/],

  ["when its time is over everybody is let in if so told", under(lettingIn, inStep(0, 20)),           little, after(600), "promote", /^no verdict within 2 h: .*the policy is to let everybody in then/],
  ["not in a freeze",                                under({ ...lettingIn, windows: lateFreeze }, inStep(0, 20)), little, after(600), "wait", /^frozen: sale, until 2026-11-26 00:00 UTC, then: no verdict within 2 h/],
  ["but after it",                                   under({ ...lettingIn, windows: lateFreeze }, inStep(0, 20)), little, after(721), "promote", /^no verdict within 2 h/],
  ["nor while an edge is away",                      under(lettingIn, inStep(0, 20)),                   little, after(600, { edgesMissing: ["edge-1"] }), "hold", /edge-1 does not answer/],
  ["nor to who is asked for a switch while an edge is away", under({ ...automatic, ...lettingIn, autoPromoteMs: 1000 * minute }, inStep(0, 0)), nothing, after(600, { edgesMissing: ["edge-1"] }), "hold", /edge-1 does not answer/],
  ["nor while a guardrail is not measured",          under(lettingIn, inStep(0, 20)),                   clean, after(600, { missing: unmeasured }), "hold", /nothing usable on checkout/],
  ["nor before probes have spoken",                  under({ ...lettingIn, ...probed }),                nothing, after(600), "hold", /probes come first: 0 of 20 pairs asked/],
  ["nor before probes could",                        under({ ...lettingIn, ...probed }),                nothing, after(600, { edgesMissing: ["edge-1"] }), "hold", /edge-1 does not answer/],
  ["that nobody came is no fault of the counts",     under(lettingIn, inStep(0, 20)),                   nothing, after(600, { requestsPerSecond: 0, lastIntervalAt: start }), "promote", /no traffic/],
  ["what is to be taken away then needs no counts",  under({ ...lettingIn, atMaxDuration: "abort" }, inStep(0, 20)), little, after(600, { edgesMissing: ["edge-1"] }), "roll_back", /^no verdict within 2 h/],

  ["a bake waits for its time",                      baking(),                                          clean, after(29), "wait", /^bakes until 2026-11-25 12:30 UTC/],
  ["and ends",                                       baking(),                                          clean, after(30), "promote", /nothing spoke against it for 30 min/],
  ["harm in it takes everybody back",                baking(),                                          failing, after(20), "roll_back", /^errors/],
  ["once there is somewhere to go back to",          baking(),                                          failing, after(20, { isBaselineReady: false }), "wait", /until the release before is ready/],
  ["a control that nobody serves goes over",          baking(),                                         clean, after(20, { isBaselineReady: false }), "expose", /does not answer/],
  ["but not to what does not answer either",          baking(),                                         clean, after(20, { isBaselineReady: false, isReady: false }), "wait", /^bakes until/],
  ["its control is not let in while data is missing", baking(),                                         clean, after(30.5, { lastIntervalAt: start + 30 * minute }), "wait", /data missing/],
  ["a minute of it asks a person",                    baking(),                                         clean, after(31, { lastIntervalAt: start + 30 * minute }), "hold", /^the bake cannot be judged: data missing/],
  ["before its end, too",                             baking(),                                         clean, after(9, { lastIntervalAt: start + 8 * minute }), "hold", /^the bake cannot be judged: data missing/],
  ["less of it lets it bake on",                      baking(),                                         clean, after(9, { lastIntervalAt: start + 8.1 * minute }), "wait", /^bakes until/],
  ["so does a guardrail that is not measured",        baking(),                                         clean, after(9, { missing: unmeasured }), "wait", /^bakes until/],
  ["which keeps it from ending",                      baking(),                                         clean, after(30, { missing: unmeasured }), "wait", /nothing usable on checkout/],
  ["and asks a person after a minute",                baking(),                                         clean, after(9, { missing: { ...unmeasured, forMs: minute } }), "hold", /nothing usable on checkout/],
  ["an arm that is not heard of, too",                baking(),                                         unheard(70), after(1.5), "hold", /no request of the baseline was counted for 1 min/],
  ["a broken split at once",                          baking(),                                         skewed, after(1), "hold", /^the bake cannot be judged: .*split/],
  ["one edge of many that is away lets it bake on",   baking(),                                         clean, after(29, { edgesMissing: ["edge-1"] }), "wait", /^bakes until/],
  ["and over its time, but not without end",          baking(),                                         clean, after(34.9, { edgesMissing: ["edge-1"] }), "wait", /edge-1 does not answer/],
  ["then a person is asked",                          baking(),                                         clean, after(35, { edgesMissing: ["edge-1"] }), "hold", /^the bake cannot be judged: .*edge-1 does not answer/],
  ["who has no buckets is not missed",                baking({ exposure: bucketCount }),                unheard(70), after(30), "promote", /nothing spoke against it/],
  ["nor what could be compared with them alone",      baking({ exposure: bucketCount }),                clean, after(30, { missing: { ...unmeasured, forMs: minute } }), "promote", /nothing spoke against it/],
  ["nor how users were split before",                 baking({ exposure: bucketCount }),                skewed, after(30), "promote", /nothing spoke against it/],
  ["that nobody came keeps no bake from its end",     baking(),                                         clean, after(30, { requestsPerSecond: 0, lastIntervalAt: start }), "promote", /nothing spoke against it/],
  ["nor in a freeze",                                { ...baking(), policy: { ...baking().policy, windows: { freezes: [{ fromAt: start, toAt: start + 60 * minute, reason: "sale" }] } } }, clean, after(40), "wait", /^frozen/],
];
for (const [claim, rollout, evidence, facts, kind, because] of cases) {
  test(`policies: ${claim}`, () => {
    const decision = decide(rollout, evidence, facts);
    assert.equal(decision.kind, kind, decision.because);
    assert.match(decision.because, because);
  });
}

const letIn = (by: string, more: Partial<Rollout> = {}): Rollout =>
  under(
    {},
    {
      exposure: bucketCount,
      firstExposedAt: start,
      command: { kind: "promote", by, reason: "as said", at: start },
      ...more,
    },
  );
const abortNoted: Partial<Rollout> = {
  command: { kind: "abort", by: "rollout", reason: "errors before", at: start },
};
const crashed: Partial<Facts> = { crash: { instance: "i", exits: 5, exit: "exit code 1" } };
// oxfmt-ignore
const choices: readonly Case[] = [
  ["what the evidence began, the evidence takes back", letIn("rollout"),                 failing, after(1), "roll_back", /^errors/],
  ["a crash loop, too",                              letIn("rollout"),                   clean, after(4, { ...crashed, isReady: false }), "roll_back", /exited 5 times/],
  ["but no mere doubt does",                         letIn("rollout"),                   little, after(60, { lastIntervalAt: start, edgesMissing: ["edge-1"] }), "promote", /^as said/],
  ["a person's word stands over the evidence",       letIn("ana"),                       failing, after(1), "promote", /^promote by ana: as said/],
  ["unless nothing is ready to carry it out with",   letIn("ana", { exposure: 2000 }),   failing, after(1, { isReady: false }), "roll_back", /^errors/],
  ["nor will be, as it crashes",                     letIn("ana", { exposure: 2000 }),   clean, after(4, { ...crashed, isReady: false }), "roll_back", /exited 5 times/],
  ["without harm it waits for that",                 letIn("ana", { exposure: 2000 }),   clean, after(4, { isReady: false }), "wait", /waits until the candidate is ready/],
  ["an abort that was noted is not turned",          letIn("rollout", abortNoted),       clean, after(4), "roll_back", /^errors before/],
  ["without a word the evidence chooses",            under({}, inStep(0, 20)),           clean, after(4), "promote", /0 of/],
];
for (const [claim, rollout, evidence, facts, kind, because] of choices) {
  test(`choose: ${claim}`, () => {
    const decision = choose(rollout, evidence, facts);
    assert.equal(decision.kind, kind, decision.because);
    assert.match(decision.because, because);
  });
}

test("policies: what cannot be compared asks a person and lets nobody in, whatever its time is to do", () => {
  const policy = { ...brokenSplit.policy, atMaxDuration: "promote" as const };
  const decision = decide({ ...brokenSplit, policy }, clean, after(90, { lastIntervalAt: start }));
  assert.equal(decision.kind, "hold");
  assert.match("next" in decision ? decision.next : "", /abort --app shop, or .*promote/);
});

type Commanded = readonly [string, Rollout, Omit<RolloutCommand, "at" | "by">, string];
const at = (index: number, more: Partial<Rollout> = {}): Rollout =>
  under(steps, { ...inStep(index, 10), ...more });
// oxfmt-ignore
const commands: readonly Commanded[] = [
  ["the step that waits is approved",               at(1, { state: "held" }), { kind: "approve", step: 2, reason: "good" }, "running 1 approved"],
  ["before its time, too",                          at(1),                    { kind: "approve", step: 2, reason: "" }, "running 1 approved"],
  ["a paused one stays paused",                     at(1, { state: "paused" }), { kind: "approve", step: 2, reason: "" }, "paused 1 approved"],
  ["a click meant for the step before is refused",  at(2),                    { kind: "approve", step: 2, reason: "good" }, "stale_step"],
  ["one meant for a later step, too",               at(1),                    { kind: "approve", step: 3, reason: "good" }, "stale_step"],
  ["one without a step, too",                       at(1),                    { kind: "approve", reason: "good" }, "stale_step"],
  ["a step without gate has nothing to approve",    at(0),                    { kind: "approve", step: 1, reason: "good" }, "wrong_state"],
  ["a later step is skipped to",                    at(0, { state: "held" }), { kind: "skip-to", step: 3, reason: "urgent" }, "running 2"],
  ["with a reason only",                            at(0),                    { kind: "skip-to", step: 3, reason: " " }, "invalid_input"],
  ["never back",                                    at(1),                    { kind: "skip-to", step: 1, reason: "x" }, "stale_step"],
  ["nor beyond the last",                           at(1),                    { kind: "skip-to", step: 4, reason: "x" }, "stale_step"],
  ["promoting over the evidence takes a reason",    at(1),                    { kind: "promote", reason: "" }, "invalid_input"],
  ["with one it is done",                           at(1),                    { kind: "promote", reason: "urgent" }, "promote"],
  ["promoting what is safe takes none",             at(1, { verdict: { ...begun.verdict, kind: "safe" } }), { kind: "promote", reason: "" }, "promote"],
  ["a bake is ended by promoting",                  baking(),                 { kind: "promote", reason: "" }, "promote"],
  ["a bake gives way by ending well",               baking(),                 { kind: "supersede", reason: "newer" }, "promote"],
  ["a bake is aborted",                             baking(),                 { kind: "abort", reason: "" }, "roll_back"],
  ["a bake is not paused",                          baking(),                 { kind: "pause", reason: "" }, "wrong_state"],
  ["nor resumed",                                   baking(),                 { kind: "resume", reason: "" }, "wrong_state"],
];
for (const [claim, rollout, command, expected] of commands) {
  test(`commands: ${claim}`, () => {
    const outcome = applyCommand(rollout, { ...command, by: "ana", at: start });
    assert.equal(inShort(outcome), expected);
  });
}

function inShort(outcome: ReturnType<typeof applyCommand>): string {
  if (!outcome.ok) return outcome.error.code;
  if (outcome.value.kind === "decision") return outcome.value.decision.kind;
  const { state, step } = outcome.value;
  return `${state} ${step?.index}${step?.approval === undefined ? "" : " approved"}`;
}

const kinds = ["approve", "pause", "resume", "skip-to", "promote", "abort", "supersede"] as const;
/** Which commands are taken while this one, acknowledged before, is not carried out yet. */
// oxfmt-ignore
const pairs: readonly (readonly [pending: RolloutCommand["kind"] | "none", taken: readonly RolloutCommand["kind"][]])[] = [
  ["none",      kinds],
  ["approve",   ["promote", "abort", "supersede"]],
  ["pause",     ["promote", "abort", "supersede"]],
  ["resume",    ["promote", "abort", "supersede"]],
  ["skip-to",   ["promote", "abort", "supersede"]],
  ["promote",   ["abort"]],
  ["abort",     []],
  ["supersede", []],
];
for (const [pending, taken] of pairs) {
  test(`commands: while ${pending} is not carried out, taken are: ${taken.join(", ") || "none"}`, () => {
    const found = kinds.map((kind) => {
      const before = pending === "none" ? {} : { command: said(pending) };
      const state = kind === "resume" ? "paused" : "running";
      return refusalOf(at(1, { state, ...before }), said(kind));
    });
    assert.deepEqual(
      kinds.filter((_, index) => found[index] === undefined),
      taken,
    );
    for (const refusal of found) {
      if (refusal === undefined) continue;
      assert.ok(refusal.code === "wrong_state", refusal.code);
      assert.equal(refusal.state, `in the middle of: ${pending}`);
      assert.match(refusal.next, /^run: tidegate rollout show rol_/);
    }
  });
}

function said(kind: RolloutCommand["kind"]): RolloutCommand {
  const step = kind === "approve" ? { step: 2 } : kind === "skip-to" ? { step: 3 } : {};
  return { kind, by: "ana", reason: "so", at: start, ...step };
}

const instant = (text: string): number => Date.parse(text);
const office: WindowsPolicy = {
  daily: [{ days: [1, 2, 3, 4, 5], fromMinute: 480, toMinute: 1020, timeZone: "Europe/Berlin" }],
};
// oxfmt-ignore
const windows: readonly (readonly [claim: string, WindowsPolicy | undefined, now: string, opens: string])[] = [
  ["none",                               undefined, "2026-11-25T12:00:00Z", "open"],
  ["the minute before it opens",         office, "2026-11-25T06:59:59Z", "2026-11-25T07:00:00Z"],
  ["as it opens",                        office, "2026-11-25T07:00:00Z", "open"],
  ["the last second",                    office, "2026-11-25T15:59:59Z", "open"],
  ["as it closes",                       office, "2026-11-25T16:00:00Z", "2026-11-26T07:00:00Z"],
  ["over a weekend",                     office, "2026-11-27T20:00:00Z", "2026-11-30T07:00:00Z"],
  ["over the end of summer time",        office, "2026-10-24T12:00:00Z", "2026-10-26T07:00:00Z"],
  ["over its beginning",                 office, "2026-03-28T12:00:00Z", "2026-03-30T06:00:00Z"],
  ["not before",                         { notBeforeAt: instant("2026-12-01T00:00:00Z") }, "2026-11-25T12:00:00Z", "2026-12-01T00:00:00Z"],
  ["a freeze that ends while it is closed", { ...office, freezes: [{ fromAt: 0, toAt: instant("2026-11-28T10:00:00Z"), reason: "x" }] }, "2026-11-25T12:00:00Z", "2026-11-30T07:00:00Z"],
];
for (const [claim, policy, now, opens] of windows) {
  test(`windows: ${claim}`, () => {
    const closed = closedAt(policy, instant(now));
    const found = closed === undefined ? "open" : new Date(closed.opensAt ?? 0).toISOString();
    assert.equal(found.replace(".000Z", "Z"), opens);
  });
}

test("windows: open time adds up, whatever the cut, and nothing is counted twice", () => {
  const freezes = [{ fromAt: start + 7 * minute, toAt: start + 700 * minute, reason: "x" }];
  const policy = { ...office, freezes };
  const span = fc.nat(20 * 24 * 60);
  fc.assert(
    fc.property(span, span, (a, b) => {
      const [middle, end] = [Math.min(a, b), Math.max(a, b)].map((each) => start + each * minute);
      assert.ok(middle !== undefined && end !== undefined);
      const whole = openMs(policy, { fromAt: start, toAt: end });
      const parts =
        openMs(policy, { fromAt: start, toAt: middle }) +
        openMs(policy, { fromAt: middle, toAt: end });
      assert.equal(whole, parts);
    }),
  );
});

test("policies: whatever the policy and the facts, exposure never falls nor passes the policy's largest", () => {
  const policy = fc.constantFrom<Partial<RolloutPolicy>>(
    {},
    steps,
    cohorts,
    blueGreen,
    automatic,
    shadow,
    { windows: freeze },
    { strategy: "hold" },
  );
  const facts = fc.record({
    minutes: fc.nat(120),
    errors: fc.nat(60),
    mirrored: fc.nat(400),
    requestsPerSecond: fc.double({ min: 0, max: 1e4, noNaN: true }),
  });
  fc.assert(
    fc.property(policy, facts, fc.nat(5000), fc.constantFrom(nothing, little), (...given) => {
      const [chosen, { minutes, errors, mirrored, requestsPerSecond }, exposure, evidence] = given;
      const rollout = under(chosen, {
        exposure,
        ...(exposure > 0 ? { firstExposedAt: start } : {}),
      });
      const decision = decide(
        rollout,
        evidence,
        after(minutes, { ...ruled(errors), shadow: { ...noShadow, mirrored }, requestsPerSecond }),
      );
      if (decision.kind !== "expose") return;
      const cap = (rollout.policy.exposureMaxPercent * bucketCount) / 100;
      assert.ok(
        decision.to >= exposure && decision.to <= Math.max(cap, exposure),
        decision.because,
      );
    }),
  );
});
