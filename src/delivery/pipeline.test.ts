import { strict as assert } from "node:assert";
import { test } from "node:test";
import { type Change, type ChangeState, finalChangeStates, type NewEntry } from "#domain";
import { aChange, app, release, rollout, otherChange, aVerdict, noHarm } from "./plot.testing.ts";
import { foldChange, nextStep, type Step } from "./pipeline.ts";

const by = { app, actor: "test" };
const totals = noHarm;
const verdict = aVerdict;
const report = {
  outcome: "passed",
  source: "tap",
  counts: { passed: 3, failed: 0, skipped: 0 },
  cases: [],
  isCached: false,
  durationMs: 1,
} as const;
const problem = { code: "x", message: "it broke" };
const ended = { rollout, release, number: 1, because: "so", verdict, totals };
const said = { state: "live", summary: "so" } as const;

const entries = {
  built: {
    ...by,
    type: "dev.cdevents.build.finished",
    data: { outcome: "success", steps: [], isCached: true },
  },
  unbuilt: {
    ...by,
    type: "dev.cdevents.build.finished",
    data: { outcome: "failure", steps: [], isCached: false, problem },
  },
  tested: {
    ...by,
    type: "dev.cdevents.testsuiterun.finished",
    data: { outcome: "success", report },
  },
  untested: {
    ...by,
    type: "dev.cdevents.testsuiterun.finished",
    data: { outcome: "none", report },
  },
  red: {
    ...by,
    type: "dev.cdevents.testsuiterun.finished",
    data: { outcome: "failure", report, problem },
  },
  open: { ...by, type: "dev.tidegate.gate.decided", data: { passed: true, rules: [] } },
  closed: { ...by, type: "dev.tidegate.gate.decided", data: { passed: false, rules: [] } },
  unstarted: {
    ...by,
    type: "dev.tidegate.release.failed",
    data: { release, number: 1, problem, tookMs: 900 },
  },
  begun: {
    ...by,
    type: "dev.tidegate.rollout.started",
    data: { rollout, candidate: 1, policy: "adaptive" },
  },
  held: { ...by, type: "dev.tidegate.rollout.held", data: { rollout, because: "so", next: "x" } },
  resumed: {
    ...by,
    type: "dev.tidegate.rollout.commanded",
    data: { rollout, command: "resume", reason: "" },
  },
  published: { ...by, type: "dev.cdevents.service.published", data: { ...ended, url: "x" } },
  back: { ...by, type: "dev.cdevents.service.rolledback", data: { ...ended, exposedMs: 1 } },
  wentBack: {
    ...by,
    type: "dev.cdevents.service.rolledback",
    data: { ...ended, exposedMs: 1, by: { name: "ana", reason: "", wasLive: true, release: 1 } },
  },
  aborted: {
    ...by,
    type: "dev.cdevents.service.rolledback",
    data: { ...ended, exposedMs: 1, by: { name: "ana", reason: "no", wasLive: false } },
  },
  wentWith: {
    ...by,
    type: "dev.tidegate.change.taken_back",
    data: { because: "so", by: { name: "ana", reason: "", wasLive: true, release: 1 } },
  },
  restored: {
    ...by,
    type: "dev.tidegate.change.restored",
    data: { release, number: 3, because: "so" },
  },
  overtaken: { ...by, type: "dev.tidegate.change.superseded", data: { by: otherChange } },
  told: { ...by, type: "dev.tidegate.delivery.finished", data: said },
  broken: {
    ...by,
    type: "dev.tidegate.delivery.finished",
    data: { state: "failed", summary: "Tidegate itself failed" },
  },
} as const satisfies Record<string, NewEntry>;
type Name = keyof typeof entries;

const toRollout = ["built", "tested", "open", "begun"] as const;

