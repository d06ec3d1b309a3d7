/**
 * The guarantees of rollouts that go together, over random histories of two apps: what is counted of each, what
 * people say to either, instances that end, time that passes, a store that is away, a lease that is lost, and
 * a server that dies between any two calls to the world. Whatever happens, every table that an edge is told has
 * both apps at the same exposure, and both come to the same end.
 */
import { strict as assert } from "node:assert";
import { test } from "node:test";
import fc from "fast-check";
import {
  bucketCount,
  finalRolloutStates,
  type Rollout,
  type RolloutPolicy,
  type RouteTable,
  type Store,
} from "#domain";
import { fullExposure } from "#delivery/rollout";
import { createTestDatabase } from "#ground/storage/testing";
import { storeJointRollout } from "./joint-plot.testing.ts";
import {
  bad,
  down,
  good,
  maybe,
  maybeTrouble,
  minuteMs,
  told,
  steps,
  up,
} from "./rollout-events.testing.ts";
import {
  type Event,
  happen,
  newWorld,
  type Party,
  serve,
  storeClock,
  type Trouble,
  type World,
} from "./rollout-world.testing.ts";

/** What happens to one of the two: 0 leads, 1 is led. */
type Told = readonly [event: Event, to: 0 | 1, befalls: Trouble];

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: maybe.counts },
  { weight: 3, arbitrary: maybe.word },
  { weight: 2, arbitrary: maybe.wordToStep },
  { weight: 2, arbitrary: maybe.time },
  { weight: 2, arbitrary: maybe.instance },
);
const trouble = maybeTrouble(45);

const baking: Partial<RolloutPolicy> = {
  strategy: "all-at-once",
  bake: { forMs: 720 * minuteMs, controlPercent: 10 },
};
const policies: readonly Partial<RolloutPolicy>[] = [{}, steps, baking];

test("together: whatever happens and whoever dies, both apps are exposed alike and end alike", async () => {
  let deaths = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...policies),
      fc.array(fc.tuple(event, fc.constantFrom(0 as const, 1 as const), trouble), {
        minLength: 2,
        maxLength: 7,
      }),
      async (policy, history) => {
        deaths += (await live(history, { policy })).deaths;
      },
    ),
    { numRuns: 10 },
  );
  assert.ok(deaths > 1, "servers did die");
});

/** The stories of two, and how each has to end for both. */
// oxfmt-ignore
const stories: readonly (readonly [claim: string, Partial<RolloutPolicy>, readonly (readonly [Event, 0 | 1])[], Rollout["state"]])[] = [
  ["harm in the one that is led takes both back",        {},     [[good, 0], [good, 1], [good, 0], [bad, 1], [bad, 1]], "rolled_back"],
  ["harm in the one that leads takes both back",         {},     [[good, 1], [bad, 0], [bad, 0]],                       "rolled_back"],
  ["a word to one is a word to both",                    {},     [[good, 0], [good, 1], [told("abort"), 1]],            "rolled_back"],
  ["one that is not safe keeps the other from going on", {},     [[good, 0], [good, 0], [good, 0], [told("abort"), 0]], "rolled_back"],
  ["everybody is let into both",                         {},     [[good, 0], [told("promote"), 1], [good, 0]],          "promoted"],
  ["late harm in one takes both back from everybody",    baking, [[good, 0], [good, 1], [bad, 1], [bad, 1]],            "rolled_back"],
  ["nobody goes back while one has nothing to go back to", baking, [[good, 0], [down("baseline"), 1], [told("abort"), 0], [up("baseline"), 1], [good, 0]], "rolled_back"],
];
for (const [claim, policy, events, expected] of stories) {
  test(`together: ${claim}`, async () => {
    const history = events.map(([happened, to]): Told => [happened, to, {}]);
    const { states } = await live(history, { policy, isLeftAlone: true });
    assert.deepEqual(states, [expected, expected]);
  });
}

test("together: a controller that dies at any point of a verdict leaves neither app alone with its users", async () => {
  for (let dies = 1; dies <= 60; dies += 6) {
    const { states } = await live(
      [
        [good, 0, {}],
        [good, 1, {}],
        [bad, 1, { dies }],
      ],
      { isLeftAlone: true, more: [[bad, 1, {}]] },
    );
    assert.deepEqual(states, ["rolled_back", "rolled_back"], `died after ${dies} calls`);
  }
});

test("together: a controller that dies at any point of a publication publishes both, once", async () => {
  for (let dies = 1; dies <= 60; dies += 8) {
    const { states } = await live(
      [
        [good, 0, { dies }],
        [good, 1, {}],
        [{ kind: "time", minutes: 1_000 }, 0, { dies }],
      ],
      { policy: baking, isLeftAlone: true },
    );
    assert.deepEqual(states, ["promoted", "promoted"], `died after ${dies} calls`);
  }
});

test("together: the checks are red when one app is told more than the other", async () => {
  await assert.rejects(
    live([[good, 0, {}]], { isLeftAlone: true, falsify: true }),
    /both apps are exposed alike/,
  );
});

