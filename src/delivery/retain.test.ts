import { strict as assert } from "node:assert";
import { test } from "node:test";
import {
  type App,
  type Change,
  type Digest,
  digestOf,
  newId,
  type Release,
  type Shelf,
} from "#domain";
import { provenanceType } from "#delivery/assure";
import { createTestDatabase, silentLog } from "#ground/storage/testing";
import { aChange, app, aRelease, baseline, release, storeRollout } from "./plot.testing.ts";
import { neededOf, retain, sweep } from "./retain.ts";

const artifactOf = (number: number) => digestOf(number.toString(16).padStart(64, "0"));

function published(number: number, state: Release["state"] = "stopped"): Release {
  const id = newId("rel", () => number / 64);
  return {
    ...aRelease(id, number % 10, state),
    number,
    artifact: artifactOf(number),
    publishedAt: number,
  };
}

function never(number: number, state: Release["state"]): Release {
  const { publishedAt: _, ...rest } = published(number, state);
  return rest;
}

const shop: App = {
  name: app,
  createdAt: 0,
  createdBy: "ana",
  trackedBranch: "main",
  configVersion: 0,
  nextReleaseNumber: 30,
};
const old = Array.from({ length: 12 }, (_, index) => published(20 - index));
const delivering: Change = { ...aChange, artifact: artifactOf(40) };
const over: Change = { ...delivering, state: "failed" };

// oxfmt-ignore
const rows: readonly (readonly [claim: string, given: { app?: Partial<App>; releases?: readonly Release[]; changes?: readonly Change[] }, numbers: readonly number[], isQuiet: boolean])[] = [
  ["nothing is needed of an app without releases", {}, [], true],
  ["the newest ten that everybody had",            { releases: old }, [11, 12, 13, 14, 15, 16, 17, 18, 19, 20], true],
  ["one that nobody ever had is not gone back to", { releases: [never(21, "stopped"), never(22, "failed")] }, [], true],
  ["what runs, however old",                       { releases: [...old, published(5, "warm"), published(4, "live"), never(3, "exposed")] }, [3, 4, 5, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20], true],
  ["the live one, whatever its state says",        { releases: [...old, published(2)], app: { liveRelease: published(2).id } }, [2, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20], true],
  ["what is being started",                        { releases: [never(23, "starting")] }, [23], false],
  ["what is being delivered",                      { changes: [delivering] }, [40], false],
  ["not what a failed change was made of",         { changes: [over] }, [], true],
  ["nothing more, but no quiet, in a rollout",     { app: { activeRollout: newId("rol", () => 0) } }, [], false],
];
for (const [claim, given, numbers, isQuiet] of rows) {
  test(`retain: ${claim}`, () => {
    const found = neededOf({
      app: { ...shop, ...given.app },
      releases: given.releases ?? [],
      changes: given.changes ?? [],
    });
    assert.deepEqual(
      [...found.artifacts].toSorted(),
      numbers.map((number) => artifactOf(number)),
    );
    assert.equal(found.isQuiet, isQuiet);
  });
}

const none = async () => await Promise.resolve({ count: 0 });

test("retain: in a rollout both sides are needed and nothing is packed; a deleted app ends it", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  await storeRollout(store, 0);
  for (const [id, number, state] of [
    [baseline, 1, "live"],
    [release, 2, "exposed"],
  ] as const) {
    const body = { ...aRelease(id, number, state), artifact: artifactOf(number) };
    await store.commit({ documents: [{ kind: "release", id, app, body }] });
  }
  const asked: boolean[] = [];
  const shelf: Shelf = {
    use: () => assert.fail("nobody asks"),
    disk: () => assert.fail("nobody asks"),
    holds: () => assert.fail("nothing is started"),
    async removeArtifacts(_app, _now, isNeeded) {
      for (const number of [1, 2, 3]) asked.push(await isNeeded(artifactOf(number)));
      return { count: 0 };
    },
    removeUnusedSteps: none,
    removeOutgrownCache: () => assert.fail("a cache was taken from under a build"),
    removeApp: () => assert.fail("nothing is deleted"),
    removeLeftovers: none,
  };
  const given = { store, shelf, log: silentLog, clock: { now: () => 9 } };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- in a rollout no repository is touched
  const ports = given as unknown as Parameters<typeof retain>[1];
  assert.equal(await retain(app, ports), "again");
  assert.deepEqual(asked, [true, true, false]);
  const stored = await store.get("app", app);
  assert.ok(stored !== undefined);
  const body = { ...stored.body, deletedAt: 1 };
  await store.commit({ documents: [{ kind: "app", id: app, app, body }] });
  assert.equal(await retain(app, ports), "over");
});

const bundleOf = (number: number) => digestOf(number.toString(16).padStart(64, "b"));

test("sweep: evidence of what may run again is needed, that of others is not", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  await storeRollout(store, 0);
  for (const [id, number, state] of [
    [baseline, 1, "live"],
    [release, 2, "failed"],
  ] as const) {
    const artifact = artifactOf(number);
    const said = { predicateType: provenanceType, bundle: bundleOf(number), createdAt: 0 };
    const body = { ...aRelease(id, number, state), artifact };
    const key = `${artifact}:${provenanceType}`;
    const documents = [
      { kind: "release", id, app, body },
      { kind: "evidence", id: key, app, body: { artifact, ...said } },
    ] as const;
    assert((await store.commit({ documents })).ok);
  }
  const asked: boolean[] = [];
  const blobs = {
    async removeUnneeded(_now: number, isNeeded: (digest: Digest) => Promise<boolean>) {
      for (const number of [1, 2, 3]) asked.push(await isNeeded(bundleOf(number)));
      return { count: 0 };
    },
  };
  const given = {
    store,
    blobs,
    shelf: { removeLeftovers: none },
    changeLogs: { removeOld: none },
    log: silentLog,
    clock: { now: () => 9 },
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a sweep uses
  assert.equal(await sweep(given as unknown as Parameters<typeof sweep>[0]), "again");
  assert.deepEqual(asked, [true, false, false]);
});
