/** What becomes of rollouts that go together, case by case, over PostgreSQL. */
import { strict as assert } from "node:assert";
import { test, type TestContext } from "node:test";
import { type AppName, type RolloutPolicy, type Stored, type Actor, machineActor } from "#domain";
import { routePublisher, updateDocument } from "#delivery/rollout";
import { storeDuring } from "#ground/storage/testing";
import { beginTogether } from "./begin-rollout.ts";
import { cohortLinks } from "./cohorts.ts";
import { commandRollout } from "./command-rollout.ts";
import type { Hands } from "./hands.ts";
import { jointMembers, newerChange, storeJointRollout } from "./joint-plot.testing.ts";
import { aChange } from "./plot.testing.ts";
import type { DeliveryPorts } from "./ports.ts";
import { rollBack } from "./roll-back.ts";
import { happen, newWorld, portsOf, serve, storeClock } from "./rollout-world.testing.ts";

async function open(context: TestContext, policy: Partial<RolloutPolicy> = {}) {
  const time = newWorld();
  const store = await storeDuring(context, storeClock(time));
  const [shop, web] = await storeJointRollout(store, time.clock.now(), policy);
  assert.ok(shop !== undefined && web !== undefined);
  const world = { ...time, driven: shop.rollout };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- asking uses store, clock and wakes
  const ports = portsOf(store, world, world.clock) as DeliveryPorts;
  const step = async (): Promise<void> => {
    await serve(store, world);
  };
  const both = async () =>
    await Promise.all(
      [shop, web].map(async ({ app, rollout }) => ({
        rollout: await kept(store.get("rollout", rollout)),
        app: await kept(store.get("app", app)),
      })),
    );
  return { shop, web, store, world, ports, step, both };
}

async function kept<T>(reading: Promise<Stored<T> | undefined>): Promise<T> {
  const stored = await reading;
  assert.ok(stored !== undefined);
  return stored.body;
}

const bake: Partial<RolloutPolicy> = {
  strategy: "all-at-once",
  bake: { forMs: 60 * 60_000, controlPercent: 10 },
};

const ana: Actor = { ...machineActor, name: "ana" };

/** Asks for the way back of an app while a server looks at the rollout. */
async function wayBack(
  { ports, step }: Awaited<ReturnType<typeof open>>,
  app: AppName,
  to?: number,
) {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing is started, so nobody keeps it
  const hands = { ports, routes: routePublisher(ports) } as Hands;
  const asked = rollBack({ app, to, reason: "too many calls", actor: ana }, hands);
  const answered = new AbortController();
  const stop = (): void => answered.abort();
  asked.then(stop, stop);
  while (!answered.signal.aborted) await step();
  return await asked;
}

// oxfmt-ignore
const waysBack: readonly (readonly [claim: string, Partial<RolloutPolicy>, to: number | undefined])[] = [
  ["while they are let in",                             {},   undefined],
  ["when everybody has them, and the way back is open", bake, undefined],
  ["then, by the number of the release before",         bake, 3],
];
for (const [claim, policy, to] of waysBack) {
  test(`together: the way back of one takes both back, ${claim}`, async (context) => {
    const opened = await open(context, policy);
    await opened.step();
    const answer = await wayBack(opened, opened.web.app, to);
    assert.ok(answer.ok, JSON.stringify(answer));
    assert.equal(answer.value.release.id, opened.web.baseline);
    for (const [index, { rollout, app }] of (await opened.both()).entries()) {
      assert.equal(rollout.exposure, 0);
      assert.equal(app.activeRollout, undefined);
      assert.equal(app.liveRelease, [opened.shop, opened.web][index]?.baseline);
    }
    for (const id of [aChange.id, "chg_000000000002"]) {
      const { state, takenBackBy: by } = await kept(opened.store.get("change", id));
      assert.deepEqual([state, by?.name], ["rolled_back", "ana"]);
      assert.equal(by?.reason, "too many calls");
    }
  });
}

