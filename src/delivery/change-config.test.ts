/** A change of configuration is rolled out; what is so already is not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Actor, Artifact } from "#domain";
import { updateDocument } from "#delivery/rollout";
import { createTestDatabase } from "#ground/storage/testing";
import { changeConfig } from "./change-config.ts";
import { app, aRelease, baseline, storeRollout } from "./plot.testing.ts";
import { newWorld, storeClock } from "./rollout-world.testing.ts";

const ana: Actor = { name: "ana", grants: [] };

test("configuration: what is so already makes no version and no release", async () => {
  await using database = await createTestDatabase();
  const world = newWorld();
  await using store = await database.open({ clock: storeClock(world) });
  const ports = { store, clock: { ...world.clock, random: Math.random } };
  await storeRollout(store, world.clock.now());
  await updateDocument(store, { kind: "app", id: app }, ({ activeRollout: _over, ...body }) => ({
    body,
  }));
  const { artifact: digest } = aRelease(baseline, 1, "live");
  const plan = { processes: { web: { argv: ["web"] } }, env: {}, health: { timeoutMs: 1 } };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nobody reads more of it here
  const artifact = { app, digest, plan } as unknown as Artifact;
  await store.commit({ documents: [{ kind: "artifact", id: digest, app, body: artifact }] });
  const newest = async () => (await store.list("release", { app, limit: 1 }))[0];
  const change = async (set: Record<string, string>, ...unset: readonly string[]) =>
    await changeConfig({ app, set, unset }, ana, ports);

  const red = { COLOUR: "red" };
  assert.deepEqual(await change(red), { ok: true, value: { version: 1, values: red } });
  const made = await newest();
  assert.equal(made?.body.configVersion, 1);
  assert.deepEqual(
    await change(red),
    { ok: true, value: { version: 1, values: red, isUnchanged: true } },
    "its release is on its way",
  );
  const gone = await change({ SIZE: "1" }, "SHAPE");
  assert.ok(!gone.ok && gone.error.code === "not_found");
  assert.deepEqual([gone.error.what, gone.error.name], ["variable", "SHAPE"]);
  assert.equal((await newest())?.id, made.id);
  assert.equal(await store.get("config", `${app}:2`), undefined);

  // It was taken away from users: to set it again is to try it again.
  await updateDocument(store, { kind: "release", id: made.body.id }, (body) => ({
    body: { ...body, state: "stopped" },
  }));
  assert.deepEqual(await change(red), { ok: true, value: { version: 2, values: red } });
  assert.equal((await newest())?.body.configVersion, 2);
  assert.equal((await change({}, "COLOUR")).ok, true);
});
