/**
 * A fresh baseline lives and dies with its candidate's rollout: a server that dies after any call to the store is
 * followed by another, and in the end nothing runs that no document names, and nothing of the fresh baseline.
 */
import { strict as assert } from "node:assert";
import { test } from "node:test";
import { err, ok } from "#std";
import type {
  App,
  Artifact,
  DataPlane,
  InstanceId,
  Release,
  RouteTable,
  RunningInstance,
  Runtime,
  Store,
} from "#domain";
import {
  defaultRolloutPolicy,
  driveRollout,
  keeper,
  listAll,
  planFresh,
  routePublisher,
  type RolloutPorts,
  startFresh,
  updateDocument,
} from "#delivery/rollout";
import { createTestDatabase } from "#ground/storage/testing";
import { beginRollout, liveRelease } from "./begin-rollout.ts";
import { endedUnexposed } from "./new-release.ts";
import { aChange, app, aRelease, baseline, release } from "./plot.testing.ts";
import type { DeliveryPorts } from "./ports.ts";
import { rolloutEnding } from "./rollout-ending.ts";
import {
  Died,
  mortal,
  newWorld,
  portsOf,
  storeClock,
  type World,
} from "./rollout-world.testing.ts";

type End = "promoted" | "rolled_back" | "given up" | "not started";

/** What outlives servers: processes, and the table that the edges have. */
interface Machine {
  readonly world: World;
  readonly running: Map<InstanceId, RunningInstance>;
  readonly stopped: InstanceId[];
  table: RouteTable | undefined;
  readonly isFreshBroken: boolean;
}

function runtimeOf({
  running,
  stopped,
  isFreshBroken,
}: Machine): Pick<Runtime, "start" | "stop" | "instances"> {
  return {
    async start({ id, app: of, release: owner, processType }) {
      if (isFreshBroken && owner === baseline) {
        const reason = { kind: "exited", exit: "exit code 1" } as const;
        return err({ code: "start_failed", reason, log: [] } as const);
      }
      const started = { id, app: of, release: owner, processType, host: "127.0.0.1", port: 5000 };
      const instance = { ...started, pid: 1, startedAt: 0, sandboxLevel: 0 } as const;
      running.set(id, instance);
      return ok(instance);
    },
    async stop(id) {
      stopped.push(id);
      running.delete(id);
    },
    instances: async () => [...running.values()],
  };
}

function handsOf(machine: Machine, store: Store) {
  const { world } = machine;
  const usual = portsOf(store, world, world.clock);
  const dataPlane: DataPlane = {
    ...usual.dataPlane,
    async apply(table) {
      machine.table = table;
      return { version: table.version, at: world.clock.now(), edges: ["edge-0"], missing: [] };
    },
  };
  const runtime: Runtime = { ...usual.runtime, ...runtimeOf(machine) };
  const ports: RolloutPorts = { ...usual, dataPlane, runtime };
  const routes = routePublisher(ports);
  const life = new AbortController();
  return { ports, routes, keeper: keeper(ports, routes), life };
}

/** The part of the delivery that starts the candidate, and what is beside it, and begins its rollout. */
async function deliver(
  end: End,
  machine: Machine,
  { ports, life }: ReturnType<typeof handsOf>,
): Promise<void> {
  const { store } = ports;
  const stored = await store.get("release", release);
  if (stored?.body.state !== "starting") return;
  await planFresh(release, baseline, ports);
  const fresh = await startFresh(release, ports, life.signal);
  if (end === "given up") {
    await store.commit(await endedUnexposed(release, { state: "stopped" }, { store }));
    return;
  }
  const shop = await store.get("app", app);
  const now = await store.get("release", release);
  assert.ok(shop !== undefined && now !== undefined);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- reading a release needs the store alone
  const live = await liveRelease(shop, ports as DeliveryPorts);
  const begun = beginRollout(
    shop,
    {
      release: now,
      baseline: live,
      policy: { ...defaultRolloutPolicy, baseline: "fresh" },
      freshProblem: fresh.ok ? undefined : fresh.error,
    },
    { clock: machine.world.clock },
  );
  await store.commit({
    entries: begun.entries,
    documents: begun.documents,
    enqueue: begun.enqueue,
  });
}