test("together: a word to one is in the journal of both, and everybody needs a reason for all", async (context) => {
  const { shop, web, ports, step, both, store } = await open(context);
  await step();
  const { rollout: led } = (await both())[1] ?? assert.fail("there are two");
  const bare = await commandRollout(led, { kind: "promote", actor: ana, reason: "" }, ports);
  assert.ok(!bare.ok && bare.error.code === "invalid_input");
  const paused = await commandRollout(led, { kind: "pause", actor: ana, reason: "lunch" }, ports);
  assert.ok(paused.ok && paused.value.id === web.rollout);
  const second = await commandRollout(led, { kind: "pause", actor: ana, reason: "" }, ports);
  assert.ok(!second.ok && second.error.code === "wrong_state", "one word at a time, for all");
  await step();
  assert.deepEqual(
    (await both()).map(({ rollout }) => [rollout.state, rollout.command]),
    [
      ["paused", undefined],
      ["paused", undefined],
    ],
  );
  const entries = await store.entries({ after: 0, limit: 100 });
  const said = entries.flatMap((entry) =>
    entry.type === "dev.tidegate.rollout.commanded" ? [[entry.app, entry.data.of]] : [],
  );
  assert.deepEqual(said, [
    [shop.app, web.app],
    [web.app, undefined],
  ]);
});

test("together: a word about a step counts for those with the same steps alone", async (context) => {
  const until = "approval" as const;
  const { web, ports, step, both, store } = await open(context, {
    strategy: "steps",
    steps: [{ weightPercent: 5, forMs: 0, until }],
  });
  await updateDocument(store, { kind: "rollout", id: web.rollout }, (body) => ({
    body: {
      ...body,
      policy: { ...body.policy, steps: [{ weightPercent: 10, forMs: 0, until }] },
    },
  }));
  await step();
  const [first, second] = await both();
  assert.deepEqual([first?.rollout.exposure, second?.rollout.exposure], [500, 500], "the least");
  assert.ok(first !== undefined);
  const word = { kind: "approve", actor: ana, reason: "seen", step: 1 } as const;
  assert.ok((await commandRollout(first.rollout, word, ports)).ok);
  await step();
  const [, after] = await both();
  assert.equal(after?.rollout.exposure, 1000, "its own step is reached now");
  assert.equal(after?.rollout.step?.approval, undefined, "and waits for a word of its own");
  assert.equal(after?.rollout.state, "held");
});

test("together: each is compared with a fresh baseline of its own, at the same exposure", async (context) => {
  const { shop, web, store, world, step, both } = await open(context, { baseline: "fresh" });
  await step();
  const exposure = (await both())[0]?.rollout.exposure ?? 0;
  assert.ok(exposure > 0);
  const moving = () => (world.tables.at(-1)?.apps ?? []).map(({ rollout }) => rollout);
  assert.deepEqual(
    moving().map((each) => [each?.exposure, each?.fresh?.buckets, each?.fresh?.targets.length]),
    [
      [exposure, exposure, 1],
      [exposure, exposure, 1],
    ],
  );
  await happen({ kind: "command", command: "abort", on: shop }, { at: 0, store, world });
  await step();
  await step();
  assert.deepEqual(moving(), [undefined, undefined]);
  const ends = [shop, web].flatMap(({ release, baseline }) => [release, baseline]);
  const claimed = new Set<string>();
  for (let left = ends.length; left > 0; left -= 1) {
    const lease = await store.claim({
      kinds: ["tidy"],
      worker: "one",
      leaseMs: 60_000,
      signal: AbortSignal.timeout(5_000),
    });
    claimed.add(lease?.key ?? "nothing");
  }
  assert.deepEqual(claimed, new Set(ends.map((id) => `converge:${id}`)), "what was fresh ends");
});

test("together: the fresh baseline of one that waits for a newer change runs on with it", async (context) => {
  const { shop, web, store, step } = await open(context, { baseline: "fresh" });
  await step();
  await updateDocument(store, { kind: "rollout", id: shop.rollout }, (body) => ({
    body: {
      ...body,
      command: { kind: "supersede", by: newerChange.id, reason: "a newer one", at: 0 },
    },
  }));
  await step();
  await step();
  const ready = await kept(store.get("release", shop.release));
  const gone = await kept(store.get("release", web.release));
  assert.deepEqual([ready.state, ready.freshBaseline], ["starting", shop.baseline]);
  assert.equal(gone.state, "stopped");
});

test("together: one without its fresh baseline says so and goes with the others, beside the running one", () => {
  const [shop, web] = jointMembers({ baseline: "fresh" }, {});
  assert.ok(shop !== undefined && web !== undefined);
  const wanting = { ...web, policy: { ...web.policy, baseline: "fresh" as const } };
  const begun = beginTogether([shop, wanting], { clock: newWorld().clock });
  assert.deepEqual(
    begun.map(({ rollout, entries }) => [
      rollout.policy.baseline,
      rollout.together?.members.length,
      entries.map(({ type }) => type.split(".").at(-1)),
    ]),
    [
      ["fresh", 2, ["started"]],
      ["running", 2, ["started", "fresh_baseline_missing"]],
    ],
  );
});

