import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bucketCount, type Rollout, type RolloutPolicy } from "#domain";
import { refusalOf } from "./command.ts";
import { decide, type Facts } from "./decide.ts";
import {
  minute,
  start,
  nothing,
  little,
  clean,
  costly,
  failing,
  skewed,
  unheard,
  after,
  steps,
  withPolicy,
  under,
  inStep,
  approved,
  cohorts,
  blueGreen,
  automatic,
  shadow,
  copied,
  freeze,
  baking,
  lettingIn,
  lateFreeze,
  thrifty,
  timed,
  probed,
  unmeasured,
  ruled,
  without,
  type Case,
} from "./policies.testing.ts";
import { noShadow } from "./shadow.ts";

const brokenSplit = under({}, inStep(0, 20));

// oxfmt-ignore
const cases: readonly Case[] = [
  ["the first step begins with its weight",          under(steps),                                      nothing, after(0), "expose", /^1 % of users for 5 min/],
  ["a step lasts its time, however clean",           under(steps, inStep(0, 1)),                        clean, after(4.9), "wait", /^step 1 of 3 .* until 2026-11-25 12:05 UTC/],
  ["and then the next begins",                       under(steps, inStep(0, 1)),                        little, after(5), "expose", /^10 % of users/],
  ["harm stops it at any time",                      under(steps, inStep(0, 1)),                        failing, after(1), "roll_back", /^errors/],
  ["also at its end",                                under(steps, inStep(2, 50)),                       failing, after(10), "roll_back", /^errors/],
  ["a gate asks a person, by its number",            under(steps, inStep(1, 10)),                       little, after(1), "hold", /^step 2 of 3 .* waits for approval/],
  ["a gate asks also when nobody came",              under(steps, inStep(1, 10)),                       little, { ...after(1), lastIntervalAt: start, requestsPerSecond: 0 }, "hold", /^step 2 of 3 .* waits for approval/],
  ["a safe verdict is no approval",                  under(steps, inStep(1, 10)),                       clean, after(6), "hold", /waits for approval/],
  ["approved, it goes on",                           under(steps, { ...inStep(1, 10), ...approved(1) }), little, after(1), "expose", /approved by ana: looks good/],
  ["approved before its time, it lasts its time",    under(steps, { ...inStep(1, 10), ...approved(1) }), little, after(0.5), "wait", /until/],
  ["after the last, only a safe verdict lets in",    under(steps, inStep(2, 50)),                       little, after(11), "wait", /not enough evidence/],
  ["which it does",                                  under(steps, inStep(2, 50)),                       clean, after(11), "promote", /0 of/],
  ["a spent budget speaks against the next step",    under({ ...steps, harmBudgetRequests: 1 }, inStep(0, 1)), little, after(6, ruled(9)), "wait", /the harm budget is spent/],
  ["a step whose weight is missing gets it",         under(steps, inStep(1, 1)),                        little, after(9), "expose", /begins/],
  ["silence is no step forward",                     under(steps, inStep(0, 1)),                        little, after(6, { lastIntervalAt: start + 5.5 * minute }), "wait", /no request has been counted for/],
  ["a minute of it asks a person",                   under(steps, inStep(0, 1)),                        little, after(6, { lastIntervalAt: start + 4 * minute }), "hold", /data missing/],
  ["a rollout with clean evidence and silence does not promote", under({}, inStep(0, 20)),              clean, after(6, { lastIntervalAt: start + 5.8 * minute }), "wait", /no request has been counted for/],

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
  ["nor once it has cost what it may cost",          under({ ...lettingIn, ...thrifty }, inStep(0, 20)), costly, after(600), "hold", /^no verdict within 2 h: .*; the harm budget is spent, so time alone lets nobody in$/],
  ["a step that lasts its time is no way round that", under({ ...lettingIn, ...thrifty, ...timed }, inStep(0, 20)), costly, after(600), "hold", /the harm budget is spent, so time alone lets nobody in$/],
  ["not even one that a person approved",            under({ ...lettingIn, ...thrifty }, inStep(0, 20, approved(0))), costly, after(600), "hold", /the harm budget is spent/],
  ["while it is not spent, such a step is over",     under({ ...lettingIn, ...timed }, inStep(0, 20)),  costly, after(60), "promote", /^step 1 of 1 .* is over/],
  ["that nobody came is no fault of the counts",     under(lettingIn, inStep(0, 20)),                   nothing, after(600, { requestsPerSecond: 0, lastIntervalAt: start }), "promote", /no traffic/],
  ["what is to be taken away then needs no counts",  under({ ...lettingIn, atMaxDuration: "abort" }, inStep(0, 20)), little, after(600, { edgesMissing: ["edge-1"] }), "roll_back", /^no verdict within 2 h/],

  ["a bake waits for its time",                      baking(),                                          clean, after(29), "wait", /^bakes until 2026-11-25 12:30 UTC/],
  ["and ends",                                       baking(),                                          clean, after(30), "promote", /nothing spoke against it for 30 min/],
  ["harm in it takes everybody back",                baking(),                                          failing, after(20), "roll_back", /^errors/],
  ["once there is somewhere to go back to",          baking(),                                          failing, after(20, { isBaselineReady: false }), "wait", /until the release before is ready/],
  ["a control that nobody serves goes over",          baking(),                                         clean, after(20, { isBaselineReady: false }), "expose", /does not answer/],
  ["but not to what does not answer either",          baking(),                                         clean, after(20, { isBaselineReady: false, isReady: false }), "wait", /^bakes until/],
  ["its control is not let in while data is missing", baking(),                                         clean, after(30.5, { lastIntervalAt: start + 30 * minute }), "wait", /no request has been counted for/],
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
  ["an edge that starts again in a quiet one, too",   baking(),                                         clean, after(20, { requestsPerSecond: 0, lastIntervalAt: start + minute, edgesMissing: ["edge-0"], edgesMissingMs: 2_000 }), "wait", /^bakes until/],
  ["until it has been away for a minute",             baking(),                                         clean, after(20, { requestsPerSecond: 0, lastIntervalAt: start + minute, edgesMissing: ["edge-0"], edgesMissingMs: minute }), "hold", /^the bake cannot be judged: .*edge-0 does not answer/],
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
    if (decision.kind === "hold") assertTaken(decision.next, rollout, facts);
  });
}

