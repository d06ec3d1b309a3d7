import assert from "node:assert/strict";
import { test } from "node:test";
import { machineActor, type Release, type Restarts } from "#domain";
import { healthOf } from "./health.ts";
import { appResource } from "./resources.ts";
import { shopAt } from "./shop.testing.ts";

const now = 1_800_000_000_000;
const [shop] = await shopAt(now).apps(machineActor);
assert(shop?.live !== undefined);
const { live } = shop;
const of = (state: "ready" | "exited"): Release => ({
  ...live,
  instances: live.instances.map((instance) => ({ ...instance, state })),
});
const ended = (count: number, isRestarting: boolean): Restarts => ({
  count,
  lastExit: "exit code 3",
  lastAt: now,
  isRestarting,
});

type Case = readonly [
  claim: string,
  live: Release | undefined,
  restarts: Restarts | undefined,
  traffic: readonly [requests: number, errorRatio: number],
  expected: string,
];
// oxfmt-ignore
const cases: readonly Case[] = [
  ["nothing is live",                    undefined,    undefined,       [0, 0],     "none"],
  ["no instance answers",                of("exited"), undefined,       [9, 0],     "failing"],
  ["an instance ends again and again",   of("ready"),  ended(3, true),  [9, 0],     "restarting"],
  ["none is up between two of its ends", of("exited"), ended(3, true),  [0, 0],     "restarting"],
  ["it ended twice",                     of("ready"),  ended(2, false), [9, 0],     "good"],
  ["nobody asks",                        of("ready"),  undefined,       [0, 0],     "quiet"],
  ["just under one in twenty fails",     of("ready"),  undefined,       [9, 0.049], "good"],
  ["one of five fails",                  of("ready"),  undefined,       [5, 0.2],   "quiet"],
  ["one in twenty fails",                of("ready"),  undefined,       [9, 0.05],  "failing"],
];
for (const [claim, its, restarts, [requests, errorRatio], expected] of cases) {
  test(`health: when ${claim}, it is ${expected}`, () => {
    const view = {
      requests,
      errorRatio,
      ...(its === undefined ? {} : { live: its }),
      ...(restarts === undefined ? {} : { restarts }),
    };
    assert.equal(healthOf(view), expected);
  });
}

test("health: an app tells it beside how often its instances ended", () => {
  const telling = { sight: undefined, logs: undefined, urlOf: (host: string) => host };
  const [production] = appResource({ ...shop, restarts: ended(4, true) }, telling).environments;
  assert.equal(production?.health, "restarting");
  assert.deepEqual(production.restarts, ended(4, true));
});
