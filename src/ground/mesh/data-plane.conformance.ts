/**
 * What every `DataPlane` driver must do. A driver's test gives a way to open it with real edges, and
 * the port where users arrive.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { newId, type DataPlane, type EdgeInterval, type UserPlace } from "#domain";
import {
  armOf,
  ask,
  nextText,
  openSocket,
  routeOf,
  startApp,
  tableOf,
} from "./edge-fixture.conformance.ts";

export interface OpenDataPlane extends AsyncDisposable {
  readonly dataPlane: DataPlane;
  /** Where users arrive. */
  readonly port: number;
}

export interface ConformanceOptions {
  readonly name: string;
  open(): Promise<OpenDataPlane>;
  /** Claim to reason. */
  readonly skips: Readonly<Record<string, string>>;
}

type Check = (opened: OpenDataPlane) => Promise<void>;

export function dataPlaneConformance(options: ConformanceOptions): void {
  for (const [claim, check] of checks) {
    test(`${options.name}: ${claim}`, { skip: options.skips[claim] ?? false }, async () => {
      await using opened = await options.open();
      await check(opened);
    });
  }
  test(`${options.name}: every skip names a claim`, () => {
    const claims = new Set(checks.map(([claim]) => claim));
    for (const claim of Object.keys(options.skips)) assert.ok(claims.has(claim), claim);
  });
}

/** In a table whose app names users by a header, everybody is one. */
function placed(place: ReturnType<DataPlane["placeOf"]>): UserPlace {
  assert.ok(typeof place === "object");
  return place;
}

const never = new AbortController().signal;

const isCompared = ({ rows }: EdgeInterval) => rows.some((row) => row.shadow !== undefined);
const hasRows = (interval: EdgeInterval) => interval.rows.length > 0;

async function nextInterval(
  dataPlane: DataPlane,
  isWanted: (interval: EdgeInterval) => boolean,
): Promise<EdgeInterval> {
  for await (const interval of dataPlane.intervals(AbortSignal.timeout(10_000))) {
    if (isWanted(interval)) return interval;
  }
  throw new Error("no such interval within 10 s");
}

