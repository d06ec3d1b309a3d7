/** A configuration that was taken back from users does not come again with the next push. */
import { strict as assert } from "node:assert";
import { generateKeyPairSync } from "node:crypto";
import { test, type TestContext } from "node:test";
import { sure } from "#std/testing";
import {
  type Actor,
  type App,
  type Artifact,
  type DocumentPut,
  parseId,
  type Release,
  type Store,
} from "#domain";
import { defaultRolloutPolicy, routePublisher, updateDocument } from "#delivery/rollout";
import { storeDuring } from "#ground/storage/testing";
import { changeConfig } from "./change-config.ts";
import { configView } from "./config-view.ts";
import { deliverRelease } from "./deliver-release.ts";
import type { Hands } from "./hands.ts";
import { listedReleases } from "./listed-releases.ts";
import {
  app,
  aRelease,
  baseline,
  otherChange,
  release,
  rollout,
  storeRollout,
} from "./plot.testing.ts";
import type { DeliveryPorts } from "./ports.ts";
import { rollBack } from "./roll-back.ts";
import {
  type Event,
  happen,
  newWorld,
  portsOf,
  serve,
  storeClock,
} from "./rollout-world.testing.ts";

const claimTimeoutMs = 9_000;
const ana: Actor = { name: "ana", grants: [] };

function artifactOf({ artifact: digest }: Release): DocumentPut {
  const plan = { processes: { web: { argv: ["web"] } }, rollout: defaultRolloutPolicy, env: {} };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nobody reads more of it here
  const body = { app, digest, plan } as unknown as Artifact;
  return { kind: "artifact", id: digest, app, body };
}

function config(version: number, values: Record<string, string>): DocumentPut {
  const body = { app, version, values, createdAt: 0, createdBy: "ana" };
  return { kind: "config", id: `${app}:${version}`, app, body };
}

/** The app's configuration 2 in a rollout of its own, or in that of a push, over what is live with 1. */
async function open(context: TestContext, cause: Release["cause"]) {
  const world = newWorld();
  const store = await storeDuring(context, storeClock(world));
  await storeRollout(store, world.clock.now());
  const live: Release = { ...aRelease(baseline, 1, "live"), configVersion: 1 };
  const candidate: Release = { ...aRelease(release, 2, "exposed"), configVersion: 2, cause };
  await store.commit({
    documents: [
      { kind: "release", id: live.id, app, body: live },
      { kind: "release", id: candidate.id, app, body: candidate },
      artifactOf(live),
      artifactOf(candidate),
      config(1, { GREETING: "hello" }),
      config(2, { GREETING: "broken" }),
    ],
  });
  const updateApp = async (change: (body: App) => App) => {
    await updateDocument(store, { kind: "app", id: app }, (body) => ({ body: change(body) }));
  };
  await updateApp((body) => ({ ...body, configVersion: 2 }));
  const ports = portsOf(store, world, { ...world.clock, random: Math.random });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing is started, so nobody keeps it
  const hands = { ports, routes: routePublisher(ports) } as unknown as Hands;
  let at = 0;
  return {
    store,
    world,
    hands,
    updateApp,
    step: async (...events: readonly Event[]) => {
      for (const event of events) await happen(event, { at: (at += 1), store, world });
      await serve(store, world);
    },
    shop: async () => {
      const body = (await store.get("app", app))?.body;
      assert.ok(body !== undefined);
      return body;
    },
    taken: async () => (await store.get("release", release))?.body.takenBack,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it reads these only
    ports: { ...ports, store, shelf: { holds: async () => true } } as unknown as DeliveryPorts,
  };
}

const harm: Event = { kind: "counts", requests: 60, isBad: true };
const abort: Event = { kind: "command", command: "abort" };

