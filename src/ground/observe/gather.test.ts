import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Arm, brokenCounts, brokenTime, intervalMsMax, type MetricCounts } from "#domain";
import { openGathering } from "./gather.ts";
import { eventsWaitingMax, readingIntervalMs } from "./limits.ts";

const checkout = {
  name: "checkout",
  tolerance: { ratio: 1.5 },
  metric: { from: "otlp", events: "failures", sample: "payments" },
} as const;

type Added = readonly [arm: Arm, events: number, sample: number];

function readingOf(added: readonly Added[]): unknown {
  const gathering = openGathering([checkout]);
  gathering.look(0);
  for (const [arm, events, sample] of added) gathering.add("checkout", arm, { events, sample });
  const taking = gathering.look(readingIntervalMs);
  return taking && [taking.baseline["checkout"], taking.candidate["checkout"]];
}

// oxfmt-ignore
const cases: readonly (readonly [string, readonly Added[], unknown])[] = [
  ["both arms make a reading", [["baseline", 1, 10], ["candidate", 2, 5]], [{ events: 1, sample: 10 }, { events: 2, sample: 5 }]],
  ["one arm waits for the other", [["candidate", 2, 5]], undefined],
  ["events without a sample wait for it", [["baseline", 0, 10], ["candidate", 2, 0]], undefined],
  ["no more events than sample are given", [["baseline", 0, 10], ["candidate", 5, 3]], [{ events: 0, sample: 10 }, { events: 3, sample: 3 }]],
  ["what was added in parts is one", [["baseline", 0, 4], ["baseline", 1, 6], ["candidate", 0, 1]], [{ events: 1, sample: 10 }, { events: 0, sample: 1 }]],
];
for (const [claim, added, expected] of cases) {
  test(`gathering: ${claim}`, () => assert.deepEqual(readingOf(added), expected));
}

test("gathering: a reading is given again until it is settled, and then never", () => {
  const gathering = openGathering([checkout]);
  gathering.look(0);
  gathering.add("checkout", "baseline", { events: 0, sample: 1 });
  gathering.add("checkout", "candidate", { events: 1, sample: 1 });
  const first = gathering.look(readingIntervalMs);
  gathering.add("checkout", "candidate", { events: 1, sample: 1 });
  assert.deepEqual(gathering.look(3 * readingIntervalMs), first);
  gathering.settle();
  assert.equal(gathering.look(5 * readingIntervalMs), undefined);
});

test("gathering: what is not ready yet waits, and is given whole when it is", () => {
  const gathering = openGathering([checkout]);
  gathering.look(0);
  for (const arm of ["baseline", "candidate"] as const) {
    gathering.add("checkout", arm, { events: 1, sample: 2 });
  }
  assert.equal(
    gathering.look(readingIntervalMs, () => false),
    undefined,
  );
  const taking = gathering.look(readingIntervalMs, (name) => name === "checkout");
  assert.deepEqual(taking?.candidate["checkout"], { events: 1, sample: 2 });
});

test("gathering: events that are no part of their sample are said to be so", () => {
  const gathering = openGathering([checkout]);
  gathering.add("checkout", "candidate", { events: eventsWaitingMax, sample: 0 });
  assert.deepEqual(gathering.problems(), []);
  gathering.add("checkout", "candidate", { events: 1, sample: 0 });
  assert.equal(gathering.problems()[0]?.code, "events_exceed_sample");
});

test("gathering: a clock that was set back begins anew rather than to wait for what it said", () => {
  const gathering = openGathering([checkout]);
  gathering.look(1_000_000);
  for (const arm of ["baseline", "candidate"] as const) {
    gathering.add("checkout", arm, { events: 0, sample: 1 });
  }
  assert.equal(gathering.look(5_000), undefined);
  assert.deepEqual(gathering.look(5_000 + readingIntervalMs)?.startAt, 5_000);
});

test("gathering: an arm that is late makes no reading longer than one may be", () => {
  const gathering = openGathering([checkout]);
  const late = intervalMsMax + 1;
  gathering.add("checkout", "baseline", { events: 0, sample: 9 });
  for (const now of [0, readingIntervalMs, late]) assert.equal(gathering.look(now), undefined);
  gathering.add("checkout", "candidate", { events: 1, sample: 2 });
  const taking = gathering.look(late + 1);
  assert.ok(taking);
  assert.deepEqual([taking.startAt, taking.endAt], [2, late + 1]);
  assert.equal(brokenTime(taking.startAt, taking.endAt), undefined);
  assert.deepEqual(taking.baseline["checkout"], { events: 0, sample: 9 });
});

