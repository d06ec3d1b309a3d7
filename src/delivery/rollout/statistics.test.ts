import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { latencyCells, type ArmCounts, type RolloutId } from "#domain";
import { firstHarmIncrements, firstSafeIncrements } from "./first-harm.ts";
import type { FoldContext } from "./guardrail.ts";
import { logEAt } from "./margin.ts";
import { lineHarmIncrements, lineSafeIncrements, type Line } from "./line-test.ts";
import {
  emptyHarm,
  eOfHarm,
  foldHarm,
  foldSafe,
  logOf,
  nothingStarted,
  startInterval,
} from "./mixture.ts";
import { emptyRank, foldRank } from "./rank-test.ts";
import { ratioLowerBound, ratioUpperBound } from "./ratio-bound.ts";
import { defaultRolloutPolicy } from "./policy.ts";
import { emptyTotals, safeUsersNeeded, unitOf } from "./totals.ts";

function armOf(latency: readonly number[]): ArmCounts {
  return {
    requests: 0,
    errors: 0,
    connectionFailures: 0,
    unkeyedRequests: 0,
    usersFirstHarmed: 0,
    usersFirstSeen: 0,
    latency,
  };
}

function contextOf(baseline: readonly number[], candidate: readonly number[]): FoldContext {
  return {
    policy: { name: "latency", tolerance: { ratio: 1 } },
    unit: "users",
    counts: {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- any id does here
      rollout: "rol_000000000000" as RolloutId,
      index: 0,
      startAt: 0,
      endAt: 1000,
      exposure: 4000,
      baseline: armOf(baseline),
      candidate: armOf(candidate),
    },
    before: emptyTotals,
    after: emptyTotals,
    elapsedMs: 1000,
    started: 0,
    moments: nothingStarted,
  };
}

/** Probabilities of 0..n events. */
function binomial(n: number, p: number): readonly number[] {
  const row = [1];
  for (let trial = 0; trial < n; trial += 1) {
    for (let at = row.length; at >= 0; at -= 1) {
      row[at] = (row[at] ?? 0) * (1 - p) + (row[at - 1] ?? 0) * p;
    }
  }
  return row;
}

interface Arms {
  readonly candidates: number;
  readonly baselines: number;
  readonly pCandidate: number;
  readonly pBaseline: number;
  readonly guess: number;
}

type Increments = typeof lineHarmIncrements;

/** The largest mean, over bets, of the e-value of one interval: by enumeration, not by sampling. */
function meanEMax(arms: Arms, line: Line, increments: Increments): number {
  const means: number[] = [];
  for (const [x, atX] of binomial(arms.candidates, arms.pCandidate).entries()) {
    for (const [y, atY] of binomial(arms.baselines, arms.pBaseline).entries()) {
      const trial = {
        candidate: { events: x, sample: arms.candidates },
        baseline: { events: y, sample: arms.baselines },
        guess: arms.guess,
      };
      for (const [bet, log] of (increments(trial, line) ?? [0]).entries()) {
        means[bet] = (means[bet] ?? 0) + atX * atY * Math.exp(log);
      }
    }
  }
  return Math.max(...means);
}

const ratio = fc.double({ min: 0, max: 1, noNaN: true });
const interval = fc.record({
  candidates: fc.integer({ min: 0, max: 12 }),
  baselines: fc.integer({ min: 0, max: 12 }),
  pBaseline: ratio,
  guess: fc.double({ min: 0, max: 0.9, noNaN: true }),
  slope: fc.double({ min: 1, max: 3, noNaN: true }),
  offset: fc.double({ min: 0, max: 0.3, noNaN: true }),
  /** How far the candidate is from the line, on the side of the null. */
  inside: ratio,
});

test("line test: under the null of no harm no bet gains on average, whatever the base and the guess", () => {
  fc.assert(
    fc.property(interval, ({ slope, offset, inside, ...arms }) => {
      const limit = Math.min(1, slope * arms.pBaseline + offset);
      const mean = meanEMax(
        { ...arms, pCandidate: limit * inside },
        { slope, offset },
        lineHarmIncrements,
      );
      assert.ok(mean <= 1 + 1e-9, `mean e-value ${mean}`);
    }),
    { numRuns: 300 },
  );
});

test("line test: under the null of harm no safe bet gains on average", () => {
  fc.assert(
    fc.property(interval, ({ slope, offset, inside, ...arms }) => {
      // The null holds only where the line is inside the square.
      const pBaseline = arms.pBaseline * Math.max(0, (1 - offset) / slope);
      const limit = slope * pBaseline + offset;
      const pCandidate = limit + (1 - limit) * inside;
      const mean = meanEMax(
        { ...arms, pBaseline, pCandidate },
        { slope, offset },
        lineSafeIncrements,
      );
      assert.ok(mean <= 1 + 1e-9, `mean e-value ${mean}`);
    }),
    { numRuns: 300 },
  );
});

