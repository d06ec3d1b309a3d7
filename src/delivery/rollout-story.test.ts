/** What becomes of a rollout, case by case, over PostgreSQL. */
import { strict as assert } from "node:assert";
import { test, type TestContext } from "node:test";
import { bucketCount, parseId, type Actor, type Rollout, type RolloutPolicy } from "#domain";
import { formatInstant } from "#std";
import { noteOf, renderEntry } from "#delivery/feedback";
import { routePublisher, updateDocument } from "#delivery/rollout";
import { storeDuring } from "#ground/storage/testing";
import { changeConfig } from "./change-config.ts";
import type { Hands } from "./hands.ts";
import {
  aChange,
  app,
  aRelease,
  baseline,
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

const ana: Actor = { name: "ana", grants: [] };

async function open(context: TestContext, policy: Partial<RolloutPolicy> = {}) {
  const world = newWorld();
  const store = await storeDuring(context, storeClock(world));
  await storeRollout(store, world.clock.now(), policy);
  let at = 0;
  /** Lets something happen, and a server look at it. */
  const step = async (...events: readonly Event[]): Promise<Rollout> => {
    for (const event of events) {
      at += 1;
      await happen(event, { at, store, world });
    }
    await serve(store, world);
    const stored = await store.get("rollout", rollout);
    assert.ok(stored !== undefined);
    return stored.body;
  };
  const states = async () => {
    const [shop, change, before, candidate] = await Promise.all([
      store.get("app", app),
      store.get("change", aChange.id),
      store.get("release", baseline),
      store.get("release", release),
    ]);
    return {
      live: shop?.body.liveRelease,
      change: change?.body.state,
      baseline: before?.body.state,
      candidate: candidate?.body.state,
    };
  };
  const ports = portsOf(store, world, world.clock);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- asking uses store, clock and wakes
  return { world, store, step, states, ports: ports as DeliveryPorts };
}

const harm: Event = { kind: "counts", requests: 60, isBad: true };
const takenBack = {
  live: baseline,
  change: "rolled_back",
  baseline: "live",
  candidate: "stopped",
} as const;

test("rollout: without a verdict it is held when its time is over, and exposure stays", async (context) => {
  const { world, step, states } = await open(context);
  const begun = await step();
  assert.ok(begun.exposure > 0);
  world.clock.advance(begun.policy.maxDurationMs);
  const held = await step();
  assert.equal(held.state, "held");
  assert.equal(held.exposure, begun.exposure);
  assert.match(held.reason, /^no verdict within /);
  assert.equal((await states()).change, "held");
});

test("rollout: a candidate that crashes again and again is taken away", async (context) => {
  const { store, step, states, world } = await open(context);
  await step();
  const now = world.clock.now();
  const crash = { exitsAt: [now, now, now, now, now], lastExit: "exit code 1", isLoop: true };
  await updateDocument(store, { kind: "release", id: release }, (body) => ({
    body: { ...body, crash },
  }));
  await step();
  const over = await step();
  assert.equal(over.state, "rolled_back");
  assert.match(over.reason, /exit code 1/);
  assert.deepEqual(await states(), takenBack);
});

// oxfmt-ignore
const exits: readonly (readonly [claim: string, secondsAgo: readonly number[], isTakenAway: boolean])[] = [
  ["two within a minute take it away",           [59, 0],                                          true],
  ["two a minute apart do not",                  [60, 0],                                          false],
  ["ten, a minute from one to the next, do not", [540, 480, 420, 360, 300, 240, 180, 120, 60, 0], false],
];
for (const [claim, secondsAgo, isTakenAway] of exits) {
  test(`rollout: of a candidate's exits ${claim}`, async (context) => {
    const { store, step, world } = await open(context);
    await step();
    const now = world.clock.now();
    const exitsAt = secondsAgo.map((seconds) => now - seconds * 1_000);
    await updateDocument(store, { kind: "release", id: release }, (body) => ({
      body: { ...body, crash: { exitsAt, lastExit: "exit code 1", isLoop: isTakenAway } },
    }));
    await step();
    assert.equal((await step()).state === "rolled_back", isTakenAway);
  });
}

test("rollout: harm that shows while its server is dead takes everybody back, and for good", async (context) => {
  const { store, step, states, world } = await open(context);
  await step();
  const now = world.clock.now();
  // What a server leaves behind that dies between letting everybody in and saying so.
  const command = { kind: "promote", by: "rollout", reason: "errors: safe", at: now } as const;
  await updateDocument(store, { kind: "rollout", id: rollout }, (body) => ({
    body: { ...body, exposure: bucketCount, command },
  }));
  const crash = { exitsAt: [now, now, now, now, now], lastExit: "exit code 1", isLoop: true };
  await updateDocument(store, { kind: "release", id: release }, (body) => ({
    body: { ...body, crash },
  }));
  const over = await step({ kind: "command", command: "promote" });
  assert.equal(over.state, "rolled_back");
  assert.deepEqual(await states(), takenBack);
  const opened = world.exposures.lastIndexOf(bucketCount);
  assert.ok(opened >= 0 && world.exposures.slice(opened + 1).every((each) => each === 0));
});

/** Proven by its users; by requests, of which busy users have many, it would not be. */
const narrowHarm: Event = {
  kind: "counts",
  requests: 60,
  isBad: false,
  errors: { baseline: 6, candidate: 25 },
};
// oxfmt-ignore
const servers: readonly (readonly [claim: string, dies: boolean])[] = [
  ["the server that took it away",  false],
  ["the one that follows it",       true],
];
for (const [claim, dies] of servers) {
  test(`rollout: the verdict that took a candidate away is told by ${claim}, whatever comes late`, async (context) => {
    const { store, step, world } = await open(context);
    const { exposure } = await step();
    await happen(narrowHarm, { at: 40, store, world });
    let isLate = true;
    const clock = {
      ...world.clock,
      async sleep(ms: number, signal: AbortSignal) {
        if (isLate && world.exposures.at(-1) === 0) {
          isLate = false;
          // Users that are not told apart any more are judged by their requests.
          const late = { requests: 1, isBad: false, exposure, isUserSetFull: true };
          await happen({ kind: "counts", ...late }, { at: 41, store, world });
          if (dies) throw new Error("the server dies");
        }
        await world.clock.sleep(ms, signal);
      },
    };
    const first = serve(store, { ...world, clock });
    await (dies ? assert.rejects(first, /the server dies/) : first);
    const over = await step();
    assert.deepEqual([over.state, over.verdict.kind], ["rolled_back", "harmful"]);
    assert.equal(over.verdict.guardrails.find(({ name }) => name === "errors")?.unit, "users");
    assert.equal(over.totals.candidateRequests, 61, "and all is counted");
    const entries = await store.entries({ after: 0, limit: 1_000, app });
    const told = entries.flatMap((entry) =>
      entry.type === "dev.cdevents.service.rolledback" ? [entry.data.verdict.kind] : [],
    );
    assert.deepEqual(told, ["harmful"]);
  });
}

test("rollout: its end is told with the numbers of one moment, in its document, its entry, the note and the push", async (context) => {
  const { store, step, world } = await open(context);
  const { exposure } = await step();
  await happen(narrowHarm, { at: 40, store, world });
  let isLate = true;
  const clock = {
    ...world.clock,
    async sleep(ms: number, signal: AbortSignal) {
      if (isLate && world.exposures.at(-1) === 0) {
        isLate = false;
        const late = {
          requests: 60,
          exposure,
          isBad: false,
          errors: { baseline: 1, candidate: 9 },
        };
        await happen({ kind: "counts", ...late }, { at: 41, store, world });
      }
      await world.clock.sleep(ms, signal);
    },
  };
  await serve(store, { ...world, clock });
  const over = await step();
  const { totals, verdict, reason } = over;
  const failed = `${totals.candidateErrors} of ${totals.candidateRequests}`;
  assert.equal(totals.candidateErrors, 34, "those that came late are among them");
  assert.ok(verdict.sentence.includes(`(${failed};`), verdict.sentence);
  assert.equal(reason, verdict.sentence);
  const entries = await store.entries({ after: 0, limit: 1_000, app });
  const end = entries.find(({ type }) => type === "dev.cdevents.service.rolledback");
  assert.ok(end?.type === "dev.cdevents.service.rolledback");
  const { data } = end;
  assert.deepEqual([data.because, data.verdict, data.totals], [reason, verdict, totals]);
  const change = (await store.get("change", aChange.id))?.body;
  assert.ok(change !== undefined);
  const told = { change, startedAt: 0, url: "http://shop.localhost" };
  const harmed = `${totals.usersHarmed} of ${totals.usersExposed}`;
  const push = renderEntry(end, told).join("\n");
  const note = noteOf(change, entries);
  for (const text of [push, note]) {
    assert.ok(text.includes(failed), text);
    assert.ok(text.includes(harmed), text);
  }
  assert.ok(note.includes(verdict.sentence), note);
});

test("rollout: reason and verdict are of one moment, and where nobody comes nothing is forecast", async (context) => {
  const { step, world } = await open(context);
  await step();
  const now = (): number => world.clock.now();
  const busy = await step({ kind: "counts", requests: 60, isBad: false });
  const countedAt = now() - 60_000; // a server waits for the lease of the one before
  assert.equal(busy.verdict.kind, "not_enough_evidence");
  world.clock.advance(600_000);
  const quiet = await step();
  const since = `no request has been counted since ${formatInstant(countedAt)}`;
  assert.ok(quiet.verdict.sentence.includes(since), quiet.verdict.sentence);
  assert.ok(quiet.reason.endsWith(quiet.verdict.sentence), quiet.reason);
  assert.ok(quiet.verdict.guardrails.every(({ forecastMs }) => forecastMs === undefined));
  const backAt = now();
  const back = await step({ kind: "counts", requests: 1, isBad: false });
  assert.ok(back.verdict.sentence.includes(`since ${formatInstant(backAt)}`), "or since then");
});

test("rollout: a command that was acknowledged is not lost to one that follows at once", async (context) => {
  const { step } = await open(context, {
    strategy: "steps",
    steps: [{ weightPercent: 5, forMs: 0, until: "approval" }],
  });
  await step();
  const { state, step: passed } = await step(
    { kind: "command", command: "approve", step: 1 },
    { kind: "command", command: "pause" },
  );
  // It was the only gate: behind it is everybody.
  assert.deepEqual([state, passed?.approval?.by], ["promoted", "ana"]);
});

const withControl: Partial<RolloutPolicy> = {
  strategy: "all-at-once",
  bake: { forMs: 60 * 60_000, controlPercent: 10 },
};

test("rollout: a bake that cannot be judged asks a person once, and the change stays live", async (context) => {
  const { store, step, states } = await open(context, withControl);
  await step();
  const baking = await step({ kind: "counts", requests: 60, isBad: false, isSkewed: true });
  assert.deepEqual([baking.state, baking.publishedAt !== undefined], ["baking", true]);
  // What cannot be judged, and by which numbers, is the verdict's to say.
  assert.deepEqual(
    [baking.reason, baking.verdict.kind],
    ["the bake cannot be judged", "split_broken"],
  );
  const again = await step();
  assert.equal(again.waitsSince, baking.waitsSince ?? "asked at no time");
  const entries = await store.entries({ after: 0, limit: 1_000, app });
  const asked = entries.filter(({ type }) => type === "dev.tidegate.rollout.held");
  assert.equal(asked.length, 1);
  assert.equal((await states()).change, "live");
  const { state, waitsSince } = await step({ kind: "command", command: "promote" });
  assert.deepEqual([state, waitsSince], ["promoted", undefined]);
});

test("rollout: an edge that starts again in a quiet bake asks nobody", async (context) => {
  const { store, step, world } = await open(context, withControl);
  await step();
  const baking = await step({ kind: "counts", requests: 60, isBad: false });
  assert.equal(baking.state, "baking");
  world.clock.advance(20 * 60_000); // and nobody came
  world.edgesMissing.push("edge-0");
  const away = await step();
  assert.deepEqual([away.state, away.waitsSince], ["baking", undefined], away.reason);
  world.edgesMissing.pop();
  assert.equal((await step()).waitsSince, undefined);
  const entries = await store.entries({ after: 0, limit: 1_000, app });
  assert.ok(!entries.some(({ type }) => type === "dev.tidegate.rollout.held"));
});

test("rollout: a person who promotes lets everybody in", async (context) => {
  const { world, step, states } = await open(context);
  await step();
  await step({ kind: "command", command: "promote" });
  assert.equal((await step()).state, "promoted");
  assert.ok(world.exposures.includes(bucketCount));
  const { live, change, baseline: before } = await states();
  assert.deepEqual([live, change, before], [release, "live", "warm"]);
});

test("rollout: harm takes the candidate away, also while a person has paused it", async (context) => {
  const { step, states } = await open(context);
  await step();
  const paused = await step({ kind: "command", command: "pause" });
  assert.equal(paused.state, "paused");
  await step(harm);
  const over = await step();
  assert.equal(over.state, "rolled_back");
  assert.deepEqual(await states(), takenBack);
});

test("rollout: going back during one takes the candidate away, and what was live stays", async (context) => {
  const { step, states, ports, store, world } = await open(context);
  await step();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing is started, so nobody keeps it
  const hands = { ports, routes: routePublisher(ports) } as Hands;
  const asked = rollBack({ app, to: undefined, reason: "wrong totals", actor: ana }, hands);
  const answered = new AbortController();
  const stop = (): void => answered.abort();
  asked.then(stop, stop);
  while (!answered.signal.aborted) await serve(store, world);
  const answer = await asked;
  assert.ok(answer.ok, JSON.stringify(answer));
  assert.equal(answer.value.release.id, baseline);
  const { live, baseline: before, candidate } = await states();
  assert.deepEqual([live, before, candidate], [baseline, "live", "stopped"]);
  const [said] = await store.entries({
    after: 0,
    limit: 10,
    types: ["dev.tidegate.rollback.asked"],
  });
  assert.deepEqual(said?.data, { reason: "wrong totals" });
  assert.match((await store.get("rollout", rollout))?.body.reason ?? "", /: wrong totals/);
  const by = (await store.get("change", aChange.id))?.body.takenBackBy;
  assert.deepEqual(by, { name: "ana", reason: "wrong totals", wasLive: false });
});

test("rollout: who asks for a release that nobody had, or that is gone, ends none by it", async (context) => {
  const { step, ports, store, states } = await open(context);
  await step();
  const held = { ...ports, shelf: { holds: async () => false } };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is refused before anything is started
  const hands = { ports: held, routes: routePublisher(ports) } as unknown as Hands;
  const codeOf = async (to: number) => {
    const answer = await rollBack({ app, to, reason: "", actor: ana }, hands);
    return answer.ok ? "done" : answer.error.code;
  };
  const number = (await store.get("release", release))?.body.number ?? 0;
  assert.equal(await codeOf(99), "not_found");
  assert.equal(await codeOf(number), "wrong_state");
  const id = parseId("rel", "rel_000000000007");
  assert.ok(id.ok);
  const old = { ...aRelease(id.value, 7, "stopped"), publishedAt: 1 };
  await store.commit({
    documents: [{ kind: "release", id: old.id, app, body: old, ifVersion: 0 }],
  });
  assert.equal(await codeOf(7), "unavailable");
  assert.equal((await states()).live, baseline);
  assert.equal((await store.get("app", app))?.body.activeRollout, rollout);
  assert.equal((await store.get("rollout", rollout))?.body.command, undefined);
});

test("rollout: a configuration is not changed under one, and who asks is told what to do", async (context) => {
  const { step, ports, store } = await open(context);
  await step();
  const answer = await changeConfig({ app, set: { COLOUR: "red" }, unset: [] }, ana, ports);
  assert.ok(!answer.ok && answer.error.code === "wrong_state");
  assert.match(answer.error.next, /tidegate rollout abort/);
  await step({ kind: "command", command: "abort" });
  await step();
  assert.equal(
    (await changeConfig({ app, set: { COLOUR: "red" }, unset: [] }, ana, ports)).ok,
    true,
  );
  assert.deepEqual((await store.get("config", `${app}:1`))?.body.values, { COLOUR: "red" });
});