test("configuration: what its own rollout took away is not what comes next", async (context) => {
  const { step, shop, taken, ports } = await open(context, "config");
  await step();
  assert.equal((await configView(await shop(), ports)).isRolledOut, true);
  await step(harm, harm, harm);
  await step();
  const after = await shop();
  assert.equal(after.activeRollout, undefined);
  assert.equal(after.configVersion, 1);
  const { at, ...why } = after.configTakenBack ?? assert.fail("it is told");
  assert.ok(at > 0);
  assert.equal(why.version, 2);
  assert.equal(why.by, undefined);
  assert.match(why.reason, /requests failed|harm|worse/);
  assert.deepEqual(await taken(), { reason: why.reason });
  assert.deepEqual(await configView(after, ports), {
    version: 1,
    newest: 2,
    values: { GREETING: "hello" },
    live: 1,
    isRolledOut: false,
    takenBack: { version: 2, reason: why.reason, at },
  });

  // To set it again is to try it again, under a number of its own.
  const set = { GREETING: "broken" };
  const again = await changeConfig({ app, set, unset: [] }, ana, ports);
  assert.deepEqual(again, { ok: true, value: { version: 3, values: set } });
  assert.equal((await shop()).configTakenBack, undefined);
});

test("configuration: a person's abort takes it back, in their words", async (context) => {
  const { step, shop, taken } = await open(context, "config");
  await step();
  await step(abort);
  await step();
  assert.deepEqual(await taken(), { by: "ana", reason: "so" });
  assert.equal((await shop()).configVersion, 1);
});

test("configuration: a push that is taken away leaves what others have set", async (context) => {
  const { step, shop, taken } = await open(context, "push");
  await step();
  await step(abort);
  await step();
  const after = await shop();
  assert.deepEqual([after.activeRollout, after.configVersion], [undefined, 2]);
  assert.equal(await taken(), undefined);
});

test("configuration: a newer push takes its rollout's place and carries it on", async (context) => {
  const { store, step, shop, taken } = await open(context, "config");
  await step();
  await updateDocument(store, { kind: "rollout", id: rollout }, (body) => ({
    body: {
      ...body,
      command: { kind: "supersede", by: otherChange, reason: "a newer one", at: 0 },
    },
  }));
  await step();
  await step();
  const after = await shop();
  assert.deepEqual([after.activeRollout, after.configVersion], [undefined, 2]);
  assert.equal(await taken(), undefined);
});

test("configuration: a way back takes it back, and another brings it back", async (context) => {
  const { store, world, shop, taken, ports, hands, updateApp } = await open(context, "config");
  const states = [
    [baseline, "warm"],
    [release, "live"],
  ] as const;
  for (const [id, state] of states) {
    await updateDocument(store, { kind: "release", id }, (body) => ({
      body: { ...body, state, publishedAt: body.number },
    }));
  }
  // A newer one waits for its turn: what was set on top of what is taken back goes with it, and is told.
  await updateApp(({ activeRollout: _over, ...body }) => ({
    ...body,
    liveRelease: release,
    configVersion: 3,
  }));
  const wish = { app, reason: "loses orders", actor: ana };
  const back = await rollBack({ ...wish, to: undefined }, hands);
  assert.ok(back.ok, JSON.stringify(back));
  assert.equal(back.value.configTakenBack, 3);
  const { configVersion, configTakenBack } = await shop();
  assert.deepEqual([configVersion, configTakenBack?.version, configTakenBack?.by], [1, 3, "ana"]);
  assert.deepEqual(await taken(), { by: "ana", reason: "loses orders" });
  const listed = await listedReleases({ app, limit: 10 }, ports);
  assert.deepEqual(
    listed.map(({ number, takenBack }) => [number, takenBack?.by]),
    [
      [3, undefined],
      [2, "ana"],
      [1, undefined],
    ],
  );

  await updateDocument(store, { kind: "release", id: release }, (body) => ({
    body: { ...body, state: "warm" },
  }));
  world.clock.advance(1_000);
  const forth = await rollBack({ ...wish, to: 2 }, hands);
  assert.ok(forth.ok, JSON.stringify(forth));
  assert.deepEqual([(await shop()).configVersion, forth.value.configTakenBack], [2, undefined]);
  assert.equal(forth.value.restored?.takenBack?.by, "ana", "that it was taken back once is told");
});

