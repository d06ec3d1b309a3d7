import { strict as assert } from "node:assert";
import { test } from "node:test";
import { Turns, Wakes } from "#std";
import type { Actor, Store } from "#domain";
import { createTestDatabase, silentLog, systemClock } from "#ground/storage/testing";
import { createApp } from "./create-app.ts";
import { deleteApp, forgetDeleted } from "./delete-app.ts";
import type { Hands } from "./hands.ts";
import { app } from "./plot.testing.ts";

const ana: Actor = { name: "ana", grants: [] };
const bo: Actor = { name: "bo", grants: [] };

interface Bench {
  readonly hands: Hands;
  /** Names of the repositories there are. */
  readonly repositories: ReadonlySet<string>;
}

/** `beforeDelete` is awaited each time before a repository is moved to the trash. */
function bench(store: Store, beforeDelete: () => Promise<void>, lives: Hands["lives"]): Bench {
  const repositories = new Set<string>();
  const ports = {
    store,
    clock: systemClock,
    log: silentLog,
    wakes: new Wakes(),
    apiUrl: "http://127.0.0.1:7420",
    dataPlane: { urlOf: (host: string) => `http://${host}` },
    people: { forgetApp: async () => undefined },
    shelf: { removeApp: async () => undefined },
    repositories: {
      create: async (name: string) => void repositories.add(name),
      async delete(name: string) {
        await beforeDelete();
        repositories.delete(name);
      },
    },
  };
  const routes = { publish: async () => undefined };
  const keeper = { converge: async () => undefined };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what an app without releases needs
  return { hands: { ports, routes, keeper, lives } as unknown as Hands, repositories };
}

test("an app that is created while it is being deleted is there afterwards, with its repository", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  let deletions = 0;
  const slowly = async () => {
    deletions += 1;
    reached.resolve();
    if (deletions === 1) await gate.promise;
  };
  const turns = new Turns();
  let turnsAsked = 0;
  const lives: Hands["lives"] = {
    async take(key, act) {
      turnsAsked += 1;
      // The first was the app's creation, the second its end, the third is the one that has to wait.
      if (turnsAsked === 3) gate.resolve();
      return await turns.take(key, act);
    },
  };
  const { hands, repositories } = bench(store, slowly, lives);
  assert((await createApp({ name: app }, ana, hands)).ok);
  const deleting = deleteApp(app, ana, hands);
  await reached.promise;
  const creating = createApp({ name: app }, bo, hands).finally(() => gate.resolve());
  assert((await creating).ok);
  await deleting;
  assert.equal((await store.get("app", app))?.body.createdBy, "bo");
  assert.deepEqual([...repositories], [app]);
});

test("an app has a repository exactly when it lives, whatever came at once", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  const { hands, repositories } = bench(store, async () => undefined, new Turns());
  for (let round = 0; round < 10; round += 1) {
    await Promise.all([
      createApp({ name: app }, ana, hands),
      deleteApp(app, ana, hands),
      createApp({ name: app }, bo, hands),
      deleteApp(app, bo, hands),
      forgetDeleted(app, hands),
    ]);
    const lives = (await store.get("app", app)) !== undefined;
    assert.equal(repositories.has(app), lives, `round ${round}`);
  }
});
