/** A way back over hundreds of changes, from one that more than a page of others came after. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  parseId,
  type Actor,
  type Artifact,
  type Change,
  type DocumentPut,
  type Store,
} from "#domain";
import { defaultRolloutPolicy, routePublisher, updateDocument } from "#delivery/rollout";
import { createTestDatabase } from "#ground/storage/testing";
import { sure } from "#std/testing";
import type { Hands } from "./hands.ts";
import { changesTurnedMax } from "./limits.ts";
import { aChange, app, aRelease, baseline, release, storeRollout } from "./plot.testing.ts";
import { rollBack } from "./roll-back.ts";
import { newWorld, portsOf, storeClock } from "./rollout-world.testing.ts";

const ana: Actor = { name: "ana", grants: [] };

function idOf(index: number): Change["id"] {
  return sure(parseId("chg", `chg_${String(index).padStart(12, "0")}`));
}

/** So many changes, the oldest first, from this number on. */
async function storeChanges(store: Store, from: number, states: readonly Change["state"][]) {
  const puts = states.map((state, index): DocumentPut => {
    const id = idOf(from + index);
    return { kind: "change", id, app, body: { ...aChange, id, state, finishedAt: 1 } };
  });
  for (let at = 0; at < puts.length; at += 1_000) {
    const written = await store.commit({ documents: puts.slice(at, at + 1_000) });
    assert.ok(written.ok);
  }
}

async function goBackOver(count: number, context: { readonly newer: number }) {
  const database = await createTestDatabase();
  const world = newWorld();
  const store = await database.open({ clock: storeClock(world) });
  await using stack = new AsyncDisposableStack();
  stack.use(database);
  stack.use(store);
  await storeRollout(store, world.clock.now());
  // The target's change, those between, the live one, and what came after it and reached nobody.
  const between = Array.from({ length: count }, () => "live" as const);
  await storeChanges(store, 1, ["live", ...between, "live"]);
  await storeChanges(
    store,
    count + 3,
    Array.from({ length: context.newer }, () => "failed"),
  );
  const live = { ...aRelease(release, 2, "live"), change: idOf(count + 2) };
  const target = { ...aRelease(baseline, 1, "warm"), change: idOf(1), publishedAt: 1 };
  const plan = { processes: { web: { argv: ["web"] } }, rollout: defaultRolloutPolicy };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nobody reads more of it here
  const artifact = { app, digest: target.artifact, plan } as unknown as Artifact;
  await store.commit({
    documents: [
      { kind: "release", id: live.id, app, body: live },
      { kind: "release", id: target.id, app, body: target },
      { kind: "artifact", id: target.artifact, app, body: artifact },
    ],
  });
  await updateDocument(store, { kind: "app", id: app }, ({ activeRollout: _over, ...body }) => ({
    body: { ...body, liveRelease: live.id },
  }));
  const warned: unknown[] = [];
  const ports = portsOf(store, world, { ...world.clock, random: Math.random });
  const log = { ...ports.log, warn: (...words: readonly unknown[]) => void warned.push(words) };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing is started, so nobody keeps it
  const hands = { ports: { ...ports, log }, routes: routePublisher(ports) } as unknown as Hands;
  const answer = await rollBack({ app, to: 1, reason: "", actor: ana }, hands);
  assert.ok(answer.ok, JSON.stringify(answer));
  const stateOf = async (index: number) => (await store.get("change", idOf(index)))?.body.state;
  const told = { type: "dev.tidegate.change.taken_back" } as const;
  const entries = await store.entries({ after: 0, limit: 1_000, types: [told.type] });
  return {
    entries: entries.length,
    warned,
    states: await Promise.all([1, 2, count + 1, count + 2, count + 3].map(stateOf)),
  };
}

test("way back: hundreds of changes go back at once, whatever was pushed after them", async () => {
  const { entries, states, warned } = await goBackOver(400, { newer: 1_100 });
  assert.deepEqual(states, ["live", "rolled_back", "rolled_back", "rolled_back", "failed"]);
  assert.deepEqual([entries, warned.length], [400, 0]);
});

test("way back: of more than one transaction takes, the newest go back, and users all the same", async () => {
  const { states, warned } = await goBackOver(changesTurnedMax + 1, { newer: 1 });
  assert.deepEqual(states, ["live", "live", "rolled_back", "rolled_back", "failed"]);
  assert.match(JSON.stringify(warned), /"rollback\.changes_left".*"count":1/);
});
