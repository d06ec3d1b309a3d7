import { strict as assert } from "node:assert";
import { test } from "node:test";
import { createTestDatabase } from "#ground/storage/testing";
import {
  appName,
  appPut,
  claimNow,
  created,
  interval,
  rollout,
  row,
  shop,
} from "./fixtures.testing.ts";

const names = ["ant", "bee", "cat", "doe"].map(appName);

test("documents are listed newest first, in pages, and by app", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  for (const name of names) await store.commit({ documents: [appPut(name, 1)] });
  // A later version keeps its place: the order is that of creation.
  await store.commit({ documents: [appPut(appName("bee"), 2)] });
  const ids = async (filter: Parameters<typeof store.list>[1]) =>
    (await store.list("app", filter)).map(({ id }) => id);
  assert.deepEqual(await ids({ limit: 9 }), ["doe", "cat", "bee", "ant"]);
  assert.deepEqual(await ids({ limit: 2 }), ["doe", "cat"]);
  assert.deepEqual(await ids({ limit: 2, before: "cat" }), ["bee", "ant"]);
  assert.deepEqual(await ids({ limit: 2, before: "nobody" }), []);
  assert.deepEqual(await ids({ limit: 9, app: appName("bee") }), ["bee"]);
  assert.equal((await store.get("app", "bee"))?.version, 2);
  assert.equal(await store.get("change", "bee"), undefined);
});

test("many documents are read at once, each as it is read alone", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  for (const name of names) await store.commit({ documents: [appPut(name, 1)] });
  const found = await store.getMany("app", ["cat", "ant", "cat", "nobody", "a\0b"]);
  assert.deepEqual([...found.keys()].toSorted(), ["ant", "cat"]);
  assert.deepEqual(found.get("cat"), await store.get("app", "cat"));
  assert.equal((await store.getMany("app", [])).size, 0);
  assert.equal((await store.getMany("release", names)).size, 0);
});

test("a put that names no app leaves the document with the app it has", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  await store.commit({ documents: [appPut(shop, 1)] });
  const { app: _unnamed, ...onTop } = appPut(shop, 2, 1);
  const { app: _either, ...anyhow } = appPut(shop, 3);
  for (const put of [onTop, anyhow]) {
    assert((await store.commit({ documents: [put] })).ok);
    assert.deepEqual(
      (await store.list("app", { app: shop, limit: 9 })).map(({ id }) => id),
      [shop],
    );
  }
});

test("a deleted app leaves nothing but its journal", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  const other = appName("other");
  for (const app of [shop, other]) {
    await store.commit({
      entries: [created("ana", app)],
      documents: [appPut(app, 1)],
      enqueue: [{ kind: "deliver", key: app, app }],
    });
  }
  await store.recordInterval(interval(1, [row({ errors: 1 })]));
  await store.deleteApp(shop);
  assert.equal(await store.get("app", shop), undefined);
  assert.notEqual(await store.get("app", other), undefined);
  assert.equal((await claimNow(store))?.key, other);
  assert.equal(await claimNow(store), undefined);
  assert.deepEqual(await store.intervals({ rollout, afterIndex: 0, limit: 9 }), []);
  assert.equal((await store.recentTraffic(shop)).requestsPerSecond, 0);
  assert.deepEqual(await store.verifyJournal(), { entries: 2 });
});

test("nothing has an id that the database could not hold", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  await store.commit({ documents: [appPut(shop, 1)] });
  assert.equal(await store.get("app", `${shop}\0`), undefined);
  assert.equal(await store.get("change", "chg_\0"), undefined);
});
