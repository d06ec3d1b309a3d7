import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { newId } from "#domain";
import {
  keptSeriesMax,
  reportingInstancesMax,
  seriesPerInstanceMax,
  streamSilenceMs,
} from "../limits.ts";
import type { CountedPoint, Refusals } from "./points.ts";
import { openTotals, type Totals } from "./totals.ts";

const openedAt = 1_000_000;
const ns = (ms: number): bigint => BigInt(openedAt + ms) * 1_000_000n;
const instance = (index = 0) => {
  let digits = index; // base 32, the lowest first
  const digit = (): number => {
    const one = (digits % 32) / 32;
    digits = Math.floor(digits / 32);
    return one;
  };
  return newId("ins", digit);
};
const payments = { name: "payments", where: {} };

interface Told {
  readonly start: number;
  readonly time: number;
  readonly value: number;
  readonly isDelta?: true;
  readonly outcome?: string;
  readonly series?: string;
}

function pointOf({
  start,
  time,
  value,
  isDelta,
  outcome,
  series = "payments",
}: Told): CountedPoint {
  const attributes = outcome === undefined ? {} : { outcome };
  const key = `${series}${JSON.stringify(attributes)}`;
  return {
    name: series,
    attributes,
    series: key,
    stream: isDelta === true ? key : `${key} ${start}`,
    isDelta: isDelta === true,
    startNs: ns(start),
    timeNs: ns(time),
    value,
  };
}

function tell(totals: Totals, points: readonly Told[], index = 0): Refusals {
  const refusals: Refusals = { points: 0, message: "", unusable: new Map() };
  const at = openedAt + Math.max(0, ...points.map(({ time }) => time));
  totals.take(instance(index), { at, points: points.map(pointOf), refusals });
  return refusals;
}

// oxfmt-ignore
const cases: readonly (readonly [string, readonly Told[], number])[] = [
  ["cumulative values count by what they rise", [{ start: 1, time: 10, value: 5 }, { start: 1, time: 20, value: 8 }], 8],
  ["a series that began before us is a base first", [{ start: -9, time: 10, value: 50 }, { start: -9, time: 20, value: 53 }], 3],
  ["a series without a start is a base first", [{ start: -openedAt, time: 10, value: 50 }, { start: -openedAt, time: 20, value: 53 }], 3],
  ["a process that began anew counts from zero", [{ start: 1, time: 10, value: 5 }, { start: 15, time: 20, value: 2 }], 7],
  ["a value that fell is a new base", [{ start: 1, time: 10, value: 5 }, { start: 1, time: 20, value: 2 }, { start: 1, time: 30, value: 4 }], 7],
  ["a value told twice counts once", [{ start: 1, time: 10, value: 5 }, { start: 1, time: 10, value: 5 }], 5],
  ["an older value counts nothing", [{ start: 1, time: 20, value: 5 }, { start: 1, time: 10, value: 9 }, { start: 1, time: 30, value: 6 }], 6],
  ["workers of one instance side by side are two streams", [{ start: 1, time: 10, value: 50 }, { start: 2, time: 10, value: 70 }, { start: 1, time: 20, value: 51 }, { start: 2, time: 20, value: 71 }], 122],
  ["deltas add up", [{ start: 1, time: 10, value: 5, isDelta: true }, { start: 10, time: 20, value: 3, isDelta: true }], 8],
  ["a delta that began before us counts: nobody had it yet", [{ start: -9, time: 10, value: 5, isDelta: true }], 5],
  ["attributes are told apart and add up", [{ start: 1, time: 10, value: 5, outcome: "paid" }, { start: 1, time: 10, value: 2, outcome: "failed" }], 7],
];
for (const [claim, told, expected] of cases) {
  test(`totals: ${claim}`, () => {
    const totals = openTotals(openedAt);
    for (const one of told) tell(totals, [one]);
    assert.equal(totals.sum(instance(), payments), expected);
  });
}

test("totals: a selector with attributes means only those series", () => {
  const totals = openTotals(openedAt);
  tell(totals, [
    { start: 1, time: 10, value: 5, outcome: "paid" },
    { start: 1, time: 10, value: 2, outcome: "failed" },
  ]);
  assert.equal(totals.sum(instance(), { name: "payments", where: { outcome: "failed" } }), 2);
  assert.equal(totals.sum(instance(), { name: "payments", where: { other: "failed" } }), 0);
  assert.equal(totals.knows(instance(), "payments"), true);
  assert.equal(totals.knows(instance(), "payment"), false);
});

