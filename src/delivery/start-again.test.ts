/** After a stop of everything, a rollout's users stay where they are while both of its releases are started again. */
import { strict as assert } from "node:assert";
import { test, type TestContext } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { ok } from "#std";
import type { Artifact, RouteTable, RunningInstance, Runtime } from "#domain";
import { keeper, routePublisher, updateDocument, type RolloutPorts } from "#delivery/rollout";
import { storeDuring } from "#ground/storage/testing";
import { aChange, app, aRelease, baseline, rollout, storeRollout } from "./plot.testing.ts";
import { newWorld, portsOf, storeClock } from "./rollout-world.testing.ts";

/** The ports of an instance of each release: before the stop, and when it is started again. */
const before = { baseline: 4001, candidate: 4002 };
const after = { baseline: 5001, candidate: 5002 };

type Which = keyof typeof after;

/** A fifth of the users have met the candidate; then everything is stopped, and a server comes up. */
async function open(t: TestContext) {
  const world = newWorld();
  const life = new AbortController();
  t.after(() => life.abort());
  const store = await storeDuring(t, storeClock(world));
  await storeRollout(store, world.clock.now());
  await updateDocument(store, { kind: "rollout", id: rollout }, (body) => ({
    body: { ...body, exposure: 2_000 },
  }));
  const plan = { processes: { web: { argv: ["web"] } }, env: {}, health: { timeoutMs: 1 } };
  const kept = { app, directory: "a", commit: aChange.commit, plan: { ...plan, stopGraceMs: 1 } };
  const documents = [1, 2].map((number) => {
    const { artifact: digest } = aRelease(baseline, number, "live");
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nobody reads more of it here
    const body = { ...kept, digest } as unknown as Artifact;
    return { kind: "artifact" as const, id: digest, app, body };
  });
  await store.commit({ documents });
  await routePublisher(portsOf(store, world, world.clock)).publish();

  const gates = {
    baseline: Promise.withResolvers<void>(),
    candidate: Promise.withResolvers<void>(),
  };
  const timeUp = Promise.withResolvers<void>();
  const running: RunningInstance[] = [];
  const told = tellers();
  const usual = portsOf(store, world, { ...world.clock, sleep: async () => await timeUp.promise });
  const runtime: Runtime = {
    ...usual.runtime,
    async start({ id, release: owner, processType }) {
      const which = owner === baseline ? "baseline" : "candidate";
      await gates[which].promise;
      const at = { host: "127.0.0.1", port: after[which] };
      const started = { id, app, release: owner, processType, ...at };
      running.push({ ...started, pid: 1, startedAt: 0, sandboxLevel: 0 });
      return ok({ ...started, pid: 1, startedAt: 0, sandboxLevel: 0 });
    },
    instances: async () => running,
  };
  const dataPlane: RolloutPorts["dataPlane"] = {
    ...usual.dataPlane,
    async apply(table, signal) {
      const receipt = await usual.dataPlane.apply(table, signal);
      told.tell(table);
      return receipt;
    },
  };
  const ports = { ...usual, runtime, dataPlane };
  const reconciled = keeper(ports, routePublisher(ports)).reconcile(life.signal);
  return {
    world,
    reconciled,
    timeUp: timeUp.resolve,
    starts: (which: Which) => gates[which].resolve(),
    /** Resolves with the first table that leads there. */
    table: async (wanted: Led) =>
      await told.first((table) => isDeepStrictEqual(led(table), wanted)),
  };
}

/** To which ports the arms lead. */
type Led = Readonly<Record<Which, number | undefined>>;

function led({ apps: [route] }: RouteTable): Led {
  return {
    baseline: route?.baseline?.targets[0]?.port,
    candidate: route?.rollout?.candidate.targets[0]?.port,
  };
}

function tellers() {
  const heard: RouteTable[] = [];
  const waiting = new Set<() => void>();
  return {
    tell(table: RouteTable): void {
      heard.push(table);
      for (const look of waiting) look();
    },
    async first(isIt: (table: RouteTable) => boolean): Promise<RouteTable> {
      return await new Promise((resolve) => {
        const look = () => {
          const found = heard.find((table) => isIt(table));
          if (found !== undefined) resolve(found);
        };
        waiting.add(look);
        look();
      });
    },
  };
}

// oxfmt-ignore
const cases: readonly (readonly [first: Which, last: Which, meanwhile: Led])[] = [
  ["baseline",  "candidate", { baseline: after.baseline,  candidate: before.candidate }],
  ["candidate", "baseline",  { baseline: before.baseline, candidate: after.candidate }],
];
for (const [first, last, meanwhile] of cases) {
  test(`started again: the ${first} is first, and the other's users are not moved`, async (t) => {
    const { world, reconciled, starts, table } = await open(t);
    starts(first);
    assert.equal((await table(meanwhile)).apps[0]?.rollout?.exposure, 2_000);
    starts(last);
    await reconciled;
    await table(after);
    const all = world.tables.flatMap((each) => Object.values(led(each)));
    assert(!all.includes(undefined), JSON.stringify(all));
  });
}

test("started again: what takes too long is waited for no longer", async (t) => {
  const { starts, timeUp, table, reconciled } = await open(t);
  starts("baseline");
  await table({ baseline: after.baseline, candidate: before.candidate });
  timeUp();
  await table({ baseline: after.baseline, candidate: undefined });
  starts("candidate");
  await reconciled;
  await table(after);
});
