/** What the edge counts of a rollout's users, instances and groups. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  groupCount,
  newId,
  type AppRoute,
  type EdgeRow,
  type InstanceId,
  type RolloutId,
} from "#domain";
import { armOf, ask, routeOf, shorten, startApp, tableOf } from "./edge-fixture.conformance.ts";
import { rowsOf, setStage, startRawApp, type Stage } from "./edge-stage.conformance.ts";
import { bucketOf, groupOf, hashUser, hexOf, seedsOf } from "./hash.ts";

const userKey = { from: "header", name: "x-user" } as const;
const seeds = seedsOf("a salt");
const hashOf = (user: string) => hashUser(seeds, user);
/** Users by the bucket they are in: the first is exposed first. */
const people = Array.from({ length: 40 }, (_, nth) => `user-${nth}`).toSorted(
  (a, b) => bucketOf(hashOf(a)) - bucketOf(hashOf(b)),
);
const [early = ""] = people;
const late = people.at(-1) ?? "";
const half = 5_000;

interface Arms {
  readonly id: RolloutId;
  readonly baseline: NonNullable<AppRoute["baseline"]>;
  readonly candidate: NonNullable<AppRoute["baseline"]>;
}

function expose(stage: Stage, { id, baseline, candidate }: Arms, exposure: number): void {
  const rollout = { id, salt: "a salt", candidate, exposure, rules: [] };
  const route = routeOf({ baseline, userKey, rollout });
  stage.edge.apply(tableOf(stage.edge.tableVersion + 1, route));
}

const armsOf = (old: readonly number[], fresh: readonly number[]): Arms => ({
  id: newId("rol", Math.random),
  baseline: armOf(...old),
  candidate: armOf(...fresh),
});
const visit = (stage: Stage, user: string) => ask(stage.port, { headers: { "x-user": user } });
const ofArm = (rows: readonly EdgeRow[], arm: EdgeRow["arm"]) =>
  rows.filter((row) => row.arm === arm);

test("a user whom growing exposure moves is seen again, and told as moved", async () => {
  await using app = await startApp("app");
  await using stage = await setStage(app.port);
  const arms = armsOf([app.port], [app.port]);
  expose(stage, arms, 0);
  for (const user of [early, late]) await visit(stage, user);
  expose(stage, arms, half);
  for (const user of [early, late]) await visit(stage, user);
  const rows = rowsOf(stage.edge);
  const [first] = ofArm(rows, "baseline");
  assert.deepEqual(
    first?.seenUsers.toSorted(),
    [early, late].map((u) => hexOf(hashOf(u))).toSorted(),
  );
  assert.equal(first?.movedUsers, undefined);
  const [moved] = ofArm(rows, "candidate");
  assert.deepEqual(
    [moved?.seenUsers, moved?.movedUsers],
    [[hexOf(hashOf(early))], [hexOf(hashOf(early))]],
  );
});

test("a user is met when assigned: a candidate that does not answer, or is left, had them too", async () => {
  const asked = Promise.withResolvers<void>();
  await using mute = await startApp("mute", () => asked.resolve());
  await using old = await startApp("old");
  await using stage = await setStage(old.port);
  expose(stage, armsOf([old.port], [mute.port]), half);
  const waiting = visit(stage, early).catch(() => undefined);
  await asked.promise;
  const [row] = ofArm(rowsOf(stage.edge), "candidate");
  assert.deepEqual([row?.requests, row?.seenUsers], [0, [hexOf(hashOf(early))]]);
  stage.edge.close();
  await waiting;
});

test("exposure that changes within an interval parts its rows", async () => {
  await using app = await startApp("app");
  await using stage = await setStage(app.port);
  const arms = armsOf([app.port], [app.port]);
  for (const exposure of [100, half]) {
    expose(stage, arms, exposure);
    for (const user of people) await visit(stage, user);
  }
  const rows = rowsOf(stage.edge);
  for (const exposure of [100, half]) {
    const at = rows.filter((row) => row.exposure === exposure);
    assert.equal(
      at.reduce((sum, row) => sum + row.requests, 0),
      people.length,
      String(exposure),
    );
    const candidate = ofArm(at, "candidate").reduce((sum, row) => sum + row.requests, 0);
    assert.equal(candidate, people.filter((user) => bucketOf(hashOf(user)) < exposure).length);
  }
});