test("line test: the enumeration can turn red, for a candidate beyond the line gains", () => {
  const arms = { candidates: 10, baselines: 10, pCandidate: 0.5, pBaseline: 0.05, guess: 0.05 };
  assert.ok(meanEMax(arms, { slope: 1.5, offset: 0 }, lineHarmIncrements) > 2);
  const clean = { ...arms, pCandidate: 0.05 };
  assert.ok(meanEMax(clean, { slope: 1, offset: 0.3 }, lineSafeIncrements) > 2);
});

/** All ways in which `n` responses fall into cells, with their probabilities. */
function multinomial(
  n: number,
  ratios: readonly number[],
): readonly (readonly [number[], number])[] {
  let ways: (readonly [number[], number])[] = [[ratios.map(() => 0), 1]];
  for (let left = n; left > 0; left -= 1) {
    ways = ways.flatMap(([cells, probability]) =>
      ratios.map(
        (at, cell) => [cells.with(cell, (cells[cell] ?? 0) + 1), probability * at] as const,
      ),
    );
  }
  return ways;
}

/** The largest mean over bets of the e-value of one interval by rank: by enumeration. */
function meanRankEMax(of: {
  readonly candidate: readonly number[];
  readonly baseline: readonly number[];
  readonly before: readonly number[];
}): number {
  // Four cells of the grid: below the least threshold, and three above it.
  const cells = [0, 20, 24, 30];
  const latency = (counts: readonly number[]) => {
    const all = Array.from({ length: latencyCells }, () => 0);
    for (const [index, cell] of cells.entries()) all[cell] = counts[index] ?? 0;
    return all;
  };
  const state = { ...emptyRank, baseline: latency(of.before) };
  const means: number[] = [];
  for (const [theirs, atTheirs] of multinomial(3, of.baseline)) {
    for (const [ours, atOurs] of multinomial(2, of.candidate)) {
      const context = contextOf(latency(theirs), latency(ours));
      for (const [bet, value] of foldRank(state, context).harm.entries()) {
        const e = value / (state.harm[bet] ?? 1);
        means[bet] = (means[bet] ?? 0) + atTheirs * atOurs * e;
      }
    }
  }
  return Math.max(...means);
}

const slowness = fc
  .tuple(fc.nat(9), fc.nat(9), fc.nat(9), fc.nat(9))
  .map((parts) => parts.map((part) => (part + 0.1) / (parts.reduce((a, b) => a + b, 0) + 0.4)));

test("ranks: while the candidate is no slower at any threshold no bet gains on average", () => {
  const seen = fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20), fc.nat(20));
  fc.assert(
    fc.property(slowness, seen, ratio, (baseline, before, moved) => {
      // Moving responses to faster cells is what "no slower" allows.
      const [a = 0, b = 0, c = 0, d = 0] = baseline;
      const candidate = [a + moved * b, (1 - moved) * b + moved * c, (1 - moved) * c, d];
      const mean = meanRankEMax({ candidate, baseline, before });
      assert.ok(mean <= 1 + 1e-9, `mean e-value ${mean}`);
    }),
    { numRuns: 60 },
  );
});

test("ranks: a slower candidate gains, so the enumeration can turn red", () => {
  const worse = {
    candidate: [0, 0, 0.1, 0.9],
    baseline: [0.3, 0.5, 0.2, 0],
    before: [30, 50, 20, 0],
  };
  assert.ok(meanRankEMax(worse) > 2);
});

test("first harms: at the tolerated ratio the mean e-value is 1, and below it at most 1", () => {
  const share = fc.double({ min: 0.0001, max: 0.9999, noNaN: true });
  fc.assert(
    fc.property(share, fc.integer({ min: 1, max: 12 }), ratio, (w, harms, inside) => {
      for (const [truth, increments] of [
        [1.5 * inside, firstHarmIncrements],
        [1.5 / Math.max(inside, 1e-6), firstSafeIncrements],
      ] as const) {
        const theta = (w * truth) / (w * truth + 1 - w);
        const means: number[] = [];
        for (const [candidate, probability] of binomial(harms, theta).entries()) {
          const logs = increments({ share: w, candidate, baseline: harms - candidate }, 1.5);
          for (const [bet, log] of (logs ?? [0]).entries()) {
            means[bet] = (means[bet] ?? 0) + probability * Math.exp(log);
          }
        }
        assert.ok(Math.max(...means) <= 1 + 1e-9, `mean e-value ${Math.max(...means)}`);
      }
    }),
  );
});

/** Evidence after intervals of a thousandth of the maximum duration, each with the same increment. */
function harmAfter(runs: readonly (readonly [intervals: number, increment: number])[]): number {
  let [values, moments] = [emptyHarm(2), nothingStarted];
  for (const [intervals, increment] of runs) {
    for (let step = 0; step < intervals; step += 1) {
      const start = startInterval(moments, { share: 0.001, exposure: 10 + step });
      moments = start.moments;
      values = foldHarm(values, [increment, increment], start);
    }
  }
  return eOfHarm(values, moments);
}

