/** A fresh baseline at a real edge, and in a real store: who is served by what, who is compared, and who is not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { newId, type ArmRoute, type IntervalCounts, type RolloutId, type Store } from "#domain";
import { createTestDatabase } from "#ground/storage/testing";
import {
  armOf,
  ask,
  quietLog,
  realClock,
  routeOf,
  startApp,
  startEdge,
  tableOf,
  temporaryDirectory,
} from "./edge-fixture.conformance.ts";
import { embeddedDataPlane, type EmbeddedDataPlane } from "./embedded-data-plane.ts";
import { bucketOf, hashUser, seedsOf } from "./hash.ts";

const people = Array.from({ length: 40 }, (_, nth) => `user-${nth}`);
const isUnlucky = (user: string) => Number(user.slice(5)) % 4 === 0;
const seeds = seedsOf("a salt");
const bucket = (user: string) => bucketOf(hashUser(seeds, user));
/** Where a user belongs while so many buckets are the candidate's, and as many the fresh baseline's. */
const placeAt = (exposure: number) => (user: string) => {
  if (bucket(user) < exposure) return "candidate";
  return bucket(user) >= 10_000 - exposure ? "fresh" : "running";
};
const never = new AbortController().signal;
const failsForUnlucky = (name: string) =>
  startApp(name, (incoming, response) => {
    const isFailed = isUnlucky(String(incoming.headers["x-user"]));
    response.writeHead(isFailed ? 500 : 200).end(name);
  });

async function visit(port: number): Promise<readonly string[]> {
  const places: string[] = [];
  for (const user of people) places.push((await ask(port, { headers: { "x-user": user } })).body);
  return places;
}

type Told = { readonly store: Store; readonly dataPlane: EmbeddedDataPlane };

/** Stores what the edge sends until it has told of so many requests of this exposure. */
async function toldOf(
  { store, dataPlane }: Told,
  wanted: { readonly rollout: RolloutId; readonly exposure: number; readonly requests: number },
): Promise<Readonly<Record<string, number>>> {
  const { rollout, exposure, requests } = wanted;
  for await (const interval of dataPlane.intervals(AbortSignal.timeout(20_000))) {
    await store.recordInterval(interval);
    dataPlane.acknowledge(interval);
    const stored = await store.intervals({ rollout, afterIndex: 0, limit: 1_000 });
    const sums = sumsOf(stored.filter((one) => one.exposure === exposure));
    if (sums.all === requests) return sums;
  }
  return assert.fail(`${requests} requests at ${exposure} were not told of`);
}

function sumsOf(intervals: readonly IntervalCounts[]) {
  const sum = (of: (one: IntervalCounts) => number | undefined) =>
    intervals.reduce((total, one) => total + (of(one) ?? 0), 0);
  const aside = sum((one) => one.aside?.requests);
  return {
    all: aside + sum((one) => one.baseline.requests + one.candidate.requests),
    aside,
    baseline: sum((one) => one.baseline.requests),
    candidate: sum((one) => one.candidate.requests),
    baselineSeen: sum((one) => one.baseline.usersFirstSeen),
    candidateSeen: sum((one) => one.candidate.usersFirstSeen),
    usersNew: sum((one) => (one.baseline.usersNew ?? 0) + (one.candidate.usersNew ?? 0)),
    harmed: sum((one) => one.baseline.usersFirstHarmed + one.candidate.usersFirstHarmed),
    groups: sum((one) => one.groups?.reduce((total, group) => total + group.sample, 0)),
    freshBucketsMax: Math.max(-1, ...intervals.map((one) => one.freshBuckets ?? -1)),
  };
}

test("a fresh baseline's users alone are compared, and growing exposure moves nobody back", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  await using directory = await temporaryDirectory();
  await using running = await failsForUnlucky("running");
  await using fresh = await failsForUnlucky("fresh");
  await using newer = await failsForUnlucky("candidate");
  await using edge = await startEdge(directory.path);
  await using dataPlane = await embeddedDataPlane({
    dataDir: directory.path,
    edges: ["edge-0"],
    publicPort: 80,
    log: quietLog,
    clock: realClock,
  });
  const rollout = newId("rol", Math.random);
  const [baseline, candidate, beside] = [armOf(running.port), armOf(newer.port), armOf(fresh.port)];
  const apply = async (version: number, exposure: number, targets: ArmRoute["targets"]) => {
    const ofFresh = { targets, buckets: exposure };
    const exposed = { id: rollout, salt: "a salt", candidate, exposure, rules: [], fresh: ofFresh };
    const userKey = { from: "header", name: "x-user" } as const;
    await dataPlane.apply(
      tableOf(version, routeOf({ baseline, userKey, rollout: exposed })),
      never,
    );
  };
  const told = async (exposure: number, requests = people.length) =>
    await toldOf({ store, dataPlane }, { rollout, exposure, requests });
  const at = (exposure: number, place: string) =>
    people.filter((user) => placeAt(exposure)(user) === place);

  await apply(1, 2_000, beside.targets);
  assert.deepEqual(await visit(edge.port), people.map(placeAt(2_000)));
  const first = await told(2_000);
  const compared = [...at(2_000, "candidate"), ...at(2_000, "fresh")];
  assert.ok(compared.length > 5 && at(2_000, "running").length > 5, "there are users of each kind");
  assert.deepEqual(first, {
    all: people.length,
    aside: at(2_000, "running").length,
    baseline: at(2_000, "fresh").length,
    candidate: at(2_000, "candidate").length,
    baselineSeen: at(2_000, "fresh").length,
    candidateSeen: at(2_000, "candidate").length,
    usersNew: compared.length,
    harmed: compared.filter(isUnlucky).length,
    groups: at(2_000, "fresh").length,
    freshBucketsMax: 2_000,
  });

  await apply(2, 4_000, beside.targets);
  assert.deepEqual(await visit(edge.port), people.map(placeAt(4_000)));
  const second = await told(4_000);
  const moved = (place: string) => at(4_000, place).length - at(2_000, place).length;
  assert.deepEqual(
    [second["baselineSeen"], second["candidateSeen"], second["usersNew"], second["harmed"]],
    [moved("fresh"), moved("candidate"), 0, 0],
    "those who were met aside are seen in an arm for the first time, and are neither new nor newly harmed",
  );

  await apply(3, 4_000, []);
  const orphaned = people.map((user) => placeAt(4_000)(user).replace("fresh", "running"));
  assert.deepEqual(await visit(edge.port), orphaned, "without an instance the running one serves");
  const third = await told(4_000, 2 * people.length);
  assert.equal(third["baseline"], at(4_000, "fresh").length, "and its users are not compared");
});
