import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { openWorkBudget } from "./work-budget.ts";

const options = { unitsMax: 1_000, windowMs: 10_000 };

test("work budget: one piece may overdraw it, and the next waits until that is made up for", () => {
  const budget = openWorkBudget(options);
  assert.equal(budget.waitMs(0), 0);
  budget.spend(1_500, 0);
  assert.equal(
    budget.waitMs(0),
    5_001,
    "500 units too many are half a window, and one more is needed",
  );
  assert.equal(budget.waitMs(5_000), 1);
  assert.equal(budget.waitMs(5_001), 0);
});

test("work budget: a long pause saves no more than one window", () => {
  const budget = openWorkBudget(options);
  budget.spend(10, 0);
  budget.spend(1_000, 1_000_000);
  assert.ok(budget.waitMs(1_000_000) > 0);
});

test("work budget: a clock that is set back neither fills nor empties it", () => {
  const budget = openWorkBudget(options);
  budget.spend(1_000, 50_000);
  assert.equal(budget.waitMs(0), 1);
  assert.equal(budget.waitMs(1), 0);
});

test("work budget: whoever waits as told gets no more than the rate, two windows and one piece", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3_000), { minLength: 1, maxLength: 60 }), (pieces) => {
      const budget = openWorkBudget(options);
      let now = 0;
      let done = 0;
      for (const units of pieces) {
        now += budget.waitMs(now);
        assert.equal(budget.waitMs(now), 0, "who waited is let in");
        budget.spend(units, now);
        done += units;
      }
      assert.ok(done <= options.unitsMax + (now * options.unitsMax) / options.windowMs + 3_000);
    }),
  );
});