interface Conditions {
  readonly policy?: Partial<RolloutPolicy>;
  /** Nobody ends it in the end. */
  readonly isLeftAlone?: boolean;
  /** Happens after the history, each with a server that lives. */
  readonly more?: readonly Told[];
  /** Tables are read as if the second app had one bucket more. */
  readonly falsify?: boolean;
}

interface Lived {
  readonly deaths: number;
  readonly states: readonly (Rollout["state"] | undefined)[];
}

/** Lives through a history, then asks for an end and sees it come for both. */
async function live(history: readonly Told[], conditions: Conditions): Promise<Lived> {
  await using database = await createTestDatabase();
  const time = newWorld();
  await using store = await database.open({ clock: storeClock(time) });
  const parties = await storeJointRollout(store, time.clock.now(), conditions.policy);
  const [leader] = parties;
  assert.ok(leader !== undefined);
  const world = { ...time, driven: leader.rollout };
  let deaths = 0;
  for (const [at, [happened, to, befalls]] of [...history, ...(conditions.more ?? [])].entries()) {
    const on = parties[to] ?? leader;
    await happen({ ...happened, on }, { at, store, world });
    deaths += (await serve(store, world, befalls)) === "died" ? 1 : 0;
    await check(store, world, { parties, ...conditions });
  }
  if (conditions.isLeftAlone !== true) {
    for (const on of parties) await happen({ ...up("baseline"), on }, { at: 0, store, world });
    await happen({ ...told("abort"), on: parties[1] ?? leader }, { at: 99, store, world });
  }
  for (let servers = 0; servers < 4; servers += 1) await serve(store, world, {});
  await check(store, world, { parties, ...conditions });
  return { deaths, states: await checkEnd(store, parties) };
}

interface Checked extends Conditions {
  readonly parties: readonly Party[];
}

/** What holds after every server, dead or alive. */
async function check(store: Store, world: World, at: Checked): Promise<void> {
  const bodies = await bodiesOf(store, at.parties);
  for (const part of ["state", "exposure", "salt", "publishedAt"] as const) {
    assert.deepEqual(new Set(bodies.map((body) => body[part])).size, 1, `both have one ${part}`);
  }
  checkTables(world.tables, at, bodies);
  for (const { app, rollout } of at.parties) {
    const stored = await store.get("app", app);
    const isOver = finalRolloutStates.has(bodies[0]?.state ?? "running");
    assert.equal(stored?.body.activeRollout, isOver ? undefined : rollout);
  }
}

/** In every table both alike; never above the policy, never less while it lives, never again once away. */
function checkTables(tables: readonly RouteTable[], at: Checked, bodies: readonly Rollout[]): void {
  let last = 0;
  let isTakenAway = false;
  for (const table of tables) {
    const shares = at.parties.map((party) => shareOf(table, party));
    const [first = 0, second = 0] = shares;
    assert.equal(first, at.falsify === true ? second + 1 : second, "both apps are exposed alike");
    const policy = bodies[0]?.policy;
    assert.ok(policy !== undefined);
    const cap = (policy.exposureMaxPercent / 100) * bucketCount;
    assert.ok(first <= cap || first >= fullExposure(policy), `${first} is above the policy`);
    assert.ok(first === 0 || !isTakenAway, "what was taken away came back");
    assert.ok(first === 0 || first >= last, "exposure shrank while it lived");
    isTakenAway ||= last > 0 && first === 0;
    last = first;
  }
}

/** Buckets that the candidate of an app has by a table. */
function shareOf({ apps }: RouteTable, { app, release }: Party): number {
  const route = apps.find((each) => each.app === app);
  if (route?.rollout !== undefined) return route.rollout.exposure;
  return route?.baseline?.release === release ? bucketCount : 0;
}

async function checkEnd(
  store: Store,
  parties: readonly Party[],
): Promise<readonly (Rollout["state"] | undefined)[]> {
  const bodies = await bodiesOf(store, parties);
  for (const [index, { release, baseline }] of parties.entries()) {
    const state = bodies[index]?.state ?? "running";
    assert.ok(finalRolloutStates.has(state), "it came to an end");
    const [candidate, before] = await Promise.all([
      store.get("release", release),
      store.get("release", baseline),
    ]);
    const isPromoted = state === "promoted";
    assert.equal(candidate?.body.state, isPromoted ? "live" : "stopped");
    assert.equal(before?.body.state, isPromoted ? "warm" : "live");
  }
  const entries = await store.entries({ after: 0, limit: 1_000 });
  for (const { app } of parties) {
    const own = entries.filter((entry) => entry.app === app);
    const ends = own.filter(({ type }) => type === "dev.cdevents.service.rolledback");
    const starts = own.filter(({ type }) => type === "dev.cdevents.service.published");
    assert.ok(ends.length <= 1 && starts.length <= 1, "each end is told once");
  }
  return bodies.map(({ state }) => state);
}

async function bodiesOf(store: Store, parties: readonly Party[]): Promise<readonly Rollout[]> {
  const stored = await Promise.all(
    parties.map(async ({ rollout }) => await store.get("rollout", rollout)),
  );
  return stored.flatMap((each) => (each === undefined ? [] : [each.body]));
}