/** The rollout, exposed a little, then ended by a person's word. */
async function rollOut(end: End, hands: ReturnType<typeof handsOf>): Promise<void> {
  const { ports, routes, life } = hands;
  const active = (await ports.store.get("app", app))?.body.activeRollout;
  if (active === undefined) return;
  await updateDocument(ports.store, { kind: "rollout", id: active }, (body) => {
    if (body.command !== undefined) return undefined;
    const kind = end === "promoted" ? "promote" : "abort";
    const command = { kind, by: "ana", reason: "so", at: ports.clock.now() } as const;
    return { body: { ...body, exposure: Math.max(body.exposure, 2000), command } };
  });
  await routes.publish();
  const lease = await ports.store.claim({
    kinds: ["rollout"],
    worker: "one",
    leaseMs: 9_000,
    signal: AbortSignal.timeout(20_000),
  });
  assert.ok(lease !== undefined, "a rollout that lives has work that is due");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the ending uses store, clock and wakes
  const ending = rolloutEnding(ports as DeliveryPorts);
  await driveRollout(
    lease,
    { ports, routes, ending },
    AbortSignal.any([life.signal, AbortSignal.timeout(20_000)]),
  );
}

/** The chores that are due: one after the other, until there is none. */
async function tidyUp({
  ports,
  routes,
  keeper: keeping,
  life,
}: ReturnType<typeof handsOf>): Promise<void> {
  for (const { id } of await listAll(ports.store, "release")) {
    const key = `converge:${id}`;
    const lease = await ports.store.claim({
      kinds: ["tidy"],
      worker: "one",
      leaseMs: 9_000,
      signal: AbortSignal.timeout(100),
    });
    if (lease === undefined) return;
    assert.ok(lease.key.startsWith("converge:"), `${lease.key}, such as ${key}`);
    await routes.publish();
    const due = (await listAll(ports.store, "release")).find((one) => lease.key.endsWith(one.id));
    if (due !== undefined) await keeping.converge(due.body.id, life.signal);
    await ports.store.commit({ lease, finish: "done" });
  }
}

async function serve(end: End, machine: Machine, store: Store): Promise<"lived" | "died"> {
  machine.world.clock.advance(60_000); // whatever lease a dead one held has run out
  const hands = handsOf(machine, store);
  try {
    await hands.keeper.reconcile(hands.life.signal);
    await deliver(end, machine, hands);
    await rollOut(end, hands);
    await tidyUp(hands);
    return "lived";
  } catch (error) {
    if (error instanceof Died) return "died";
    throw error;
  } finally {
    hands.life.abort(); // whatever a dead server still means to do is not done
  }
}

