import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { IntervalCounts } from "#domain";
import {
  defaultRolloutPolicy as policy,
  openSeries,
  replay,
  syntheticTraffic,
  verdictOf,
  type Series,
  type World,
} from "#delivery/rollout";
import { differenceOf, type SeriesGuardrail } from "./series.ts";

const world: World = {
  users: 300,
  requestsPerSecond: 50,
  zipf: 1,
  userErrorLogSd: 0.5,
  baseErrorRatio: 0.02,
  fault: { errorRatio: 0.06, fromS: 5, latencyFactor: 1, slowRatio: 0, slowMs: 0 },
  latencyMsMedian: 50,
  latencyLogSd: 0.8,
  unkeyedRatio: 0,
  telemetryDelayS: 0,
  durationS: 60,
};

function counted(seed: number, of = world): readonly IntervalCounts[] {
  const traffic = syntheticTraffic(of, seed);
  const all: IntervalCounts[] = [];
  for (let second = 0; second < world.durationS; second += 1) {
    all.push(...traffic.arrived(second));
    traffic.serve(second, 1_000);
  }
  return all;
}

const intervals = counted(7);

function seriesOf(counts: readonly IntervalCounts[], pointsMax: number): Series {
  const fold = openSeries(policy);
  for (const one of counts) fold.take(one);
  return fold.read(pointsMax);
}

test("series: each point is what the engine says after its interval, bit for bit", () => {
  const { points, throughIndex } = seriesOf(intervals, 1_000);
  assert.equal(points.length, intervals.length);
  assert.equal(throughIndex, intervals.at(-1)?.index);
  for (const [at, point] of points.entries()) {
    const evidence = replay(policy, intervals.slice(0, at + 1));
    assert.ok(evidence.ok);
    const { sentence, guardrails } = verdictOf(policy, evidence.value);
    assert.equal(point.verdict.sentence, sentence);
    assert.deepEqual(
      point.guardrails.map(({ difference: _difference, alike: _alike, ...state }) => state),
      guardrails,
    );
  }
});

test("series: latency is drawn at one threshold, the newest point's, and grows at it", () => {
  const slow = { ...world.fault, errorRatio: 0, latencyFactor: 3 };
  const { points } = seriesOf(counted(7, { ...world, fault: slow }), 1_000);
  const latencies = points.map(({ guardrails }) =>
    guardrails.find(({ name }) => name === "latency"),
  );
  const newest: SeriesGuardrail | undefined = latencies.at(-1);
  assert.ok(newest?.alike !== undefined);
  const { thresholdMs } = newest;
  assert.deepEqual(newest.alike, { baseline: newest.baseline, candidate: newest.candidate });
  const thresholds = new Set(latencies.map((one) => one?.thresholdMs));
  assert.ok(thresholds.size > 1, "the threshold is another one at other points");
  for (const arm of ["baseline", "candidate"] as const) {
    const events = latencies.map((one) => one?.alike?.[arm].events ?? -1);
    assert.deepEqual(
      events,
      events.toSorted((a, b) => a - b),
    );
    const judgedThere = latencies.filter((one) => one?.thresholdMs === thresholdMs);
    for (const one of judgedThere) assert.deepEqual(one?.alike?.[arm], one?.[arm]);
  }
});

test("series: there are never more points than asked for, and the newest is among them", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(intervals.length), (pointsMax, count) => {
      const { points } = seriesOf(intervals.slice(0, count), pointsMax);
      assert.ok(points.length <= pointsMax, `${points.length} points`);
      assert.equal(points.at(-1)?.index, intervals[count - 1]?.index);
      const indices = points.map(({ index }) => index);
      assert.deepEqual(
        indices,
        indices.toSorted((a, b) => a - b),
      );
      assert.equal(new Set(indices).size, indices.length);
    }),
  );
});

test("series: what is read in parts is what is read at once, and long ones stay bounded", () => {
  const [first] = intervals;
  assert.ok(first !== undefined);
  const long = Array.from({ length: 5_000 }, (_, index) => ({ ...first, index }));
  const fold = openSeries(policy);
  for (const [index, one] of long.entries()) {
    fold.take(one);
    if (index % 1_700 === 0) fold.read(10);
  }
  assert.deepEqual(fold.read(300), seriesOf(long, 300));
  assert.ok(fold.read(1_000).points.length >= 500);
  assert.equal(fold.read(1_000).points.at(-1)?.index, 4_999);
});

test("series: an interval that cannot be is left out, and the rest goes on", () => {
  const [first, second] = intervals;
  assert.ok(first !== undefined && second !== undefined);
  const broken = { ...second, candidate: { ...second.candidate, requests: -1 } };
  assert.deepEqual(seriesOf([first, broken, second], 9), seriesOf([first, second], 9));
});

const arms = (scale: number) => ({
  baseline: { events: 10 * scale, sample: 1_000 * scale },
  candidate: { events: 30 * scale, sample: 1_000 * scale },
});

test("difference: its bounds hold the estimate, narrow with the sample, and need both arms", () => {
  const [few, many] = [differenceOf(arms(1), 0.01), differenceOf(arms(100), 0.01)];
  assert.ok(few !== undefined && many !== undefined);
  for (const { lower, estimate, upper } of [few, many]) {
    assert.ok(lower < estimate && estimate < upper);
    assert.ok(Math.abs(estimate - 0.02) < 1e-12);
  }
  assert.ok(many.upper - many.lower < (few.upper - few.lower) / 5);
  assert.ok(many.lower > 0);
  assert.equal(differenceOf({ ...arms(1), candidate: { events: 0, sample: 0 } }, 0.01), undefined);
});
