/** The driver is fair: a gate meets the same world alone and in company, and sees what it asked for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { World } from "#delivery/rollout";
import { drive } from "./drive.ts";
import { flaggerGate } from "./flagger-gate.ts";
import { stay, type Gate, type Window } from "./gate.ts";
import { kayentaImpatient, kayentaOneLook } from "./kayenta-gate.ts";

const world: World = {
  users: 300,
  requestsPerSecond: 20,
  zipf: 1,
  userErrorLogSd: 1,
  baseErrorRatio: 0.01,
  fault: { errorRatio: 0.3, fromS: 0, latencyFactor: 1, slowRatio: 0, slowMs: 0 },
  latencyMsMedian: 50,
  latencyLogSd: 0.8,
  unkeyedRatio: 0,
  telemetryDelayS: 2,
  durationS: 3700,
};

test("drive: a gate fares alone as it does in company, on any seed", () => {
  for (const seed of [1, 2]) {
    const [inCompany] = drive([kayentaOneLook, kayentaImpatient], world, seed);
    assert.deepEqual(inCompany, drive([kayentaOneLook], world, seed)[0]);
  }
});

test("drive: the same world and seed give the same outcome, another seed another", () => {
  const [once, again, other] = [1, 1, 2].map((seed) => drive([flaggerGate], world, seed));
  assert.deepEqual(once, again);
  assert.notDeepEqual(once, other);
});

test("drive: windows hold what arrived, a fresh baseline is as large as the candidate's arm", () => {
  const seen: Window[] = [];
  const watcher: Gate<number> = {
    name: "watcher",
    lookEveryS: 60,
    startPercent: 10,
    begin: () => 0,
    look(state, window) {
      seen.push({ ...window, control: window.control });
      return { state, move: window.atS >= 600 ? { kind: "promote" } : stay };
    },
  };
  const [outcome] = drive([watcher], world, 3);
  assert.equal(outcome?.end, "promoted");
  assert.equal(outcome?.exposureMax, 1000);
  const sum = (of: (window: Window) => number) => seen.reduce((all, one) => all + of(one), 0);
  // 600 s less the two seconds that are under way, give or take four standard deviations.
  const requests = sum(({ candidate, baseline }) => candidate.requests + baseline.requests);
  assert.ok(Math.abs(requests - 598 * 20) < 4 * Math.sqrt(598 * 20), String(requests));
  const control = sum((window) => window.control().requests);
  const expected = sum(({ baseline }) => baseline.requests) / 9;
  assert.ok(Math.abs(control - expected) < 4 * Math.sqrt(expected), `${control} of ${expected}`);
  assert.ok(outcome !== undefined && outcome.toll.requestsHarmed > 0);
});
