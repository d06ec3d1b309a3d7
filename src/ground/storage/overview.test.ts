import { strict as assert } from "node:assert";
import { test } from "node:test";
import {
  changeStandings,
  type Change,
  type ChangeId,
  type Documents,
  type RolloutId,
  type Store,
} from "#domain";
import { createTestDatabase } from "#ground/storage/testing";
import {
  appBody,
  appName,
  heldClock,
  interval,
  release,
  rollout,
  row,
  shop,
} from "./fixtures.testing.ts";

/* oxlint-disable typescript/no-unsafe-type-assertion -- bodies of which only what is looked at is there */
const changeId = (number: number) => `chg_${String(number).padStart(12, "0")}` as ChangeId;

function changeBody(number: number, fields: Partial<Change>): Change {
  return {
    id: changeId(number),
    app: shop,
    commit: `${number}`.repeat(10),
    subject: `Change ${number}`,
    author: { name: "Ana Lima", email: "ana@shop.example" },
    state: "live",
    ...fields,
  } as Change;
}

async function putChange(store: Store, body: Change): Promise<void> {
  await store.commit({ documents: [{ kind: "change", id: body.id, app: body.app, body }] });
}

async function fill(store: Store): Promise<void> {
  for (const name of ["ant", "bee", "shop"].map(appName)) {
    const busy = name === shop ? { liveRelease: release, activeRollout: rollout } : {};
    const body = { ...appBody(name), ...busy, ...(name === "bee" ? { deletedAt: 5 } : {}) };
    await store.commit({ documents: [{ kind: "app", id: name, app: name, body }] });
  }
  await putChange(store, changeBody(1, { state: "rolled_back" }));
  await putChange(store, changeBody(2, { state: "delivering", subject: "Greet by name" }));
  await putChange(store, changeBody(3, { app: appName("ant"), state: "failed" }));
  const releaseBody = { id: release, number: 7 } as Documents["release"];
  const rolloutBody = { id: rollout, state: "held", candidate: release } as Documents["rollout"];
  await store.commit({
    documents: [
      { kind: "release", id: release, app: shop, body: releaseBody },
      { kind: "rollout", id: rollout, app: shop, body: rolloutBody },
    ],
  });
}

test("the overview gives each app that is there with what belongs to it, by name", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  await fill(store);
  const rows = await store.overview({ limit: 9 });
  assert.deepEqual(
    rows.map(({ app, live, rollout: its, candidate, change }) => [
      app.name,
      live?.number,
      its?.state,
      candidate?.number,
      change?.id,
    ]),
    [
      ["ant", undefined, undefined, undefined, changeId(3)],
      ["shop", 7, "held", 7, changeId(2)],
    ],
  );
  assert.deepEqual(
    rows.map(({ requestsPerSecond }) => requestsPerSecond),
    [0, 0],
  );
});

test("the overview is paged, searched and narrowed to what goes on", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  await fill(store);
  const names = async (query: Partial<Parameters<Store["overview"]>[0]>) =>
    (await store.overview({ limit: 9, ...query })).map(({ app }) => app.name);
  assert.deepEqual(await names({ limit: 1 }), ["ant"]);
  assert.deepEqual(await names({ after: "ant" }), ["shop"]);
  assert.deepEqual(await names({ search: "HO" }), ["shop"]);
  assert.deepEqual(await names({ search: "%" }), []);
  assert.deepEqual(await names({ show: "under_way" }), ["shop"]);
  assert.deepEqual(await names({ show: "held" }), ["shop"]);
  assert.deepEqual(await names({ show: "failed" }), ["ant"]);
  assert.deepEqual(await names({ show: "empty" }), ["ant"]);
});

test("the overview says how much is asked of an app and how much of it fails", async () => {
  const clock = heldClock();
  clock.advance(2_500);
  await using database = await createTestDatabase();
  await using store = await database.open({ clock });
  await fill(store);
  await store.recordInterval(interval(1, [row({ requests: 40, errors: 10 })]));
  const [shopRow] = await store.overview({ limit: 9, search: "shop" });
  assert.equal(shopRow?.requestsPerSecond, 40);
  assert.equal(shopRow?.errorRatio, 0.25);
});

