import assert from "node:assert/strict";
import { test } from "node:test";
import {
  genesisHash,
  type Change,
  type JournalEntry,
  type Rollout,
  type StageRecord,
} from "#domain";
import { storyOf } from "./change-story.ts";
import { durationsOf, spreadOf } from "./durations.ts";

/* oxlint-disable typescript/no-unsafe-type-assertion -- of each thing only what is looked at is there */
const changeWith = (stages: readonly StageRecord[], receivedAt = 0): Change =>
  ({ receivedAt, stages }) as unknown as Change;

const stage = (name: StageRecord["name"], startedAt: number, finishedAt?: number): StageRecord => ({
  name,
  state: finishedAt === undefined ? "running" : "passed",
  startedAt,
  ...(finishedAt === undefined ? {} : { finishedAt }),
});

const rolloutWith = (fields: Partial<Rollout>): Rollout =>
  ({ state: "held", ...fields }) as unknown as Rollout;

const entry = (seq: number, type: string, data: object): JournalEntry =>
  ({
    seq,
    at: seq,
    type,
    actor: "x",
    data,
    previousHash: genesisHash,
    hash: "",
  }) as unknown as JournalEntry;
/* oxlint-enable typescript/no-unsafe-type-assertion */

const nothing = { now: 1_000, failures: [] } as const;

test("story: waiting is told apart from work, and what runs counts up to now", () => {
  const change = changeWith([stage("source", 10, 20), stage("build", 50, 150), stage("test", 150)]);
  assert.deepEqual(
    storyOf(change, [], nothing).stages.map(({ waitedMs, workedMs }) => [waitedMs, workedMs]),
    [
      [10, 10],
      [30, 100],
      [0, 850],
    ],
  );
});

test("story: what a rollout waited for a person is not its work", () => {
  const change = changeWith([stage("rollout", 0)]);
  const waiting = rolloutWith({ waitedMs: 100, waitsSince: 700 });
  const [now] = storyOf(change, [], { ...nothing, rollout: waiting }).stages;
  assert.deepEqual([now?.waitedForPersonMs, now?.workedMs], [400, 600]);
  const over = rolloutWith({ state: "promoted", waitedMs: 100, waitsSince: 700 });
  const [then] = storyOf(change, [], { ...nothing, rollout: over }).stages;
  assert.deepEqual([then?.waitedForPersonMs, then?.workedMs], [100, 900]);
});

test("story: a stage that has not begun has no time", () => {
  const change = changeWith([{ name: "build", state: "waiting" }]);
  assert.deepEqual(storyOf(change, [], nothing).stages, [{ name: "build", state: "waiting" }]);
});

test("story: what was tried again counts once, the last word of it", () => {
  const steps: never[] = [];
  const told = storyOf(
    changeWith([]),
    [
      entry(1, "dev.cdevents.build.started", { title: "Node 24", reasons: [] }),
      entry(2, "dev.cdevents.build.finished", { outcome: "failure", steps, isCached: false }),
      entry(3, "dev.cdevents.build.finished", { outcome: "success", steps, isCached: true }),
      entry(4, "dev.tidegate.gate.decided", { passed: true, rules: [] }),
    ],
    nothing,
  );
  assert.deepEqual(told.build, {
    title: "Node 24",
    reasons: [],
    outcome: "success",
    steps: [],
    isCached: true,
  });
  assert.deepEqual(told.gate, { passed: true, rules: [] });
  assert.equal(told.tests, undefined);
});

test("durations: medians and tails are values that occurred", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  assert.deepEqual(spreadOf(hundred), { count: 100, p50: 50, p90: 90, p99: 99 });
  assert.deepEqual(spreadOf([7]), { count: 1, p50: 7, p90: 7, p99: 7 });
  assert.equal(spreadOf([]), undefined);
});

test("durations: from the push to everybody, and stage by stage", () => {
  const one = changeWith([stage("source", 5, 10), stage("rollout", 30, 90)], 0);
  const { pushToLiveMs, stages, changes } = durationsOf([one]);
  assert.deepEqual([changes, pushToLiveMs?.p50], [1, 90]);
  const rollout = stages.find(({ name }) => name === "rollout");
  assert.deepEqual([rollout?.tookMs?.p50, rollout?.waitedMs?.p50], [60, 20]);
  assert.deepEqual(
    stages.find(({ name }) => name === "build"),
    { name: "build" },
  );
});