test("together: work for one that is led is nobody's", async (context) => {
  const { web, world, store, both } = await open(context);
  await store.commit({
    enqueue: [{ kind: "rollout", key: web.rollout, app: web.app, dueAt: 1 }],
  });
  await serve(store, { ...world, driven: web.rollout });
  assert.ok((await both()).every(({ rollout }) => rollout.exposure === 0));
});

test("together: a newer change of one sends the other's back to wait for it, ready as it is", async (context) => {
  const { shop, web, store, world, step, both } = await open(context);
  await happen({ kind: "counts", requests: 60, isBad: false, on: shop }, { at: 0, store, world });
  await step();
  await updateDocument(store, { kind: "rollout", id: shop.rollout }, (body) => ({
    body: {
      ...body,
      command: { kind: "supersede", by: newerChange.id, reason: "a newer one", at: 0 },
    },
  }));
  await step();
  await step();
  for (const { rollout, app } of await both()) {
    assert.deepEqual([rollout.state, app.activeRollout], ["superseded", undefined]);
  }
  const older = await kept(store.get("change", "chg_000000000002"));
  const change = await kept(store.get("change", aChange.id));
  assert.equal(older.state, "superseded");
  assert.deepEqual([change.state, change.rollout], ["delivering", undefined]);
  assert.ok(change.gathering !== undefined, "it waits for the newer one");
  const ready = await kept(store.get("release", shop.release));
  const gone = await kept(store.get("release", web.release));
  assert.deepEqual([ready.state, gone.state], ["starting", "stopped"]);
  assert.ok(ready.instances.length > 0, "its instances run on");
});

test("together: a word to one takes the right to all of them", async (context) => {
  const { shop, web, ports: world, step, both } = await open(context);
  await step();
  const { rollout } = (await both())[0] ?? assert.fail("there are two");
  const word = { kind: "pause", reason: "" } as const;
  const ports = { ...world, people: { ...world.people, grantorsOf: async () => ["cy"] } };
  const ofShop = { role: "operator", scope: { kind: "app", app: shop.app } } as const;
  const seesWeb = { role: "viewer", scope: { kind: "app", app: web.app } } as const;
  const said = async (...grants: Actor["grants"]) => {
    const actor: Actor = { name: "bo", grants };
    const refused = await commandRollout(rollout, { ...word, actor }, ports);
    assert.ok(!refused.ok && refused.error.code === "forbidden");
    return refused.error;
  };
  const { permission, on, grantors } = await said(ofShop, seesWeb);
  assert.deepEqual(
    [permission, on.kind === "app" && on.app, grantors],
    ["rollout.stop", web.app, ["cy"]],
  );
  const hidden = await said(ofShop);
  assert.equal(hidden.isForOthersToo, true);
  assert.doesNotMatch(JSON.stringify(hidden), /web|cy/, "neither the app nor who may grant on it");
  assert.ok((await commandRollout(rollout, { ...word, actor: ana }, ports)).ok, "who has it may");
});

const developerOf = (...apps: readonly AppName[]): Actor => ({
  name: "bo",
  grants: apps.map((app) => ({ role: "developer", scope: { kind: "app", app } })),
});

test("together: there is a link for each, and it takes the right to all of them", async (context) => {
  const { shop, web, store, ports: world, step, both } = await open(context);
  await step();
  const { rollout } = (await both())[0] ?? assert.fail("there are two");
  const ports = { ...world, people: { ...world.people, grantorsOf: async () => ["cy"] } };
  const hands = { ports, routes: routePublisher(ports) };
  const asked = { to: "candidate", actor: developerOf(shop.app) } as const;
  const refused = await cohortLinks(rollout, asked, hands);
  assert.ok(!refused.ok && refused.error.code === "forbidden");
  const actor = developerOf(shop.app, web.app);
  const made = await cohortLinks(rollout, { ...asked, actor }, hands);
  assert.ok(made.ok);
  assert.deepEqual(
    made.value.links.map(({ app }) => app),
    [shop.app, web.app],
  );
  const entries = await store.entries({ after: 0, limit: 100 });
  const told = entries.filter(({ type }) => type === "dev.tidegate.rollout.link_made");
  assert.deepEqual(
    told.map(({ app, actor: by }) => [app, by]),
    [
      [shop.app, "bo"],
      [web.app, "bo"],
    ],
  );
});