test("requests and failures are counted by the instance that was asked", async () => {
  await using good = await startApp("good");
  await using bad = await startApp("bad", (_, response) => response.writeHead(500).end());
  await using stage = await setStage(good.port);
  const arms = armsOf([good.port, bad.port], [good.port]);
  expose(stage, arms, 0);
  for (let nth = 0; nth < 6; nth += 1) await visit(stage, late);
  const [row] = rowsOf(stage.edge);
  const [one, two] = arms.baseline.targets.map(({ instance }) => row?.instances?.[instance]);
  assert.deepEqual(
    [one, two],
    [
      { events: 0, sample: 3 },
      { events: 3, sample: 3 },
    ],
  );
  assert.equal(row?.errors, 3);
});

test("a row tells a bounded number of instances", async (context) => {
  shorten(context, { instancesPerRowMax: 2 });
  await using app = await startApp("app");
  await using stage = await setStage(app.port);
  expose(stage, armsOf([app.port, app.port, app.port], []), 0);
  for (let nth = 0; nth < 3; nth += 1) await visit(stage, late);
  const [row] = rowsOf(stage.edge);
  assert.deepEqual([Object.keys(row?.instances ?? {}).length, row?.requests], [2, 3]);
  await visit(stage, late);
  const again = rowsOf(stage.edge).at(-1);
  assert.equal(Object.keys(again?.instances ?? {}).length, 1, "the table is empty after each row");
});

test("keyed users of the baseline are counted by group, others are in none", async () => {
  await using app = await startApp("app", (incoming, response) =>
    response.writeHead(incoming.headers["x-user"] === late ? 500 : 200).end(),
  );
  await using stage = await setStage(app.port);
  expose(stage, armsOf([app.port], [app.port]), half);
  for (const user of people) await visit(stage, user);
  await ask(stage.port);
  const rows = rowsOf(stage.edge);
  const expected = Array.from({ length: groupCount }, () => ({ events: 0, sample: 0 }));
  for (const user of people.filter((one) => bucketOf(hashOf(one)) >= half)) {
    const group = expected[groupOf(hashOf(user))];
    assert.ok(group !== undefined);
    group.sample += 1;
    if (user === late) group.events += 1;
  }
  assert.deepEqual(ofArm(rows, "baseline")[0]?.groups, expected);
  assert.equal(ofArm(rows, "candidate")[0]?.groups, undefined);
});

test("bodies that break after their requests were told wait for requests to be failures of", async () => {
  const head = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf";
  await using app = await startRawApp((socket) => socket.write(head));
  await using stage = await setStage(app.port);
  const arms = armsOf([app.port], []);
  expose(stage, arms, 0);
  const answers = people.slice(0, 3).map((user) => visit(stage, user).catch(() => "broke"));
  const counted = () => rowsOf(stage.edge).reduce((sum, row) => sum + row.requests, 0);
  while (counted() < 3) await new Promise((resolve) => setImmediate(resolve));
  for (const socket of app.sockets) socket.destroy();
  assert.deepEqual(await Promise.all(answers), ["broke", "broke", "broke"]);
  const broken = visit(stage, people[3] ?? "").catch(() => "broke");
  while (counted() < 4) await new Promise((resolve) => setImmediate(resolve));
  const row = rowsOf(stage.edge).at(-1);
  const instance: InstanceId | undefined = arms.baseline.targets[0]?.instance;
  assert.ok(row !== undefined && instance !== undefined);
  assert.deepEqual([row.requests, row.errors, row.harmedUsers.length], [1, 1, 1]);
  assert.deepEqual(row.instances?.[instance], { events: 1, sample: 1 });
  assert.ok(row.groups?.every(({ events, sample }) => events <= sample));
  for (const socket of app.sockets) socket.destroy();
  await broken;
});
