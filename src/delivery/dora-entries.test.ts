import { strict as assert } from "node:assert";
import { test } from "node:test";
import { type ChangeId, newId, type NewEntry, type RolloutId, type Store } from "#domain";
import { dora } from "#delivery/feedback";
import { createTestDatabase, systemClock } from "#ground/storage/testing";
import { doraEntries } from "./dora-entries.ts";
import { aChange, app, aVerdict, noHarm, release } from "./plot.testing.ts";

const dayMs = 86_400_000;
const now = 1_800_000_000_000;
const windowMs = 7 * dayMs;

/** A deployment: days ago its change was merged, its rollout began to expose, and everybody had it. */
type Told = readonly [id: number, merged: number | undefined, exposed: number, published: number];

// oxfmt-ignore
const story: readonly Told[] = [
  [1, 400, 399, 398],       // long ago: nothing of it is read
  [2, 60, 59, 58],          // before the window and its reverts
  [3, 390, 3, 2],           // merged long ago, deployed in the window
  [1, undefined, 6, 5],     // the configuration of an old change
  [4, 1, 0.9, 0.8],
];

test("dora: reads the window alone and finds what the whole journal finds", async () => {
  await using database = await createTestDatabase();
  let at = 0;
  await using store = await database.open({ clock: { ...systemClock, now: () => at } });
  for (const [agoDays, entry] of entriesInOrder()) {
    at = now - agoDays * dayMs;
    assert((await store.commit({ entries: [entry] })).ok);
  }
  const [whole, read] = [await store.entries({ after: 0, limit: 1_000 }), reading(store)];
  const { entries, beganAt } = await doraEntries({ app, windowMs, now }, read.store);
  assert(beganAt !== undefined);
  const fromAll = dora({ entries: whole, windowMs, now, app });
  assert.deepEqual(dora({ entries, beganAt, windowMs, now, app }), fromAll);
  assert.deepEqual([fromAll.deployments, fromAll.leadTimeMsP90], [3, 388 * dayMs]);
  // The first; of the window; the beginning of change 3; all of change 1, whose configuration came later.
  assert.equal(read.count(), 1 + 7 + 3 + 5);
  assert.ok(whole.length > 1_000 / 2, "the control: there was more to read");
});

test("dora: an app has no past of another one of its name", async () => {
  await using database = await createTestDatabase();
  let at = now - 5 * dayMs;
  await using store = await database.open({ clock: { ...systemClock, now: () => at } });
  for (const [, entry] of entriesOf([1, 5, 5, 5], 0)) {
    assert((await store.commit({ entries: [entry] })).ok);
  }
  at = now - dayMs;
  const born = { name: app, createdAt: at, createdBy: "ana", trackedBranch: "main" };
  const body = { ...born, configVersion: 0, nextReleaseNumber: 1 };
  assert((await store.commit({ documents: [{ kind: "app", id: app, app, body }] })).ok);
  assert.deepEqual(await doraEntries({ app, windowMs, now }, store), { entries: [] });
  for (const [, entry] of entriesOf([2, 1, 1, 1], 1)) {
    assert((await store.commit({ entries: [entry] })).ok);
  }
  const { entries, beganAt } = await doraEntries({ app, windowMs, now }, store);
  assert.deepEqual([entries.length, beganAt], [3, at]);
});

test("dora: an empty journal has nothing", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  assert.deepEqual(await doraEntries({ windowMs, now }, store), { entries: [] });
});

function reading(store: Store): {
  readonly store: Pick<Store, "entries" | "get">;
  count(): number;
} {
  let count = 0;
  return {
    count: () => count,
    store: {
      get: async (kind, id) => await store.get(kind, id),
      async entries(query) {
        const page = await store.entries(query);
        count += page.length;
        return page;
      },
    },
  };
}

function entriesInOrder(): readonly (readonly [agoDays: number, entry: NewEntry])[] {
  const told = story.flatMap((each, index) => entriesOf(each, index));
  // What there is most of, and what nobody counts.
  const noise = Array.from({ length: 600 }, (_, index) => {
    const data = { version: index, keysSet: [], keysUnset: [] };
    const entry = { type: "dev.tidegate.config.changed", app, actor: "ana", data } as const;
    return [500 - index / 2, entry] as const;
  });
  return [...noise, ...told].toSorted(([a], [b]) => b - a);
}

function entriesOf([id, merged, exposed, published]: Told, index: number) {
  const change: ChangeId = newId("chg", () => id / 32);
  const rollout: RolloutId = newId("rol", () => index / 32);
  const head = { app, change, actor: "ana" } as const;
  const common = { rollout, because: "", verdict: aVerdict, totals: noHarm };
  const committedAt = now - (merged ?? 0) * dayMs;
  const entries: (readonly [number, NewEntry])[] = [
    [
      exposed,
      {
        ...head,
        type: "dev.tidegate.rollout.exposure_changed",
        data: { ...common, from: 0, to: 100 },
      },
    ],
    [
      published,
      {
        ...head,
        type: "dev.cdevents.service.published",
        data: { ...common, release, number: 2, url: "" },
      },
    ],
  ];
  if (merged === undefined) return entries;
  const data = { change: { ...aChange, id: change, committedAt } };
  return [[merged, { ...head, type: "dev.cdevents.change.merged", data }] as const, ...entries];
}
