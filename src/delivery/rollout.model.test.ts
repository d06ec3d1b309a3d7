/**
 * The guarantees of a rollout over random histories: what is counted, what people ask for, instances that
 * end, and a server that dies between any two calls to the world and is followed by another.
 */
import { strict as assert } from "node:assert";
import { test } from "node:test";
import fc from "fast-check";
import { Wakes } from "#std";
import {
  bucketCount,
  type Clock,
  type DataPlane,
  finalRolloutStates,
  latencyCells,
  type Rollout,
  type RolloutCommand,
  type Runtime,
  type Store,
} from "#domain";
import { driveRollout, routePublisher, type RolloutPorts, updateDocument } from "#delivery/rollout";
import { createTestDatabase, silentLog } from "#ground/storage/testing";
import { commandRollout } from "./command-rollout.ts";
import { app, baseline, release, rollout, storeRollout } from "./plot.testing.ts";
import { type DeliveryPorts } from "./ports.ts";
import { rolloutEnding } from "./rollout-ending.ts";

type Event =
  | { readonly kind: "counts"; readonly requests: number; readonly isBad: boolean }
  | { readonly kind: "command"; readonly command: RolloutCommand["kind"] }
  | { readonly kind: "exit" };
/** An event, and after how many calls to the world the server that sees it dies; 0: it lives. */
type Moment = readonly [Event, number];

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 5, arbitrary: counts() },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("command" as const),
      command: fc.constantFrom("pause", "resume", "promote", "abort", "supersede"),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "exit" as const }) },
);

function counts(): fc.Arbitrary<Event> {
  return fc.record({
    kind: fc.constant("counts" as const),
    requests: fc.integer({ min: 1, max: 60 }),
    isBad: fc.boolean(),
  });
}

class Died extends Error {}
const histories = 8;

test("rollout: whatever happens and whoever dies, exposure keeps to the guarantees", async () => {
  let endedCount = 0;
  let deathCount = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(event, fc.nat(25)), { minLength: 2, maxLength: 8 }),
      async (moments) => {
        const { deaths } = await live(moments);
        endedCount += 1;
        deathCount += deaths;
      },
    ),
    { numRuns: histories },
  );
  assert.equal(endedCount, histories);
  assert.ok(deathCount > 1, "servers did die");
});

test("rollout: what is being taken away is not let in again, wherever its server died", async () => {
  let tookAwayCount = 0;
  for (let dies = 1; dies <= 22; dies += 3) {
    const { exposures } = await live([
      [{ kind: "counts", requests: 1, isBad: false }, 0],
      [{ kind: "counts", requests: 60, isBad: true }, dies],
      [{ kind: "command", command: "promote" }, 0],
    ]);
    const first = exposures.findIndex((exposure) => exposure > 0);
    tookAwayCount += exposures.includes(0, first) ? 1 : 0;
  }
  assert.ok(tookAwayCount > 3, "candidates were taken away");
});

/** Lives through a history, then asks for an end and sees it come. */
async function live(moments: readonly Moment[]): Promise<Lived> {
  await using database = await createTestDatabase();
  const world = newWorld();
  await using store = await database.open({ clock: world.clock });
  const begun = await storeRollout(store, world.clock.now());
  let deaths = 0;
  for (const [at, [happened, dies]] of moments.entries()) {
    await happen(happened, { at, store, world });
    deaths += (await serve(store, world, dies)) === "died" ? 1 : 0;
    await check(store, world, begun);
  }
  await happen({ kind: "command", command: "abort" }, { at: moments.length, store, world });
  await serve(store, world, 0);
  await checkEnd(store, world);
  return { deaths, exposures: world.exposures };
}

interface Lived {
  readonly deaths: number;
  readonly exposures: readonly number[];
}

interface World {
  readonly clock: Clock & { advance(ms: number): void };
  /** What edges were told, in order: exposure, and whether the store said so before. */
  readonly exposures: number[];
}

