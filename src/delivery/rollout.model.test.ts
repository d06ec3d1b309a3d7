/**
 * The guarantees of a rollout over random histories: what is counted, what people ask for, instances that
 * end, and a server that dies between any two calls to the world and is followed by another.
 */
import { strict as assert } from "node:assert";
import { test } from "node:test";
import fc from "fast-check";
import { bucketCount, finalRolloutStates, type Rollout, type Store } from "#domain";
import { createTestDatabase } from "#ground/storage/testing";
import { app, baseline, release, rollout, storeRollout } from "./plot.testing.ts";
import { type Event, happen, newWorld, serve, type World } from "./rollout-world.testing.ts";

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

const tooMuch = (exposure: number): number => (exposure > 0 ? exposure + 1 : 0);

test("rollout: the checks are red when edges are told more than was written down", async () => {
  const quiet: Moment = [{ kind: "counts", requests: 1, isBad: false }, 0];
  await assert.rejects(live([quiet, quiet], tooMuch), /was not allowed/);
});

/** Lives through a history, then asks for an end and sees it come. */
async function live(
  moments: readonly Moment[],
  tell?: (exposure: number) => number,
): Promise<Lived> {
  await using database = await createTestDatabase();
  const world = newWorld(tell);
  await using store = await database.open({ clock: world.clock });
  const begun = await storeRollout(store, world.clock.now());
  let deaths = 0;
  for (const [at, [happened, dies]] of moments.entries()) {
    await happen(happened, { at, store, world });
    deaths += (await serve(store, world, dies)) === "died" ? 1 : 0;
    await check(store, world, begun);
  }
  await happen({ kind: "command", command: "abort" }, { at: moments.length, store, world });
  // A server of this world stops after a few looks, maybe between the two steps of an end.
  for (let servers = 0; servers < 3; servers += 1) await serve(store, world, 0);
  await checkEnd(store, world);
  return { deaths, exposures: world.exposures };
}

interface Lived {
  readonly deaths: number;
  readonly exposures: readonly number[];
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