test("configuration: one under code that came later is taken back with that", async (context) => {
  const { store, shop, taken, hands, updateApp } = await open(context, "config");
  const pushed = sure(parseId("rel", "rel_000000000003"));
  const body: Release = { ...aRelease(pushed, 3, "live"), configVersion: 2 };
  await store.commit({ documents: [{ kind: "release", id: pushed, app, body }] });
  for (const id of [baseline, release]) {
    await updateDocument(store, { kind: "release", id }, (before) => ({
      body: { ...before, state: "warm", publishedAt: before.number },
    }));
  }
  await updateApp(({ activeRollout: _over, ...before }) => ({
    ...before,
    liveRelease: pushed,
    nextReleaseNumber: 4,
  }));
  const back = await rollBack({ app, reason: "loses orders", actor: ana, to: 1 }, hands);
  assert.ok(back.ok, JSON.stringify(back));
  assert.deepEqual([(await shop()).configVersion, back.value.configTakenBack], [1, 2]);
  assert.deepEqual(await taken(), { by: "ana", reason: "loses orders" });
});

test("configuration: a way back among code alone leaves what waits for its turn", async (context) => {
  const { store, shop, hands, updateApp } = await open(context, "push");
  const states = [
    [baseline, "warm"],
    [release, "live"],
  ] as const;
  for (const [id, state] of states) {
    await updateDocument(store, { kind: "release", id }, (body) => ({
      body: { ...body, state, publishedAt: body.number, configVersion: 1 },
    }));
  }
  await updateApp(({ activeRollout: _over, ...body }) => ({ ...body, liveRelease: release }));
  const wish = { app, reason: "loses orders", actor: ana, to: 1 };
  const back = await rollBack(wish, hands);
  assert.ok(back.ok, JSON.stringify(back));
  const { configVersion, configTakenBack } = await shop();
  assert.deepEqual([configVersion, configTakenBack], [2, undefined]);
  assert.equal(back.value.configTakenBack, undefined);
});

/** A store during whose search for what was signed something happens. */
function during(store: Store, happens: () => Promise<void>): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return async (...input: readonly unknown[]): Promise<unknown> => {
        if (name === "get" && input[0] === "evidence") await happens();
        return await Reflect.apply(member, target, input);
      };
    },
  });
}

// oxfmt-ignore
const starts: readonly (readonly [claim: string, meanwhile: Partial<App>, expected: unknown])[] = [
  ["what nothing starts with is taken back",                             {},                         [1, 2]],
  ["what a push began to carry meanwhile is its matter, started or not", { activeRollout: rollout }, [2, undefined]],
  ["another that was set meanwhile stays",                               { configVersion: 3 },       [3, undefined]],
];
for (const [claim, meanwhile, expected] of starts) {
  test(`configuration: ${claim}`, async (context) => {
    const { store, shop, ports, updateApp } = await open(context, "config");
    const { artifact } = (await store.get("release", baseline))?.body ?? assert.fail("it is kept");
    await updateDocument(store, { kind: "release", id: release }, (body) => ({
      body: { ...body, state: "starting", artifact },
      enqueue: [{ kind: "deliver", key: release, app }],
    }));
    await updateApp(({ activeRollout: _none, ...body }) => body);
    const began = during(store, async () => {
      await updateApp((body) => ({ ...body, ...meanwhile }));
    });
    const signal = AbortSignal.timeout(claimTimeoutMs);
    const lease = await store.claim({ kinds: ["deliver"], worker: "one", leaseMs: 9_000, signal });
    assert.ok(lease !== undefined);
    // It is signed by nobody, so it does not start.
    const { publicKey: key } = generateKeyPairSync("ed25519");
    const signer = { publicKey: key.export({ type: "spki", format: "pem" }) };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it reads these only
    const given = { ...ports, store: began, signer } as unknown as DeliveryPorts;
    await deliverRelease(lease, given, signal);
    assert.equal((await store.get("release", release))?.body.state, "failed");
    const { configVersion, configTakenBack } = await shop();
    assert.deepEqual([configVersion, configTakenBack?.version], expected);
  });
}