/** What a person is told to type is what the rollout would take, and never nothing. */
function assertTaken(next: string, rollout: Rollout, { now: at }: Facts): void {
  const words = next.split(", or ");
  for (const text of words) {
    const [, kind = "", step] = /^tidegate rollout (\w+) .*?(?:--step (\d+) .*)?$/.exec(text) ?? [];
    assert.ok(kind === "approve" || kind === "promote" || kind === "abort", text);
    const said = { kind, by: "ana", reason: "so", at, step: Number(step ?? 0) } as const;
    assert.equal(refusalOf(rollout, said), undefined, text);
    assert.equal(refusalOf({ ...rollout, ...stands(rollout) }, said), undefined, text);
  }
}

/** As it is once it is held. */
function stands({ state }: Rollout): Pick<Rollout, "state"> {
  return { state: state === "baking" ? state : "held" };
}

// oxfmt-ignore
const firsts: readonly (readonly [string, Rollout, Partial<Facts>, boolean])[] = [
  ["nobody visits",           under({}),                        { requestsPerSecond: 0 }, true],
  ["one a minute visits",     under({}),                        { requestsPerSecond: 1 / 60 }, true],
  ["one has just come",       under({}),                        { requestsPerSecond: 1, requestsInLastMinute: 1 }, true],
  ["some have just come",     under({}),                        { requestsPerSecond: 20, requestsInLastMinute: 20 }, false],
  ["some visit",              under({}),                        { requestsPerSecond: 2 }, false],
  ["some have it already",    under({}, { exposure: 100 }),     { requestsPerSecond: 0 }, false],
  ["nothing is compared",     under({ strategy: "all-at-once" }), { requestsPerSecond: 0 }, false],
];
for (const [claim, rollout, facts, isTold] of firsts) {
  test(`policies: where ${claim}, the first move does ${isTold ? "" : "not "}tell of silence`, () => {
    const decision = decide(rollout, nothing, after(0.05, facts));
    assert.equal("quietRequests" in decision, isTold, JSON.stringify(decision));
  });
}

test("policies: the first move says how few have just come, and takes one visit for no traffic", () => {
  const facts = after(0.05, { requestsPerSecond: 2, requestsInLastMinute: 2 });
  const decision = decide(under({}), nothing, facts);
  assert.match(decision.because, /only 2 requests were counted in the last minute, so little can/);
});

test("policies: what cannot be compared asks a person and lets nobody in, whatever its time is to do", () => {
  const policy = { ...brokenSplit.policy, atMaxDuration: "promote" as const };
  const decision = decide({ ...brokenSplit, policy }, clean, after(90, { lastIntervalAt: start }));
  assert.equal(decision.kind, "hold");
  assert.match("next" in decision ? decision.next : "", /abort --app shop, or .*promote/);
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
