/** Where a change's time went: work and waiting are told apart, also while a person is waited for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { rollout } from "./rollout.testing.ts";
import { stageTimes } from "./story-times.ts";

const stages = [
  { name: "source", state: "passed", startedAt: 0, finishedAt: 10 },
  { name: "build", state: "passed", startedAt: 510, finishedAt: 1510 },
  { name: "rollout", state: "running", startedAt: 1510 },
  { name: "feedback", state: "waiting" },
] as const;

test("console: what lies between two stages is waiting", () => {
  const times = stageTimes({ stages: [...stages], receivedAt: 0, rollout: undefined }, 3510);
  assert.deepEqual(
    times.map(({ workedMs, waitedMs }) => [workedMs, waitedMs]),
    [
      [10, 0],
      [1000, 500],
      [2000, 0],
      [undefined, 0],
    ],
  );
});

test("console: a person who is waited for is no work", () => {
  const waiting = rollout({ waitedMs: 300, waitsSince: 3010 });
  const [, , third] = stageTimes({ stages: [...stages], receivedAt: 0, rollout: waiting }, 3510);
  assert.deepEqual([third?.workedMs, third?.waitedMs], [1200, 800]);
});

test("console: a clock behind the server's gives no time below nothing", () => {
  const [first, , third] = stageTimes(
    { stages: [...stages], receivedAt: 5, rollout: undefined },
    0,
  );
  assert.deepEqual([first?.waitedMs, third?.workedMs], [0, 0]);
});
