import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { prometheusSeriesKeptMax } from "../limits.ts";
import { fallenTotal, type Marks, type Series, takeRise } from "./rises.ts";

type Answer = Readonly<Record<string, number>>;
const total = (value: number): Answer => ({ total: value });

function seriesOf(answer: Answer): readonly Series[] {
  return Object.entries(answer).map(([key, value]) => {
    return { key, value, isOfOneTarget: key !== "total" };
  });
}

/** What each answer adds; `fell` where it may not count. */
function risesOf(answers: readonly Answer[]): readonly (number | "fell")[] {
  const marks: Marks = new Map();
  return answers.map(seriesOf).map((answer) => {
    return fallenTotal(marks, answer) === undefined ? takeRise(marks, answer) : "fell";
  });
}

// oxfmt-ignore
const cases: readonly (readonly [claim: string, answers: readonly Answer[], rises: readonly (number | "fell")[]])[] = [
  ["the first value is the base", [total(1_000), total(1_003)], [0, 3]],
  ["a total whose part was not scraped counts from where it was", [total(1_000_000), total(1_000_100), total(120), total(130), total(1_000_300)], [0, 100, "fell", "fell", 200]],
  ["a total that comes back to where it was adds nothing", [total(10), total(4), total(10)], [0, "fell", 0]],
  ["a total that started again is silent until it is above where it was", [total(50), total(0), total(49), total(51)], [0, "fell", "fell", 1]],
  ["an instance that was not scraped goes on from where it was", [{ a: 1_000_000, b: 100 }, { b: 120 }, { a: 1_000_200, b: 130 }], [0, 20, 210]],
  ["an instance that started again counts from where it is found", [{ a: 1_000_000, b: 5 }, { a: 3, b: 6 }, { a: 10, b: 6 }], [0, 1, 7]],
  ["what fell and is there again is not new, nor what was counted meanwhile", [{ a: 2_000 }, { a: 1_000 }, { a: 1_010 }, { a: 2_020 }], [0, 0, 10, 10]],
  ["an instance that is seen for the first time has lived before", [{ a: 1 }, { a: 1, b: 900_000 }, { a: 2, b: 900_001 }], [0, 0, 2]],
];
for (const [claim, answers, rises] of cases) {
  test(`rises: ${claim}`, () => assert.deepEqual(risesOf(answers), rises));
}

test("rises: series beyond the bound are forgotten, those unseen for longest first", () => {
  const marks: Marks = new Map();
  takeRise(marks, seriesOf({ old: 1, kept: 1 }));
  takeRise(marks, seriesOf({ kept: 1 }));
  for (let nth = 1; nth < prometheusSeriesKeptMax; nth += 1) {
    takeRise(marks, seriesOf({ [`new ${nth}`]: 1 }));
  }
  assert.equal(marks.size, prometheusSeriesKeptMax);
  assert.equal(takeRise(marks, seriesOf({ kept: 3 })), 2);
  assert.equal(takeRise(marks, seriesOf({ old: 900 })), 0);
});

test("rises: whoever restarts and whatever is not scraped, no more is counted than happened", () => {
  const target = fc.record({
    grows: fc.nat(1_000),
    isScraped: fc.boolean(),
    restarts: fc.boolean(),
  });
  const polls = fc.array(fc.tuple(target, target), { maxLength: 30 });
  const shown = fc.constantFrom<"each" | "sum">("each", "sum");
  fc.assert(
    fc.property(polls, shown, (rounds, form) => {
      const values = [1_000_000, 50];
      let happened = 0;
      const answers = rounds.map((round): Answer => {
        const seen: Record<string, number> = {};
        for (const [nth, { grows, isScraped, restarts }] of round.entries()) {
          const before = restarts ? 0 : (values[nth] ?? 0);
          values[nth] = before + grows;
          happened += grows;
          if (isScraped) seen[`target ${nth}`] = values[nth];
        }
        const known = Object.values(seen);
        return form === "each" || known.length === 0
          ? seen
          : total(known.reduce((sum, one) => sum + one));
      });
      // The first poll found both: a total that has never been whole cannot be told from one that is.
      const whole: Answer = { "target 0": 1_000_000, "target 1": 50 };
      const first = form === "each" ? whole : total(1_000_050);
      const counted = risesOf([first, ...answers]).map((rise) => (rise === "fell" ? 0 : rise));
      assert.ok(counted.reduce((sum, one) => sum + one) <= happened);
    }),
  );
});
