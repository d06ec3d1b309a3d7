/** What people say to a rollout, when it is taken, and when harm has the last word. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bucketCount, type Rollout, type RolloutCommand } from "#domain";
import { choose } from "./choose.ts";
import { applyCommand, refusalOf } from "./command.ts";
import { decide } from "./decide.ts";
import { type Facts, wordTo } from "./decision.ts";
import {
  start,
  minute,
  little,
  clean,
  failing,
  after,
  steps,
  under,
  inStep,
  baking,
  begun,
  type Case,
} from "./policies.testing.ts";

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
  ["a person's word stands over the evidence",       letIn("ana"),                       failing, after(1), "promote", /^promoted by ana: as said/],
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

type Commanded = readonly [string, Rollout, Omit<RolloutCommand, "at" | "by">, string];
const at = (index: number, more: Partial<Rollout> = {}): Rollout =>
  under(steps, { ...inStep(index, 10), ...more });
const askedFor = (word: "approve" | "abort"): Partial<Rollout> => ({
  state: "held",
  asks: wordTo(word, begun, 2),
});
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
  ["what waits for a yes is not resumed",           at(1, askedFor("approve")), { kind: "resume", reason: "" }, "wrong_state"],
  ["paused there it is",                            at(1, { state: "paused" }), { kind: "resume", reason: "" }, "running undefined"],
  ["so is what is held there for want of data",     at(1, askedFor("abort")), { kind: "resume", reason: "" }, "running undefined"],
  ["so is what is held where nobody is asked",      at(0, { state: "held" }), { kind: "resume", reason: "" }, "running undefined"],
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

// oxfmt-ignore
const ends: readonly (readonly [state: Rollout["state"], next: RegExp])[] = [
  ["rolled_back", /^it was taken away, and what was live before it is live; .* push a new commit/],
  ["superseded",  /^a newer change took its place: tidegate change list --app /],
  ["promoted",    /^everybody was let in; to go back from what is live: tidegate release rollback --app /],
];
for (const [state, next] of ends) {
  test(`commands: a promote of one that is ${state} leads to what can be done, and not further back`, () => {
    const outcome = applyCommand(at(1, { state }), said("promote"));
    assert.ok(!outcome.ok && outcome.error.code === "wrong_state");
    assert.match(outcome.error.next, next);
    assert.match(
      outcome.error.state,
      /^over \((rolled back|superseded|promoted)\): there is nothing to promote any more$/,
    );
    if (state !== "promoted") assert.doesNotMatch(outcome.error.next, /rollback/);
  });
}

test("commands: data that was missing before a step's time was over holds it no more once it comes", () => {
  const patient = { weightPercent: 10, forMs: 60 * minute, until: "approval" } as const;
  const waiting = under({ ...steps, steps: [patient] }, inStep(0, 10));
  const lost = decide(
    waiting,
    clean,
    after(50, { lastIntervalAt: start, edgesMissing: ["edge-1"] }),
  );
  assert.ok(lost.kind === "hold", lost.because);
  const stopped: Rollout = { ...waiting, state: "held", asks: lost.next };
  assert.ok(applyCommand(stopped, said("resume")).ok);
  assert.equal(decide(waiting, clean, after(51)).kind, "wait", "it would not be held again");
});

test("commands: no commit tries a configuration again that was taken away", () => {
  const outcome = applyCommand(at(1, { state: "rolled_back", configVersion: 2 }), said("resume"));
  assert.ok(!outcome.ok && outcome.error.code === "wrong_state");
  assert.match(outcome.error.next, /set it again .*: tidegate config set NAME=value --app /);
  assert.doesNotMatch(outcome.error.next, /commit/);
});

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
