import assert from "node:assert/strict";
import { test } from "node:test";
import { machineActor, type Release } from "#domain";
import { healthOf, overviewApp } from "./overview.ts";
import { pageOf } from "./paged.ts";
import { shopAt } from "./shop.testing.ts";

const [shop] = await shopAt(1_800_000_000_000).overview({ limit: 1 }, machineActor);
assert(shop?.live !== undefined);
const { live } = shop;
const of = (state: "ready" | "exited"): Release => ({
  ...live,
  instances: live.instances.map((instance) => ({ ...instance, state })),
});
const now = 1_800_000_000_000;
const ended = (...minutesAgo: readonly number[]): Release => ({
  ...of("ready"),
  crash: {
    exitsAt: minutesAgo.map((minutes) => now - minutes * 60_000),
    lastExit: "exit code 3",
    isLoop: true,
  },
});

// oxfmt-ignore
const cases: readonly (readonly [string, Release | undefined, number, number, string])[] = [
  ["nothing is live",                      undefined,    0,  0,     "none"],
  ["no instance answers",                  of("exited"), 9,  0,     "failing"],
  ["an instance ends again and again",     ended(9, 5, 1), 9, 0,    "restarting"],
  ["it ended twice",                       ended(5, 1),  9,  0,     "good"],
  ["it ended again and again an hour ago", ended(62, 61, 60), 9, 0, "good"],
  ["nobody asks",                          of("ready"),  0,  0,     "quiet"],
  ["just under one in twenty fails",       of("ready"),  9,  0.049, "good"],
  ["one in twenty fails",                  of("ready"),  9,  0.05,  "failing"],
];
for (const [claim, its, requestsPerSecond, errorRatio, expected] of cases) {
  test(`health: when ${claim}, it is ${expected}`, () => {
    const view = {
      at: now,
      requestsPerSecond,
      errorRatio,
      ...(its === undefined ? {} : { live: its }),
    };
    assert.equal(healthOf(view), expected);
  });
}

test("overview: an app is told with its live release, its rollout and its last change", () => {
  const { live: its, rollout, change } = overviewApp(shop);
  assert.deepEqual([its?.number, its?.instances, its?.instancesReady], [11, 1, 1]);
  assert.deepEqual(
    [rollout?.number, rollout?.usersExposed, rollout?.state],
    [12, 61, "rolled_back"],
  );
  assert.equal(change?.stage, "rollout");
  assert.ok(!JSON.stringify(overviewApp(shop)).includes("not-for-everyone"));
});

const page = (items: readonly string[]) => pageOf(items, 2, (item) => item);

test("pages: the last page has no next, and one that is cut names its last item", () => {
  assert.deepEqual(page(["a", "b", "c"]), { items: ["a", "b"], next: { next: "b" } });
  assert.deepEqual(page(["a", "b"]), { items: ["a", "b"], next: {} });
  assert.deepEqual(page([]), { items: [], next: {} });
});