function newWorld(): World {
  let now = 1_800_000_000_000;
  const clock = {
    now: () => now,
    random: () => 0.5,
    // Time passes with each wait, so that nobody waits.
    sleep: async (ms: number) => {
      now += Math.min(ms, 1_000);
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    },
    advance(ms: number) {
      now += ms;
    },
  };
  return { clock, exposures: [] };
}

/** One server: claims the rollout, looks at it a few times, and stops, or dies after `calls` calls. */
async function serve(store: Store, world: World, calls: number): Promise<"stopped" | "died"> {
  const stop = new AbortController();
  let looks = 0;
  const clock: Clock = {
    ...world.clock,
    async sleep(ms, signal) {
      looks += 1;
      if (looks > 2) stop.abort();
      await world.clock.sleep(ms, signal);
    },
  };
  world.clock.advance(60_000); // whatever lease a dead one held has run out
  const lease = await store.claim({
    kinds: ["rollout"],
    worker: "one",
    leaseMs: 9_000,
    signal: AbortSignal.timeout(100),
  });
  if (lease === undefined) return "stopped";
  const ports = portsOf(mortal(store, calls), world, clock);
  const routes = routePublisher(ports);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the ending uses store, clock and wakes
  const ending = rolloutEnding(ports as DeliveryPorts);
  try {
    await driveRollout(lease, { ports, routes, ending }, stop.signal);
    return "stopped";
  } catch (error) {
    if (!(error instanceof Died)) throw error;
    return "died";
  }
}

/** The store of a server that dies: a write may have been done, and the server does not hear of it. */
function mortal(store: Store, calls: number): Store {
  let left = calls;
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function" || calls === 0) return member;
      return async (...input: readonly unknown[]): Promise<unknown> => {
        left -= 1;
        if (left === 0 && calls % 2 === 0) throw new Died();
        const output: unknown = await Reflect.apply(member, target, input);
        if (left === 0) throw new Died();
        return output;
      };
    },
  });
}

function portsOf(store: Store, world: World, clock: Clock): RolloutPorts {
  const dataPlane: DataPlane = {
    name: "a data plane that remembers what it was told",
    async apply(table) {
      const told = table.apps.find((each) => each.app === app);
      world.exposures.push(told?.rollout?.exposure ?? 0);
      return { version: table.version, at: clock.now(), edges: ["edge-0"], missing: [] };
    },
    drain: async () => ({ cut: 0 }),
    async *intervals() {},
    acknowledge: () => undefined,
    urlOf: (host) => `http://${host}`,
  };
  const runtime: Runtime = {
    name: "a runtime that is only asked for logs",
    sandboxLevel: async () => 0,
    findings: async () => [],
    step: () => assert.fail("no step is run"),
    start: () => assert.fail("nothing is started"),
    stop: () => assert.fail("the controller stops nothing"),
    instances: async () => [],
    async *exits() {},
    async *logs() {},
  };
  return { store, runtime, dataPlane, clock, log: silentLog, dataDir: "/", wakes: new Wakes() };
}

async function happen(
  happened: Event,
  { at, store, world }: { readonly at: number; readonly store: Store; readonly world: World },
): Promise<void> {
  const ports = portsOf(store, world, world.clock);
  switch (happened.kind) {
    case "counts":
      await count(store, { at, ...happened, now: world.clock.now() });
      return;
    case "command": {
      const stored = await store.get("rollout", rollout);
      assert.ok(stored !== undefined);
      const asked = { kind: happened.command, by: "ana", reason: "so" };
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a command uses store, clock and wakes
      await commandRollout(stored.body, asked, ports as DeliveryPorts);
      return;
    }
    case "exit":
      await updateDocument(store, { kind: "release", id: release }, (before) => ({
        body: {
          ...before,
          crash: { exitsAt: [world.clock.now()], lastExit: "exit code 1", isLoop: false },
        },
      }));
      return;
    default:
      return happened satisfies never;
  }
}

interface Counted {
  readonly at: number;
  readonly requests: number;
  readonly isBad: boolean;
  readonly now: number;
}