test("mixture: starting moments keep their weight of 1 in all, and late evidence still counts", () => {
  assert.ok(Math.abs(harmAfter([[2000, 0]]) - 1) < 1e-9);
  // Against 500 intervals of good behaviour, 20 bad ones that are worth 1 nat each are enough.
  const late = harmAfter([
    [500, -0.2],
    [20, 1],
  ]);
  assert.ok(Math.log(late) > 3.7, `late evidence ${Math.log(late)}`);
});

test("mixture: growing exposure starts half of what is kept for steps, and staying starts nothing", () => {
  const first = startInterval(nothingStarted, { share: 0, exposure: 100 });
  assert.equal(first.started, 0);
  const same = startInterval(first.moments, { share: 0, exposure: 100 });
  assert.equal(same.started, 0);
  const grown = startInterval(same.moments, { share: 0, exposure: 500 });
  assert.equal(grown.started, nothingStarted.stepLeft / 2);
  assert.equal(grown.moments.stepLeft, nothingStarted.stepLeft / 2);
});

test("mixture: evidence beyond all bounds stays a number, and what is lost stays lost", () => {
  assert.deepEqual(foldSafe([1, 1], [-2000, 2000]), [0, 1e300]);
  assert.deepEqual(foldSafe([0, 1e300], [2000, 2000]), [0, 1e300]);
  assert.ok(Number.isFinite(logOf(0)));
});

// oxfmt-ignore
const luck: readonly (readonly [claim: string, wanted: number, logE: number])[] = [
  ["none is judged at no margin",                      1,    Math.log(90)],
  ["what lies between two is judged at the larger",    1.5,  Math.log(40)],
  ["what is beyond the last margin proves nothing",    2.5,  0],
];
for (const [claim, wanted, logE] of luck) {
  test(`margins: luck: ${claim}`, () => {
    const tests = { margins: [1, 1.25, 2], values: [], max: [90, 60, 40] };
    assert.equal(logEAt(tests, wanted), logE);
  });
}

test("units: a candidate whose users lose their cookies is still judged by the baseline's users", () => {
  const arm = { ...emptyTotals.baseline, requests: 100, usersFirstSeen: 50 };
  const lost = { ...arm, unkeyedRequests: 100 };
  assert.equal(unitOf({ ...emptyTotals, baseline: arm, candidate: lost }, {}), "users");
  assert.equal(unitOf({ ...emptyTotals, baseline: lost, candidate: arm }, {}), "requests");
});

// oxfmt-ignore
const needs: readonly (readonly [claim: string, users: number, exposure: number, fresh: number | undefined, needed: number])[] = [
  ["a hundred are enough, however many there are",             4_000, 1_000, undefined, 100],
  ["a quarter of all, where there are few",                      120, 1_000, undefined, 30],
  ["those aside of a fresh baseline are of all, too",             80, 1_000, 1_000,     100],
  ["so many as where the whole of them are compared",            120, 7_000, 3_000,     30],
  ["while nobody is compared, those who were are all there are", 200,     0,     0,         50],
];
for (const [claim, users, exposure, fresh, needed] of needs) {
  test(`users that safe needs: ${claim}`, () => {
    const half = { ...emptyTotals.baseline, usersFirstSeen: users / 2 };
    const totals = { ...emptyTotals, exposure, baseline: half, candidate: half };
    const of = fresh === undefined ? totals : { ...totals, freshBuckets: fresh };
    assert.equal(safeUsersNeeded(of, defaultRolloutPolicy), needed);
  });
}

test("units: a policy that judges by requests does so from the first one on", () => {
  const arm = { ...emptyTotals.baseline, requests: 100, usersFirstSeen: 50 };
  const totals = { ...emptyTotals, baseline: arm, candidate: arm };
  assert.equal(unitOf(emptyTotals, { unit: "requests" }), "requests");
  assert.equal(unitOf(totals, { unit: "requests" }), "requests");
  assert.equal(unitOf(totals, { unit: "users" }), "users");
});

// oxfmt-ignore
const bounds: readonly (readonly [string, number, number, number])[] = [
  ["nothing seen allows everything",      0,    0, 1],
  ["all failed allows everything",       20,   20, 1],
  ["50 clean requests allow a tenth",     0,   50, 0.105],
  ["1,000 clean requests allow 0.7 %",    0, 1000, 0.0069],
];
for (const [claim, events, sample, expected] of bounds) {
  test(`ratio bound: ${claim}`, () => {
    const upper = ratioUpperBound({ events, sample }, 0.05);
    assert.ok(Math.abs(upper - expected) < 0.1 * expected, `upper bound ${upper}`);
  });
}

test("ratio bound: the sample lies between the bounds, and more events never lower them", () => {
  fc.assert(
    fc.property(fc.nat(300), fc.nat(300), (a, b) => {
      const [events, sample] = [Math.min(a, b), Math.max(a, b) + 1];
      const upper = ratioUpperBound({ events, sample }, 0.05);
      const lower = ratioLowerBound({ events, sample }, 0.05);
      assert.ok(lower <= events / sample && events / sample <= upper);
      assert.ok(ratioUpperBound({ events: Math.min(events + 1, sample), sample }, 0.05) >= upper);
    }),
  );
});