// oxfmt-ignore
const brokenOnes: readonly (readonly [claim: string, counts: MetricCounts])[] = [
  ["a rise from infinity", { events: Number.NaN, sample: 1 }],
  ["a sample without end", { events: 0, sample: Number.POSITIVE_INFINITY }],
  ["half an event", { events: 0.5, sample: 1 }],
  ["a fall", { events: -1, sample: 1 }],
  ["more than a number holds exactly", { events: 0, sample: Number.MAX_SAFE_INTEGER + 1 }],
  ["a sum that is more", { events: 0, sample: Number.MAX_SAFE_INTEGER }],
];
for (const [claim, counts] of brokenOnes) {
  test(`gathering: ${claim} keeps its own guardrail back, says so, and is forgotten`, () => {
    const gathering = openGathering([checkout, { ...checkout, name: "orders" }]);
    gathering.look(0);
    for (const arm of ["baseline", "candidate"] as const) {
      for (const name of ["checkout", "orders"]) {
        gathering.add(name, arm, { events: 0, sample: 1 });
      }
    }
    gathering.add("checkout", "candidate", counts);
    const taking = gathering.look(readingIntervalMs);
    assert.deepEqual(Object.keys(taking?.candidate ?? {}), ["orders"]);
    const [problem, ...more] = gathering.problems();
    assert.deepEqual([problem?.guardrail, problem?.code], ["checkout", "not_a_number"]);
    assert.deepEqual(more, []);
    gathering.settle();
    gathering.add("checkout", "candidate", { events: 1, sample: 1 });
    const next = gathering.look(2 * readingIntervalMs);
    assert.deepEqual(next?.candidate, { checkout: { events: 1, sample: 2 } });
    assert.deepEqual(gathering.problems(), []);
  });
}

test("gathering: what is offered keeps the rules by which it is stored and judged", () => {
  const number = fc.oneof(fc.nat(20), fc.double(), fc.maxSafeNat());
  const step = fc.record({
    arm: fc.constantFrom<Arm>("baseline", "candidate"),
    events: number,
    sample: number,
    passMs: fc.oneof(fc.nat(5_000), fc.nat(2 * intervalMsMax)),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const gathering = openGathering([checkout]);
      let now = 0;
      for (const { arm, events, sample, passMs } of steps) {
        gathering.add("checkout", arm, { events, sample });
        now += passMs;
        const taking = gathering.look(now);
        if (taking === undefined) continue;
        assert.equal(brokenTime(taking.startAt, taking.endAt), undefined);
        for (const one of ["baseline", "candidate"] as const) {
          for (const counts of Object.values(taking[one])) {
            assert.equal(brokenCounts(counts), undefined);
          }
        }
        gathering.settle();
      }
    }),
  );
});

function addTo(sum: { events: number; sample: number }, counts: MetricCounts): void {
  sum.events += counts.events;
  sum.sample += counts.sample;
}

test("gathering: nothing is lost and nothing counted twice, whenever it is looked at and settled", () => {
  const step = fc.record({
    arm: fc.constantFrom<Arm>("baseline", "candidate"),
    events: fc.nat(5),
    sample: fc.nat(5),
    isSettled: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const gathering = openGathering([checkout]);
      gathering.look(0);
      const added = { baseline: { events: 0, sample: 0 }, candidate: { events: 0, sample: 0 } };
      const given = { baseline: { events: 0, sample: 0 }, candidate: { events: 0, sample: 0 } };
      let now = 0;
      const takeOne = (isSettled: boolean): boolean => {
        now += readingIntervalMs;
        const taking = gathering.look(now);
        if (taking === undefined || !isSettled) return taking !== undefined;
        for (const arm of ["baseline", "candidate"] as const) {
          const counts = taking[arm]["checkout"] ?? { events: 0, sample: 0 };
          assert.ok(counts.events <= counts.sample && counts.sample > 0);
          addTo(given[arm], counts);
        }
        gathering.settle();
        return true;
      };
      for (const { arm, events, sample, isSettled } of steps) {
        gathering.add("checkout", arm, { events, sample });
        addTo(added[arm], { events, sample });
        takeOne(isSettled);
      }
      // As much sample as there were events, so that all of them come out.
      for (const arm of ["baseline", "candidate"] as const) {
        const rest = { events: 0, sample: 1 + added[arm].events };
        gathering.add("checkout", arm, rest);
        addTo(added[arm], rest);
      }
      while (takeOne(true)) {
        // until nothing waits
      }
      assert.deepEqual(given, added);
    }),
  );
});