test("totals: more series than the limit are refused, and those that are kept go on", () => {
  const totals = openTotals(openedAt);
  const many = Array.from({ length: seriesPerInstanceMax + 2 }, (_, index) => ({
    start: 1,
    time: 10,
    value: 1,
    series: `s${index}`,
  }));
  const refusals = tell(totals, many);
  assert.equal(refusals.points, 2);
  assert.match(refusals.message, /more than 1000 series/);
  tell(totals, [{ start: 1, time: 20, value: 4, series: "s0" }]);
  assert.equal(totals.sum(instance(), { name: "s0", where: {} }), 4);
  assert.equal(totals.sum(instance(), { name: `s${seriesPerInstanceMax}`, where: {} }), 0);
});

test("totals: a process that begins anew again and again makes room for itself, and invents nothing", () => {
  const totals = openTotals(openedAt);
  const rounds = seriesPerInstanceMax + 5;
  for (let round = 1; round <= rounds; round += 1) {
    const start = round * streamSilenceMs;
    tell(totals, [{ start, time: start + 10, value: 2 }]);
  }
  assert.equal(totals.sum(instance(), payments), 2 * rounds);
  tell(totals, [{ start: streamSilenceMs, time: 9_999 * streamSilenceMs, value: 50 }]);
  assert.equal(totals.sum(instance(), payments), 2 * rounds, "it was forgotten, so it is a base");
});

test("totals: what passes 2^53 begins anew, is said, and is never infinite", () => {
  const totals = openTotals(openedAt);
  const value = 9_000_000_000_000_000;
  const deltas = [10, 20].map((time) => ({ start: 1, time, value, isDelta: true as const }));
  const refusals = tell(totals, [...deltas, { start: 1, time: 30, value: 4, outcome: "failed" }]);
  assert.equal(refusals.points, 1);
  assert.match(refusals.message, /passed 2\^53/);
  assert.equal(totals.sum(instance(), payments), 4);
});

test("totals: an instance that was forgotten is a base when it comes back", () => {
  const totals = openTotals(openedAt);
  const later = 10 + streamSilenceMs + 1;
  tell(totals, [{ start: 1, time: 10, value: 5 }], 0);
  for (let index = 1; index <= reportingInstancesMax; index += 1) {
    tell(totals, [{ start: 1, time: index === 1 ? 11 : later, value: 0 }], index);
  }
  assert.equal(totals.reportedAt(instance(0)), undefined);
  tell(totals, [{ start: 1, time: later + 100, value: 9 }], 0);
  assert.equal(totals.reportedAt(instance(1)), undefined, "the next that fell silent made room");
  assert.equal(totals.sum(instance(), payments), 0, "the 9 hold what was counted before");
  tell(totals, [{ start: 1, time: later + 200, value: 11 }], 0);
  assert.equal(totals.sum(instance(), payments), 2);
});

test("totals: an instance that finds no room is refused, and none that reports is forgotten", () => {
  const totals = openTotals(openedAt);
  for (let index = 0; index < reportingInstancesMax; index += 1) {
    tell(totals, [{ start: 1, time: 10, value: 5 }], index);
  }
  const refusals = tell(totals, [{ start: 1, time: 20, value: 5 }], reportingInstancesMax);
  assert.equal(refusals.points, 1);
  assert.match(refusals.message, /1000 instances report/);
  assert.equal(totals.sum(instance(0), payments), 5);
});

const many = (time: number): readonly Told[] =>
  Array.from({ length: seriesPerInstanceMax }, (_, index) => ({
    start: 1,
    time,
    value: time,
    series: `s${index}`,
  }));

test("totals: all instances share one room; who is in it goes on, and who fell silent makes place", () => {
  const totals = openTotals(openedAt);
  const full = keptSeriesMax / (2 * seriesPerInstanceMax); // a series and its stream each
  for (let index = 0; index < full; index += 1) {
    assert.equal(tell(totals, many(10), index).points, 0);
  }
  const refusals = tell(totals, [{ start: 1, time: 20, value: 1 }], full);
  assert.match(refusals.message, /more than 200000 series of all instances/);
  assert.equal(tell(totals, many(30), 0).points, 0);
  assert.equal(totals.sum(instance(0), { name: "s7", where: {} }), 30);
  const later = 30 + streamSilenceMs + 1;
  assert.equal(tell(totals, [{ start: 40, time: later, value: 2 }], full).points, 0);
  assert.equal(totals.sum(instance(full), payments), 2);
});

test("totals: what comes out is what the app counted since we began, however reports are lost or doubled", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(5), fc.constantFrom("told", "lost", "doubled")), { maxLength: 40 }),
      (steps) => {
        const totals = openTotals(openedAt);
        let counted = 0;
        let told = 0;
        for (const [index, [rise, fate]] of steps.entries()) {
          counted += rise;
          const report = { start: 1, time: 10 * (index + 1), value: counted };
          if (fate !== "lost") tell(totals, [report]);
          if (fate === "doubled") tell(totals, [report]);
          if (fate !== "lost") told = counted;
        }
        return totals.sum(instance(), payments) === told;
      },
    ),
  );
});