const checks: readonly (readonly [string, Check])[] = [
  [
    "a link is answered at the app's address, and a user's place is where they are sent",
    async ({ dataPlane, port }) => {
      await using one = await startApp("one");
      await using two = await startApp("two");
      const rollout = newId("rol", Math.random);
      const moving = {
        id: rollout,
        salt: "s",
        exposure: 5_000,
        rules: [],
        isByHand: true,
      } as const;
      const userKey = { from: "header", name: "x-user" } as const;
      const route = routeOf({
        baseline: armOf(one.port),
        rollout: { ...moving, candidate: { ...armOf(two.port), label: "v2" } },
        userKey,
      });
      await dataPlane.apply(tableOf(1, route), never);
      const expiresAt = Date.now() + 60_000;
      const { app } = route;
      const link = new URL(
        dataPlane.linkOf({ app, rollout, to: "candidate", by: "ana", expiresAt }),
      );
      const asked = { path: `${link.pathname}${link.search}`, headers: { "x-user": "u1" } };
      const page = await ask(port, asked);
      assert.equal(page.status, 200);
      for (const user of ["u1", "u2", "u3", "u4", "u5", "u6"]) {
        const place = placed(dataPlane.placeOf(app, user));
        const { body } = await ask(port, { headers: { "x-user": user } });
        assert.equal(place.label, body === "two" ? "v2" : "v1");
      }
      assert.ok(
        page.body.includes(`This browser has ${placed(dataPlane.placeOf(app, "u1")).label}`),
      );
    },
  ],
  [
    "a receipt means the table is in effect",
    async ({ dataPlane, port }) => {
      await using one = await startApp("one");
      await using two = await startApp("two");
      for (const [version, app] of [one, two, one, two].entries()) {
        const route = routeOf({ baseline: armOf(app.port) });
        const receipt = await dataPlane.apply(tableOf(version + 1, route), never);
        assert.equal(receipt.version, version + 1);
        assert.deepEqual(receipt.missing, []);
        assert.equal((await ask(port)).body, app === one ? "one" : "two");
      }
    },
  ],
  [
    "an older table is answered with the newer one's receipt and has no effect",
    async ({ dataPlane, port }) => {
      await using one = await startApp("one");
      await dataPlane.apply(tableOf(7, routeOf({ baseline: armOf(one.port) })), never);
      const receipt = await dataPlane.apply(tableOf(6), never);
      assert.equal(receipt.version, 7);
      assert.equal((await ask(port)).body, "one");
    },
  ],
  [
    "requests are counted once, and unacknowledged intervals are given again",
    async ({ dataPlane, port }) => {
      await using bad = await startApp("bad", (_, response) => {
        response.writeHead(500).end();
      });
      const baseline = armOf(bad.port);
      await dataPlane.apply(tableOf(1, routeOf({ baseline })), never);
      for (let count = 0; count < 3; count += 1) await ask(port, { path: "/x?secret=1" });
      await dataPlane.apply(tableOf(2), never);
      const seen = await nextInterval(dataPlane, hasRows);
      const again = await nextInterval(dataPlane, hasRows);
      assert.deepEqual(again, seen);
      const [row] = seen.rows;
      assert.ok(row !== undefined);
      assert.equal(row.release, baseline.release);
      assert.deepEqual([row.requests, row.errors, row.connectionFailures], [3, 3, 0]);
      assert.equal(
        row.latency.reduce((sum, cell) => sum + cell),
        3,
      );
      assert.equal(row.failures[0]?.path, "/x");
      dataPlane.acknowledge(seen);
      await ask(port, { headers: { host: "none.localhost" } });
      await dataPlane.apply(tableOf(3, routeOf({ baseline })), never);
      await ask(port);
      const next = await nextInterval(dataPlane, hasRows);
      assert.ok(next.seq > seen.seq);
    },
  ],
  [
    "a rollout's users, instances and groups are told",
    async ({ dataPlane, port }) => {
      await using app = await startApp("app");
      const baseline = armOf(app.port);
      const rollout = { id: newId("rol", Math.random), salt: "s", exposure: 0, rules: [] };
      const userKey = { from: "header", name: "x-user" } as const;
      const route = { baseline, userKey, rollout: { ...rollout, candidate: armOf(app.port) } };
      await dataPlane.apply(tableOf(1, routeOf(route)), never);
      for (const user of ["ann", "bob", "ann"]) await ask(port, { headers: { "x-user": user } });
      await dataPlane.apply(tableOf(2), never);
      const { rows } = await nextInterval(dataPlane, hasRows);
      const [row] = rows;
      assert.equal(new Set(row?.seenUsers).size, 2);
      const instance = baseline.targets[0]?.instance ?? assert.fail();
      assert.deepEqual(row?.instances, { [instance]: { events: 0, sample: 3 } });
      assert.equal(
        row?.groups?.reduce((sum, { sample }) => sum + sample, 0),
        3,
      );
    },
  ],
  [
    "a mirrored request reaches the candidate, and its answer nobody",
    async ({ dataPlane, port }) => {
      await using old = await startApp("old");
      await using fresh = await startApp("new");
      const rollout = { id: newId("rol", Math.random), salt: "s", exposure: 0, rules: [] };
      const shadowed = { ...rollout, candidate: armOf(fresh.port), mirrorPercent: 100 };
      const route = routeOf({ baseline: armOf(old.port), rollout: shadowed });
      await dataPlane.apply(tableOf(1, route), never);
      assert.equal((await ask(port)).body, "old");
      const { rows } = await nextInterval(dataPlane, isCompared);
      const shadow = rows.find((row) => row.shadow !== undefined)?.shadow;
      assert.deepEqual([shadow?.mirrored, shadow?.answersDiffered], [1, 1]);
      assert.equal(fresh.seen[0]?.headers["tidegate-shadow"], "1");
    },
  ],
  [
    "a drain waits for open requests and sockets",
    async ({ dataPlane, port }) => {
      const asked = Promise.withResolvers<void>();
      const finish = Promise.withResolvers<void>();
      await using slow = await startApp("slow", (_, response) => {
        asked.resolve();
        void finish.promise.then(() => response.end("late"));
      });
      const baseline = armOf(slow.port);
      const [target] = baseline.targets;
      assert.ok(target !== undefined);
      await dataPlane.apply(tableOf(1, routeOf({ baseline })), never);
      const socket = await openSocket(port);
      const answer = ask(port);
      await asked.promise;
      await dataPlane.apply(tableOf(2), never);
      let isDrained = false;
      const drained = dataPlane.drain([target.instance], 30_000).then((result) => {
        isDrained = true;
        return result;
      });
      finish.resolve();
      assert.equal((await answer).body, "late");
      socket.write("still here");
      assert.equal(await nextText(socket), "still here");
      assert.equal(isDrained, false);
      socket.destroy();
      assert.deepEqual(await drained, { cut: 0 });
    },
  ],
  [
    "a drain that runs out of time says what it cut",
    async ({ dataPlane, port }) => {
      await using app = await startApp("app");
      const baseline = armOf(app.port);
      await dataPlane.apply(tableOf(1, routeOf({ baseline })), never);
      const socket = await openSocket(port);
      await dataPlane.apply(tableOf(2), never);
      const instances = baseline.targets.map((target) => target.instance);
      assert.deepEqual(await dataPlane.drain(instances, 50), { cut: 1 });
      await new Promise((resolve) => socket.once("close", resolve));
    },
  ],
  [
    "table changes under load lose no request and keep sockets open",
    async ({ dataPlane, port }) => {
      await using one = await startApp("one");
      await using two = await startApp("two");
      const arms = [armOf(one.port), armOf(two.port)];
      const table = (version: number) => {
        const baseline = arms[version % 2];
        assert.ok(baseline !== undefined);
        return tableOf(version, routeOf({ baseline }));
      };
      await dataPlane.apply(table(1), never);
      const socket = await openSocket(port);
      const over = new AbortController();
      const statuses = new Set<number>();
      const load = Array.from({ length: 8 }, async () => {
        while (!over.signal.aborted) statuses.add((await ask(port)).status);
      });
      for (let version = 2; version < 40; version += 1) {
        await dataPlane.apply(table(version), never);
      }
      over.abort();
      await Promise.all(load);
      assert.deepEqual([...statuses], [200]);
      socket.write("kept");
      assert.equal(await nextText(socket), "kept");
      socket.destroy();
      assert.ok(one.seen.length > 0 && two.seen.length > 0);
    },
  ],
];