async function prepared(store: Store): Promise<void> {
  const shop: App = {
    name: app,
    createdAt: 0,
    createdBy: "ana",
    trackedBranch: "main",
    configVersion: 0,
    nextReleaseNumber: 3,
    liveRelease: baseline,
  };
  const live = aRelease(baseline, 1, "live");
  const candidate = aRelease(release, 2, "starting");
  const plan = {
    processes: { web: { argv: ["web"] } },
    env: {},
    health: { timeoutMs: 1 },
    stopGraceMs: 1,
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nobody reads more of it here
  const artifact = {
    digest: live.artifact,
    app,
    directory: "a",
    commit: aChange.commit,
    plan,
  } as unknown as Artifact;
  const written = await store.commit({
    documents: [
      { kind: "app", id: app, app, body: shop },
      { kind: "change", id: aChange.id, app, body: { ...aChange, release } },
      { kind: "artifact", id: live.artifact, app, body: artifact },
      { kind: "release", id: baseline, app, body: live },
      { kind: "release", id: release, app, body: candidate },
    ],
  });
  assert.ok(written.ok);
}

/** Own instances of both releases run already; fresh ones are what this is about. */
function newMachine(world: World, isFreshBroken: boolean): Machine {
  const running = new Map<InstanceId, RunningInstance>();
  const both = [aRelease(baseline, 1, "live"), aRelease(release, 2, "starting")];
  for (const { id: owner, instances } of both) {
    for (const { id, processType, port = 0 } of instances) {
      const own = { id, app, release: owner, processType, host: "127.0.0.1", port };
      running.set(id, { ...own, pid: 1, startedAt: 0, sandboxLevel: 0 });
    }
  }
  return { world, running, stopped: [], table: undefined, isFreshBroken };
}

async function liveOn(end: End, dies: number): Promise<{ readonly deaths: number }> {
  const world = newWorld();
  await using database = await createTestDatabase();
  await using store = await database.open({ clock: storeClock(world) });
  await prepared(store);
  const machine = newMachine(world, end === "not started");
  const deaths = (await serve(end, machine, mortal(store, dies))) === "died" ? 1 : 0;
  await serve(end, machine, store);
  await check(end, machine, store);
  return { deaths };
}

async function check(end: End, { running, table, stopped }: Machine, store: Store): Promise<void> {
  const releases = (await listAll(store, "release")).map(({ body }): Release => body);
  const named = releases.flatMap(({ instances }) => instances);
  assert.deepEqual(
    named.filter(({ freshFor }) => freshFor !== undefined),
    [],
    "no document names one",
  );
  const names = new Set<string>(named.map(({ id }) => id));
  assert.deepEqual(
    [...running.keys()].filter((id) => !names.has(id)),
    [],
    "what runs is named",
  );
  const [own] = aRelease(baseline, 1, "live").instances;
  assert.ok(
    own !== undefined && !stopped.includes(own.id),
    "what everybody is on was never stopped",
  );
  const routed = JSON.stringify(table?.apps ?? []);
  assert.ok(!routed.includes('"fresh"'), "and nobody is routed to one");
  const candidate = releases.find(({ id }) => id === release);
  assert.equal(candidate?.state, end === "promoted" ? "live" : "stopped");
}

const ends: readonly End[] = ["promoted", "rolled_back", "given up", "not started"];
for (const end of ends) {
  test(`fresh baseline: none is left of a candidate that is ${end}, wherever its server dies`, async () => {
    let deathCount = 0;
    for (let dies = 0; dies <= 60; dies += 7) deathCount += (await liveOn(end, dies)).deaths;
    assert.ok(deathCount >= 2, `${deathCount} servers did die`);
  });
}

test("fresh baseline: it goes with its own release, whatever its candidate still wants", async () => {
  const world = newWorld();
  await using database = await createTestDatabase();
  await using store = await database.open({ clock: storeClock(world) });
  await prepared(store);
  const machine = newMachine(world, false);
  const { ports, keeper: keeping, life } = handsOf(machine, store);
  await planFresh(release, baseline, ports);
  assert.ok((await startFresh(release, ports, life.signal)).ok);
  const before = machine.running.size;
  await keeping.converge(baseline, life.signal);
  assert.equal(machine.running.size, before, "a candidate that starts keeps it");
  await updateDocument(store, { kind: "app", id: app }, (body) => ({
    body: { ...body, deletedAt: 1 },
  }));
  await updateDocument(store, { kind: "release", id: baseline }, (body) => ({
    body: { ...body, state: "stopped" },
  }));
  await keeping.converge(baseline, life.signal);
  const [own] = aRelease(release, 2, "starting").instances;
  assert.deepEqual([...machine.running.keys()], [own?.id], "of a deleted app nothing is left");
  life.abort();
});
