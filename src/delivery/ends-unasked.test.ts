/** What is kept of instances that end by themselves, by the servers that start them again. */
import { strict as assert } from "node:assert";
import { test, type TestContext } from "node:test";
import { err, ok } from "#std";
import {
  type Artifact,
  type ReleaseId,
  restartsOf,
  restartsToldMs,
  type RunningInstance,
  type Runtime,
  type StartFailed,
} from "#domain";
import { keeper, routePublisher, type RolloutPorts } from "#delivery/rollout";
import { storeDuring } from "#ground/storage/testing";
import { aChange, app, aRelease, baseline, release, storeRollout } from "./plot.testing.ts";
import { newWorld, portsOf, storeClock } from "./rollout-world.testing.ts";

const minute = 60_000;
const died: StartFailed["reason"] = { kind: "exited", exit: "exit code 3" };

/** An app with a live release and a candidate, and a server that starts both again. */
async function open(t: TestContext) {
  const world = newWorld();
  const life = new AbortController();
  t.after(() => life.abort());
  const store = await storeDuring(t, storeClock(world));
  await storeRollout(store, world.clock.now());
  const plan = { processes: { web: { argv: ["web"] } }, env: {}, health: { timeoutMs: 1 } };
  const kept = { app, directory: "a", commit: aChange.commit, plan: { ...plan, stopGraceMs: 1 } };
  const documents = [1, 2].map((number) => {
    const { artifact: digest } = aRelease(baseline, number, "live");
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nobody reads more of it here
    const body = { ...kept, digest } as unknown as Artifact;
    return { kind: "artifact" as const, id: digest, app, body };
  });
  await store.commit({ documents });

  const failures: StartFailed["reason"][] = [];
  const running = new Map<string, RunningInstance>();
  const usual = portsOf(store, world, world.clock);
  const runtime: Runtime = {
    ...usual.runtime,
    async start({ id, release: owner, processType }) {
      const reason = failures.shift();
      if (reason !== undefined) return err({ code: "start_failed", reason, log: [] });
      const at = { host: "127.0.0.1", port: 5000 + running.size };
      const started = { id, app, release: owner, processType, ...at, pid: 1, startedAt: 0 };
      running.set(id, { ...started, sandboxLevel: 0 });
      return ok({ ...started, sandboxLevel: 0 });
    },
    instances: async () => [...running.values()],
  };
  const ports: RolloutPorts = { ...usual, runtime };
  const newKeeper = () => keeper(ports, routePublisher(ports));
  let keeps = newKeeper();
  const bodyOf = async (id: ReleaseId) => {
    const stored = await store.get("release", id);
    assert.ok(stored !== undefined);
    return stored.body;
  };
  return {
    world,
    /** The next starts fail for these reasons; all others succeed. */
    fail: (...reasons: readonly StartFailed["reason"][]) => void failures.push(...reasons),
    /** The instance of this release that is up ends, and is started again until that succeeds. */
    end: async (id: ReleaseId = baseline) => {
      const instance = (await bodyOf(id)).instances.find(({ state }) => state !== "exited");
      assert.ok(instance !== undefined);
      running.delete(instance.id);
      const at = world.clock.now();
      const exit = {
        id: instance.id,
        app,
        release: id,
        processType: "web",
        exit: "exit code 3",
        at,
      };
      await keeps.onExit(exit, life.signal);
      while (!(await bodyOf(id)).instances.some(({ state }) => state === "ready")) {
        await world.clock.sleep(1, life.signal);
      }
    },
    /** Everything stops, and a server comes up. */
    startAgain: async () => {
      running.clear();
      keeps = newKeeper();
      await keeps.reconcile(life.signal);
    },
    told: async (id: ReleaseId = baseline) => {
      const restarts = restartsOf((await bodyOf(id)).crash, world.clock.now());
      return restarts && [restarts.count, restarts.isRestarting];
    },
  };
}

test("ends: three within ten minutes are told over a start of the server, which is none of them", async (t) => {
  const { world, end, startAgain, told } = await open(t);
  await end();
  assert.deepEqual(await told(), [1, false]);
  world.clock.advance(4 * minute);
  await end();
  await startAgain();
  assert.deepEqual(await told(), [2, false]);
  world.clock.advance(4 * minute);
  await end();
  assert.deepEqual(await told(), [3, true]);
});

test("ends: of an app that runs again nothing is told after ten minutes, by itself", async (t) => {
  const { world, end, told } = await open(t);
  for (let count = 0; count < 3; count += 1) await end();
  assert.deepEqual(await told(), [3, true]);
  world.clock.advance(restartsToldMs);
  assert.equal(await told(), undefined);
});

// oxfmt-ignore
const starts: readonly (readonly [claim: string, reason: StartFailed["reason"], count: number])[] = [
  ["that end at once",          died,                                                         3],
  ["that never listen",         { kind: "never_listened", port: 5001, waitedMs: 1 },          3],
  ["that are unhealthy",        { kind: "unhealthy", request: "GET /", answer: "500" },       3],
  ["that the platform refused", { kind: "refused", why: "all ports for instances are taken" }, 1],
];
for (const [claim, reason, count] of starts) {
  test(`ends: after an end, two starts of what is live ${claim} make ${count}`, async (t) => {
    const { fail, end, told } = await open(t);
    fail(reason, reason);
    await end();
    assert.deepEqual(await told(), [count, count >= 3]);
  });
}

test("ends: failed starts of a candidate are told to who delivers it, and are none of its ends", async (t) => {
  const { fail, end, told } = await open(t);
  fail(died, died);
  await end(release);
  assert.deepEqual(await told(release), [1, false]);
});
