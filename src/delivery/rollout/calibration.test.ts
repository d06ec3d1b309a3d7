import assert from "node:assert/strict";
import { test } from "node:test";
import {
  latencyCells,
  type ArmCounts,
  type IntervalCounts,
  type MetricCounts,
  type RolloutId,
} from "#domain";
import { type Calibration, calibrate, luckOf, noCalibration } from "./calibration.ts";

const units = (events: readonly number[], sample = 1000): readonly MetricCounts[] =>
  events.map((found) => ({ events: found, sample }));
const named = (of: readonly MetricCounts[]) =>
  Object.fromEntries(of.map((counts, index) => [`ins_${index}`, counts]));
const armOf = (instances: Readonly<Record<string, MetricCounts>>): ArmCounts => ({
  requests: 0,
  errors: 0,
  connectionFailures: 0,
  unkeyedRequests: 0,
  usersFirstHarmed: 0,
  usersFirstSeen: 0,
  latency: Array.from({ length: latencyCells }, () => 0),
  instances,
});
/** What instances did in one minute after the other. */
const minutes = (baseline: readonly (readonly number[])[], candidates = 1): Calibration => {
  let calibration = noCalibration;
  for (const [index, events] of baseline.entries()) {
    const startAt = 1_800_000_000_000 + index * 60_000;
    const counts: IntervalCounts = {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- any id will do
      rollout: "rol_a" as RolloutId,
      index,
      startAt,
      endAt: startAt + 60_000,
      exposure: 2000,
      baseline: armOf(named(units(events))),
      candidate: armOf(named(units(Array.from({ length: candidates }, () => 10)))),
    };
    calibration = calibrate(calibration, counts);
  }
  return calibration;
};
const instances = (baseline: readonly number[], candidates = 1) => minutes([baseline], candidates);
const alike = [100, 104, 96, 101, 99, 100, 98, 102, 100];
const unlike = [30, 220, 60, 110, 260, 90, 40, 150, 70];
/** Each minute another instance is the worst: all in all they are the same. */
const wandering = unlike.map((_, minute) =>
  unlike.map((__, at) => unlike[(at + minute) % unlike.length] ?? 0),
);

// oxfmt-ignore
const cases: readonly (readonly [string, Calibration, number, readonly [number, number], readonly [number, number]])[] = [
  ["nothing known: users need none, requests the fixed one",  noCalibration,                      0.2, [1, 1],       [1.25, 1.25]],
  ["too few instances: the margin to start with",             instances([10, 30]),                0.2, [1.25, 1.25], [1.25, 1.25]],
  ["instances without a failure: what is known of others",    instances([0, 0, 0, 0]),            0.2, [1.4, 2],     [1.4, 2]],
  ["instances that are alike: next to none",                  instances(alike),                   0.2, [1, 1.15],    [1.25, 1.25]],
  ["instances that differ: a wide one",                       instances(unlike),                  0.2, [2.5, 6],     [2.5, 6]],
  ["instances that wander, and average out: a wide one",      minutes(wandering),                 0.2, [2.5, 8],     [2.5, 8]],
  ["more candidate instances are less a matter of luck",      instances(unlike, 9),               0.2, [1.5, 2.5],   [1.5, 2.5]],
  ["tenths that are alike: the fixed one for requests",       { ...noCalibration, groups: units(alike) },  0.2, [1, 1], [1.25, 1.3]],
  ["tenths that differ: requests need more, users do not",    { ...noCalibration, groups: units(unlike) }, 0.2, [1, 1], [1.8, 4]],
  ["a smaller share is more a matter of luck",                { ...noCalibration, groups: units(unlike) }, 0.02, [1, 1], [6, 100]],
];
for (const [claim, calibration, share, users, requests] of cases) {
  test(`luck: ${claim}`, () => {
    const luck = luckOf(calibration, share);
    assert.ok(luck.users >= users[0] && luck.users <= users[1], `users ${luck.users}`);
    assert.ok(luck.requests >= requests[0] && luck.requests <= requests[1], `${luck.requests}`);
  });
}