test("the overview sums what was served over the window that the live release promises", async () => {
  const clock = heldClock();
  await using database = await createTestDatabase();
  await using store = await database.open({ clock });
  await fill(store);
  for (const [seq, daysAgo] of [0, 2, 9].entries()) {
    const endAt = clock.now() - daysAgo * 86_400_000;
    const rows = [row({ requests: 10, errors: 1 })];
    await store.recordInterval({ ...interval(seq + 1, rows), startAt: endAt - 1_000, endAt });
  }
  const served = async () => (await store.overview({ limit: 9, search: "shop" }))[0]?.served;
  const hour = { requests: 10, errors: 1 };
  assert.deepEqual(await served(), { window: { requests: 30, errors: 3 }, hour });
  const slo = { availabilityPercent: 99, windowDays: 3 };
  const body = { id: release, number: 7, slo } as Documents["release"];
  await store.commit({ documents: [{ kind: "release", id: release, app: shop, body }] });
  assert.deepEqual(await served(), { window: { requests: 20, errors: 2 }, hour });
});

test("changes are narrowed by app, state and words, newest first, in pages", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  await fill(store);
  const ids = async (query: Partial<Parameters<Store["changes"]>[0]>) =>
    (await store.changes({ limit: 9, ...query })).map(({ id }) => id);
  assert.deepEqual(await ids({}), [changeId(3), changeId(2), changeId(1)]);
  assert.deepEqual(await ids({ before: changeId(3), limit: 1 }), [changeId(2)]);
  assert.deepEqual(await ids({ app: shop }), [changeId(2), changeId(1)]);
  assert.deepEqual(await ids({ state: "rolled_back" }), [changeId(1)]);
  assert.deepEqual(await ids({ search: "greet" }), [changeId(2)]);
  assert.deepEqual(await ids({ search: "ana", app: shop }), [changeId(2), changeId(1)]);
  assert.deepEqual(await ids({ search: "333" }), [changeId(3)]);
  assert.deepEqual(await ids({ search: "chg_%" }), []);
});

test("how a change stands is told with it, and a list narrowed by that has no other", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  await fill(store);
  const paused = "rol_0000000000p1" as RolloutId;
  const moving = "rol_0000000000r1" as RolloutId;
  const rollouts = [
    { id: paused, state: "paused" } as Documents["rollout"],
    { id: moving, state: "running" } as Documents["rollout"],
  ];
  const live = { id: release, number: 7, change: changeId(6) } as Documents["release"];
  await store.commit({
    documents: [
      ...rollouts.map((body) => ({ kind: "rollout" as const, id: body.id, app: shop, body })),
      { kind: "release", id: release, app: shop, body: live },
    ],
  });
  await putChange(store, changeBody(4, { state: "live" }));
  await putChange(store, changeBody(6, { state: "live" }));
  await putChange(store, changeBody(7, { state: "delivering", rollout: paused }));
  await putChange(store, changeBody(8, { state: "delivering", rollout: moving }));
  await putChange(store, changeBody(9, { app: appName("ant"), state: "live" }));
  const listed = await store.changes({ limit: 20 });
  assert.deepEqual(
    listed.map(({ id, standing }) => [id, standing]),
    [
      [changeId(9), "live"],
      [changeId(8), "delivering"],
      [changeId(7), "paused"],
      [changeId(6), "live"],
      [changeId(4), "replaced"],
      [changeId(3), "failed"],
      [changeId(2), "delivering"],
      [changeId(1), "rolled_back"],
    ],
  );
  for (const standing of changeStandings) {
    const some = await store.changes({ limit: 20, standing });
    assert.deepEqual(
      some,
      listed.filter((each) => each.standing === standing),
      standing,
    );
  }
});

test("what a person took back from everybody is found, however much was taken away since", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  await fill(store);
  const by = { name: "ana", reason: "loses orders" };
  const took = (wasLive: boolean) => ({
    state: "rolled_back" as const,
    takenBackBy: { ...by, wasLive },
  });
  await putChange(store, changeBody(4, took(true)));
  await putChange(store, changeBody(5, took(false)));
  await putChange(store, changeBody(6, { state: "rolled_back" }));
  const filter = { app: shop, state: "rolled_back" } as const;
  const found = await store.changes({ ...filter, onlyTakenFromAll: true, limit: 1 });
  assert.deepEqual(
    found.map(({ id }) => id),
    [changeId(4)],
  );
  assert.equal((await store.changes({ ...filter, limit: 9 })).length, 4);
});

test("a text that PostgreSQL cannot hold neither keeps a document out nor breaks a list", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  await fill(store);
  await putChange(store, changeBody(4, { state: "failed", subject: "cut in half \u{d83d}" }));
  const body = { id: rollout, state: "held", reason: "nul \0" } as Documents["rollout"];
  await store.commit({ documents: [{ kind: "rollout", id: rollout, app: shop, body }] });
  const [shown] = await store.overview({ limit: 9, search: "shop" });
  assert.equal(shown?.change?.subject, "cut in half \u{fffd}");
  assert.equal(shown?.rollout?.reason, "nul \u{fffd}");
  assert.equal((await store.changes({ limit: 9, search: "in half" })).length, 1);
});