// oxfmt-ignore
const cases: readonly (readonly [string, readonly Name[], string, ChangeState])[] = [
  ["a fresh change is built",                        [],                                          "run build",     "delivering"],
  ["what is built is tested",                        ["built"],                                   "run test",      "delivering"],
  ["what does not build is told",                    ["unbuilt"],                                 "tell",          "failed"],
  ["what passes its tests is judged",                ["built", "tested"],                         "run assure",    "delivering"],
  ["what has no tests is judged, too",               ["built", "untested"],                       "run assure",    "delivering"],
  ["what fails its tests is told",                   ["built", "red"],                            "tell",          "failed"],
  ["what the gate lets in is rolled out",            ["built", "tested", "open"],                 "run rollout",   "delivering"],
  ["what the gate stops is told",                    ["built", "tested", "closed"],               "tell",          "failed"],
  ["what does not start is told",                    ["built", "tested", "open", "unstarted"],    "tell",          "failed"],
  ["a rollout drives itself",                        [...toRollout],                              "await_rollout", "delivering"],
  ["a held rollout holds its change",                [...toRollout, "held"],                      "await_rollout", "held"],
  ["a resumed one is under way again",               [...toRollout, "held", "resumed"],           "await_rollout", "delivering"],
  ["what everybody has is told",                     [...toRollout, "published"],                 "tell",          "live"],
  ["what was taken away is told",                    [...toRollout, "back"],                      "tell",          "rolled_back"],
  ["what was told is over",                          [...toRollout, "published", "told"],         "over",          "live"],
  ["what is taken back later is told again",         [...toRollout, "published", "told", "back"], "tell",          "rolled_back"],
  ["what goes back with a newer one is told again",  [...toRollout, "published", "told", "wentWith"], "tell",      "rolled_back"],
  ["what is brought back is live, and told again",   [...toRollout, "published", "told", "wentBack", "told", "restored"], "tell", "live"],
  ["an overtaken change is told",                    ["built", "overtaken"],                      "tell",          "superseded"],
  ["a change that we cannot deliver ends",           ["built", "broken"],                         "over",          "failed"],
];
for (const [claim, names, step, state] of cases) {
  test(`pipeline: ${claim}`, () => {
    const change = folded(names);
    assert.equal(inWords(nextStep(change)), step);
    assert.equal(change.state, state);
  });
}

// oxfmt-ignore
const endings: readonly (readonly [string, readonly Name[], string, string | undefined])[] = [
  ["harm fails its rollout",                        [...toRollout, "back"],                                "failed",  undefined],
  ["a person's word is no finding",                 [...toRollout, "aborted"],                             "skipped", "no"],
  ["one that was gone back from had passed",        [...toRollout, "published", "wentBack"],               "passed",  ""],
  ["one that went with it had, too",                [...toRollout, "published", "wentWith"],               "passed",  ""],
  ["harm after everybody had it fails the rollout", [...toRollout, "published", "back"],                   "failed",  undefined],
  ["what is live again was taken by nobody",        [...toRollout, "published", "wentBack", "restored"],   "passed",  undefined],
];
for (const [claim, names, stage, reason] of endings) {
  test(`pipeline: ${claim}`, () => {
    const { stages, takenBackBy } = folded(names);
    assert.equal(stages.find(({ name }) => name === "rollout")?.state, stage);
    assert.equal(takenBackBy?.reason, reason);
  });
}

// oxfmt-ignore
const gotAt: readonly (readonly [string, readonly Name[], number | undefined])[] = [
  ["nobody got what was ended before",        [...toRollout, "aborted"],                             undefined],
  ["everybody got what was let in",           [...toRollout, "published"],                           4],
  ["when they got it stays when it is taken", [...toRollout, "published", "wentBack"],               4],
  ["what comes back they got again",          [...toRollout, "published", "wentBack", "restored"],   6],
];
for (const [claim, names, at] of gotAt) {
  test(`pipeline: ${claim}`, () => assert.equal(folded(names).everybodyAt, at));
}

test("pipeline: a rollout begins with the start of its release, also of one that fails to", () => {
  assert.deepEqual(timesOf(entries.unstarted), [4_100, 5_000]);
  const data = { release, number: 1, instances: 1, sandboxLevel: 2, readyMs: 1_200 } as const;
  const deployed = { ...by, type: "dev.cdevents.service.deployed", data } as const;
  assert.deepEqual(timesOf(deployed), [3_800, undefined]);
});

test("pipeline: the table reaches every step", () => {
  const every: Record<Step["kind"], 1> = { run: 1, await_rollout: 1, tell: 1, over: 1 };
  const reached = cases.map(([, , step]) => step.split(" ")[0]);
  assert.deepEqual(new Set(reached), new Set(Object.keys(every)));
});

test("pipeline: a final change is told and nothing else, whatever entries come late", () => {
  for (const [claim, names] of cases) {
    const change = folded(names);
    if (!finalChangeStates.has(change.state)) continue;
    const kinds = Object.values(entries).map((late) => nextStep(foldChange(change, late, 9)).kind);
    assert.ok(
      kinds.every((kind) => kind === "tell" || kind === "over"),
      claim,
    );
  }
});

/** From when to when the rollout's stage was, after an entry at 5,000. */
function timesOf(entry: NewEntry): readonly (number | undefined)[] {
  const { stages } = foldChange(folded(["built", "tested", "open"]), entry, 5_000);
  const { startedAt, finishedAt } = stages.find(({ name }) => name === "rollout") ?? {};
  return [startedAt, finishedAt];
}

function folded(names: readonly Name[]): Change {
  return names.reduce<Change>((change, name, at) => foldChange(change, entries[name], at), aChange);
}

function inWords(step: Step): string {
  return step.kind === "run" ? `run ${step.stage}` : step.kind;
}
