import { strict as assert } from "node:assert";
import { test } from "node:test";
import { countPerIntervalMax, intervalMsMax, type MetricReading } from "#domain";
import { createTestDatabase } from "#ground/storage/testing";
import { interval, rollout, row, shop } from "./fixtures.testing.ts";
import { readingNameCharsMax, readingNamesMax } from "./limits.ts";

const all = { rollout, afterIndex: 0, limit: 1_000 };

function reading(changes: Partial<MetricReading>): MetricReading {
  return {
    app: shop,
    rollout,
    source: "metrics",
    startAt: 1_000,
    endAt: 6_000,
    exposure: 500,
    baseline: { checkouts: { events: 3, sample: 90 } },
    candidate: { checkouts: { events: 1, sample: 10 } },
    ...changes,
  };
}

test("a reading is an interval without requests, in one sequence with the edges' intervals", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  await store.recordInterval(interval(1, [row({})]));
  const taken = await store.recordMetrics(reading({}));
  await store.recordInterval(interval(2, [row({})]));
  assert.ok(taken.ok);
  assert.equal(taken.value.candidate.requests, 0);
  assert.deepEqual(taken.value.candidate.custom, { checkouts: { events: 1, sample: 10 } });
  const stored = await store.intervals(all);
  assert.deepEqual(stored[1], taken.value);
  assert.deepEqual(
    stored.map(({ index, source }) => [index, source]),
    [
      [1, undefined],
      [2, "metrics"],
      [3, undefined],
    ],
  );
});

test("a repetition changes nothing and is answered with what the first time gave", async () => {
  await using database = await createTestDatabase();
  await using here = await database.open();
  await using there = await database.open();
  const again = reading({ candidate: { checkouts: { events: 9, sample: 10 } } });
  const first = await here.recordMetrics(reading({}));
  const answers = await Promise.all([here, there].map((store) => store.recordMetrics(again)));
  for (const answer of answers) assert.deepEqual(answer, first);
  assert.equal((await here.intervals(all)).length, 1);
});

test("another source, id or start is another reading, and two servers make one order", async () => {
  await using database = await createTestDatabase();
  await using here = await database.open();
  await using there = await database.open();
  const changes: readonly Partial<MetricReading>[] = [
    {},
    { id: "prometheus" },
    { source: "probes" },
    { startAt: 2_000 },
  ];
  await Promise.all(
    changes.flatMap((change) => [here, there].map((store) => store.recordMetrics(reading(change)))),
  );
  const stored = await here.intervals(all);
  assert.deepEqual(
    stored.map(({ index }) => index),
    [1, 2, 3, 4],
  );
});

const counts = (events: number, sample: number) => ({ candidate: { x: { events, sample } } });
const named = (length: number) => ({
  baseline: { ["n".repeat(length)]: { events: 0, sample: 1 } },
});
const many = (length: number) => ({
  baseline: Object.fromEntries(
    Array.from({ length }, (_, nth) => [`n${nth}`, { events: 0, sample: 1 }]),
  ),
});
// oxfmt-ignore
const checked: readonly (readonly [claim: string, changes: Partial<MetricReading>, field: string | undefined])[] = [
  ["all of a sample may be events",   counts(5, 5),                          undefined],
  ["more events than sample",         counts(6, 5),                          "reading.candidate.x.events"],
  ["counts that go backwards",        counts(-1, 5),                         "reading.candidate.x.events"],
  ["half an event",                   counts(0.5, 5),                        "reading.candidate.x.events"],
  ["NaN from a query",                counts(Number.NaN, 5),                 "reading.candidate.x.events"],
  ["a sample without end",            counts(0, Infinity),                   "reading.candidate.x.sample"],
  ["the largest count",               counts(0, countPerIntervalMax),        undefined],
  ["a larger count",                  counts(0, countPerIntervalMax + 1),    "reading.candidate.x.sample"],
  ["an interval that ends at once",   { endAt: 1_000 },                      undefined],
  ["an interval that runs backwards", { endAt: 999 },                        "reading.endAt"],
  ["the longest that is judged",      { endAt: 1_000 + intervalMsMax },      undefined],
  ["longer than what is judged",      { endAt: 1_001 + intervalMsMax },      "reading.endAt"],
  ["a start between milliseconds",    { startAt: 0.5 },                      "reading.startAt"],
  ["more buckets than there are",     { exposure: 10_001 },                  "reading.exposure"],
  ["the longest name",                named(readingNameCharsMax),            undefined],
  ["a longer name",                   named(readingNameCharsMax + 1),        "reading.baseline"],
  ["no name",                         named(0),                              "reading.baseline"],
  ["as many names as are allowed",    many(readingNamesMax),                 undefined],
  ["one name more",                   many(readingNamesMax + 1),             "reading.baseline"],
  ["an id without end",               { id: "x".repeat(readingNameCharsMax + 1) }, "reading.id"],
];

test("a reading that cannot be is refused and leaves nothing", async (context) => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  for (const [nth, [claim, changes, field]] of checked.entries()) {
    await context.test(claim, async () => {
      const before = (await store.intervals(all)).length;
      const taken = await store.recordMetrics(reading({ id: String(nth), ...changes }));
      assert.equal(taken.ok || !("field" in taken.error) ? undefined : taken.error.field, field);
      assert.equal((await store.intervals(all)).length, before + (taken.ok ? 1 : 0));
    });
  }
});

test("who lost the lease records nothing", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  await store.commit({ enqueue: [{ kind: "rollout", key: rollout }] });
  const claim = async () =>
    await store.claim({
      kinds: ["rollout"],
      worker: "one",
      leaseMs: 9_000,
      signal: AbortSignal.timeout(5_000),
    });
  const first = await claim();
  await store.releaseLeases(() => true);
  const second = await claim();
  assert.ok(first !== undefined && second !== undefined);
  const refused = await store.recordMetrics(reading({}), first);
  assert.equal(!refused.ok && refused.error.code, "fence_lost");
  assert.equal((await store.recordMetrics(reading({}), second)).ok, true);
  assert.equal((await store.intervals(all)).length, 1);
});
