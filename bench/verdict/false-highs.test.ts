/**
 * How often Kayenta's judge calls a healthy candidate high, on the series of the reference simulation: 60
 * points a minute apart, mean 100, autocorrelated. The numbers there (2026-11, 1,500 runs):
 * AR 0: 0.07 % at one look; AR 0.8: 15 % at one look and 38 % when looked at every minute.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "#delivery/rollout";
import { classify } from "./kayenta-judge.ts";
import { shareOf } from "./statistics.ts";

function series(random: () => number, ar: number): readonly number[] {
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  let state = normal();
  return Array.from({ length: 60 }, () => {
    state = ar * state + Math.sqrt(1 - ar * ar) * normal();
    return 100 + 10 * state;
  });
}

const isHigh = (experiment: readonly number[], control: readonly number[]): boolean =>
  classify({ name: "m", group: "g" }, { experiment, control }).label === "High";

// oxfmt-ignore
const cases: readonly (readonly [claim: string, ar: number, looks: readonly number[], expected: number])[] = [
  ["one look at independent points",  0,   [60],                     0.0007],
  ["one look, AR 0.8",                0.8, [60],                     0.15],
  ["six looks, AR 0.8",               0.8, [10, 20, 30, 40, 50, 60], 0.33],
];
for (const [claim, ar, looks, expected] of cases) {
  test(`kayenta: false highs agree with the reference within the error of 150 runs: ${claim}`, () => {
    const random = seededRandom(7);
    let hits = 0;
    for (let run = 0; run < 150; run += 1) {
      const [experiment, control] = [series(random, ar), series(random, ar)];
      if (looks.some((to) => isHigh(experiment.slice(0, to), control.slice(0, to)))) hits += 1;
    }
    const { low, high } = shareOf(hits, 150);
    assert.ok(low <= expected && expected <= high + 0.005, `${hits} of 150, expected ${expected}`);
  });
}
