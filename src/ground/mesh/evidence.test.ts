/** Two edges and the store: what is counted is exact, whatever happens to either edge on the way. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { newId, type IntervalCounts, type RolloutId, type Store } from "#domain";
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

const people = Array.from({ length: 24 }, (_, nth) => `user-${nth}`);
const isUnlucky = (user: string) => Number(user.slice(5)) % 3 === 0;
const seeds = seedsOf("a salt");
const exposedAt = (exposure: number) =>
  people.filter((user) => bucketOf(hashUser(seeds, user)) < exposure).length;

async function spawnEdge(dataDir: string): Promise<{ child: ChildProcess; port: number }> {
  const entry = new URL("../../../bench/edge-entry.ts", import.meta.url).pathname;
  const argv = ["--conditions=source", entry, dataDir, "0", "edge-0"];
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of child.stdout) return { child, port: Number(String(line).trim()) };
  throw new Error("the edge ended before it served");
}

function openDataPlane(dataDir: string): Promise<EmbeddedDataPlane> {
  const edges = ["edge-0", "edge-1"];
  return embeddedDataPlane({ dataDir, edges, publicPort: 80, log: quietLog, clock: realClock });
}

const sum = (counts: readonly IntervalCounts[], of: (one: IntervalCounts) => number) =>
  counts.reduce((total, one) => total + of(one), 0);
const both = (key: "requests" | "usersNew" | "usersFirstHarmed") => (one: IntervalCounts) =>
  (one.baseline[key] ?? 0) + (one.candidate[key] ?? 0);

/** Stores what edges send until so many requests are stored; gives all there is. */
async function storeUntil(
  requests: number,
  { store, dataPlane, rollout }: { store: Store; dataPlane: EmbeddedDataPlane; rollout: RolloutId },
): Promise<readonly IntervalCounts[]> {
  const all = () => store.intervals({ rollout, afterIndex: 0, limit: 1_000 });
  let stored = await all();
  for await (const interval of dataPlane.intervals(AbortSignal.timeout(20_000))) {
    await store.recordInterval(interval);
    await store.recordInterval(interval); // as after a crash between storing and acknowledging
    dataPlane.acknowledge(interval);
    stored = await all();
    if (sum(stored, both("requests")) >= requests) break;
  }
  assert.equal(sum(stored, both("requests")), requests);
  return stored;
}

async function visit(port: number, users: readonly string[]): Promise<void> {
  for (const user of users) await ask(port, { headers: { "x-user": user } });
}

test("users are new and harmed once: over two edges, a killed one, moves, and time without a server", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  await using directory = await temporaryDirectory();
  await using app = await startApp("app", (incoming, response) =>
    response.writeHead(isUnlucky(String(incoming.headers["x-user"])) ? 500 : 200).end(),
  );
  const rollout = newId("rol", Math.random);
  const [baseline, candidate] = [armOf(app.port), armOf(app.port)];
  const userKey = { from: "header", name: "x-user" } as const;
  const table = (version: number, exposure: number) => {
    const exposed = { id: rollout, salt: "a salt", candidate, exposure, rules: [] };
    return tableOf(version, routeOf({ baseline, userKey, rollout: exposed }));
  };
  const never = new AbortController().signal;
  const first = await spawnEdge(directory.path);
  await using second = await startEdge(directory.path, { name: "edge-1" });
  const known = people.slice(0, 18);
  {
    await using dataPlane = await openDataPlane(directory.path);
    const from = { store, dataPlane, rollout };
    await dataPlane.apply(table(1, 1_000), never);
    await visit(first.port, known);
    await visit(second.port, known);
    await storeUntil(36, from);
    await dataPlane.apply(table(2, 5_000), never);
    await visit(first.port, known);
    const moved = await storeUntil(54, from);
    assert.equal(sum(moved, both("usersNew")), known.length);
    assert.equal(sum(moved, both("usersFirstHarmed")), known.filter(isUnlucky).length);
  }
  first.child.kill("SIGKILL");
  await once(first.child, "exit");
  const again = await spawnEdge(directory.path); // has the table of the disk, and knows nobody
  await visit(again.port, known);
  await visit(second.port, people);
  await using dataPlane = await openDataPlane(directory.path);
  const stored = await storeUntil(54 + known.length + people.length, { store, dataPlane, rollout });
  assert.equal(sum(stored, both("usersNew")), people.length);
  assert.equal(sum(stored, both("usersFirstHarmed")), people.filter(isUnlucky).length);
  assert.equal(
    sum(stored, ({ candidate: { usersFirstSeen } }) => usersFirstSeen),
    exposedAt(5_000),
  );
  assert.deepEqual(
    stored.map(({ index }) => index),
    stored.map((_, nth) => nth + 1),
  );
  again.child.kill("SIGTERM");
  await once(again.child, "exit");
});