/** Both arms get the same requests; of a bad candidate's all fail. */
async function count(store: Store, { at, requests, isBad, now }: Counted): Promise<void> {
  const exposure = (await store.get("rollout", rollout))?.body.exposure ?? 0;
  if (exposure === 0) return;
  const users = Array.from({ length: requests }, (_, user) =>
    (at * 1_000 + user).toString(16).padStart(16, "0"),
  );
  const row = (arm: "baseline" | "candidate") => {
    const isHarmed = isBad && arm === "candidate";
    return {
      app,
      release: arm === "candidate" ? release : baseline,
      arm,
      rollout,
      exposure,
      assignedBy: "random" as const,
      requests,
      errors: isHarmed ? requests : 0,
      connectionFailures: 0,
      unkeyedRequests: 0,
      latency: Array.from({ length: latencyCells }, (_, cell) => (cell === 3 ? requests : 0)),
      harmedUsers: isHarmed ? users : [],
      seenUsers: users,
      isUserSetFull: false,
      failures: [],
    };
  };
  await store.recordInterval({
    edge: "edge-0",
    boot: "b",
    seq: at + 1,
    startAt: now - 1_000,
    endAt: now,
    tableVersion: 1,
    rows: [row("baseline"), row("candidate")],
  });
}

/** What holds after every server, dead or alive. */
async function check(store: Store, world: World, begun: Rollout): Promise<void> {
  const [stored, shop] = await Promise.all([store.get("rollout", rollout), store.get("app", app)]);
  assert.ok(stored !== undefined && shop !== undefined);
  const { state, command } = stored.body;
  const cap = (begun.policy.exposureMaxPercent / 100) * bucketCount;
  const isPromoted = command?.kind === "promote" || state === "promoted";
  const entries = await store.entries({ after: 0, limit: 1_000, app });
  const journaled = entries.flatMap((entry) =>
    entry.type === "dev.tidegate.rollout.exposure_changed" ? [entry.data.to] : [],
  );
  const isOpened = wasPromoted(entries, isPromoted);
  checkExposures(world.exposures, (exposure) =>
    exposure === bucketCount ? isOpened : exposure <= cap && journaled.includes(exposure),
  );
  assert.equal(shop.body.activeRollout === undefined, finalRolloutStates.has(state));
  assert.equal(shop.body.liveRelease, state === "promoted" ? release : baseline);
}

/** Never above the policy nor before the journal, never less while it lives, never again once away. */
function checkExposures(
  exposures: readonly number[],
  isAllowed: (exposure: number) => boolean,
): void {
  let last = 0;
  let isTakenAway = false;
  for (const exposure of exposures) {
    assert.ok(exposure === 0 || isAllowed(exposure), `exposure ${exposure} was not allowed`);
    assert.ok(exposure === 0 || !isTakenAway, "what was taken away came back");
    assert.ok(exposure === 0 || exposure >= last, "exposure shrank while the rollout lived");
    isTakenAway ||= last > 0 && exposure === 0;
    last = exposure;
  }
}

function wasPromoted(
  entries: Awaited<ReturnType<Store["entries"]>>,
  isPromotedNow: boolean,
): boolean {
  return (
    isPromotedNow ||
    entries.some(
      ({ type, data }) =>
        type === "dev.tidegate.rollout.commanded" &&
        "command" in data &&
        data.command === "promote",
    )
  );
}

async function checkEnd(store: Store, world: World): Promise<void> {
  const [stored, before, candidate] = await Promise.all([
    store.get("rollout", rollout),
    store.get("release", baseline),
    store.get("release", release),
  ]);
  assert.ok(stored !== undefined && finalRolloutStates.has(stored.body.state), "it came to an end");
  const isPromoted = stored.body.state === "promoted";
  assert.equal(before?.body.state, isPromoted ? "warm" : "live");
  assert.equal(candidate?.body.state, isPromoted ? "live" : "stopped");
  assert.equal(world.exposures.at(-1), 0, "a rollout that is over routes nobody by chance");
  const ends = (await store.entries({ after: 0, limit: 1_000, app })).filter(({ type }) =>
    ["dev.cdevents.service.published", "dev.cdevents.service.rolledback"].includes(type),
  );
  assert.equal(ends.length, 1, "its end is told once");
}
