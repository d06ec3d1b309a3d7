/**
 * The guarantees of a rollout over random histories and policies: what is counted, what people ask for,
 * instances that end, time that passes, a store that is away, a lease that is lost, and a server that dies
 * between any two calls to the world and is followed by another. Then the races that other controllers
 * were caught in, each by name.
 */
import { strict as assert } from "node:assert";
import { test } from "node:test";
import fc from "fast-check";
import {
  bucketCount,
  finalRolloutStates,
  type JournalEntry,
  type Rollout,
  type RolloutPolicy,
  type Store,
} from "#domain";
import { fullExposure } from "#delivery/rollout";
import { createTestDatabase } from "#ground/storage/testing";
import { app, baseline, release, rollout, storeRollout } from "./plot.testing.ts";
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
  serve,
  storeClock,
  type Trouble,
  type World,
} from "./rollout-world.testing.ts";

/** An event, and what befalls the server that sees it. */
type Moment = readonly [Event, Trouble];

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 5, arbitrary: maybe.counts },
  { weight: 3, arbitrary: maybe.word },
  { weight: 3, arbitrary: maybe.wordToStep },
  { weight: 1, arbitrary: fc.constant({ kind: "exit" as const }) },
  { weight: 2, arbitrary: maybe.time },
  { weight: 2, arbitrary: maybe.instance },
);
const anyTrouble = maybeTrouble(25);

const freezeMinutes = 20;
const policies: Readonly<Record<string, Partial<RolloutPolicy>>> = {
  adaptive: {},
  steps,
  "steps that bake": { ...steps, bake: { forMs: 720 * minuteMs, controlPercent: 2 } },
  cohorts: {
    cohorts: {
      rules: [{ match: { kind: "header", name: "x-beta", value: "1" } }],
      aloneMs: minuteMs,
      until: "approval",
    },
  },
  "blue-green": {
    strategy: "blue-green",
    hasPreview: true,
    bake: { forMs: 720 * minuteMs, controlPercent: 0 },
  },
  "all at once, with a control": {
    strategy: "all-at-once",
    bake: { forMs: 720 * minuteMs, controlPercent: 10 },
  },
  hold: { strategy: "hold" },
};

const histories = 12;

test("rollout: whatever happens and whoever dies, exposure keeps to the guarantees", async () => {
  let endedCount = 0;
  let troubleCount = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.values(policies)),
      fc.boolean(),
      fc.array(fc.tuple(event, anyTrouble), { minLength: 2, maxLength: 8 }),
      async (policy, isFrozen, moments) => {
        const { deaths } = await live(moments, { policy, isFrozen });
        endedCount += 1;
        troubleCount += deaths;
      },
    ),
    { numRuns: histories },
  );
  assert.equal(endedCount, histories);
  assert.ok(troubleCount > 1, "servers did die");
});

test("rollout: what is being taken away is not let in again, wherever its server died", async () => {
  let tookAwayCount = 0;
  for (let dies = 1; dies <= 22; dies += 3) {
    const { exposures } = await live([
      [{ kind: "counts", requests: 1, isBad: false }, {}],
      [{ kind: "counts", requests: 60, isBad: true }, { dies }],
      [{ kind: "command", command: "promote" }, {}],
    ]);
    const first = exposures.findIndex((exposure) => exposure > 0);
    tookAwayCount += exposures.includes(0, first) ? 1 : 0;
  }
  assert.ok(tookAwayCount > 3, "candidates were taken away");
});

const tooMuch = (exposure: number): number => (exposure > 0 ? exposure + 1 : 0);

test("rollout: the checks are red when edges are told more than was written down", async () => {
  const quiet: Moment = [{ kind: "counts", requests: 1, isBad: false }, {}];
  await assert.rejects(live([quiet, quiet], { tell: tooMuch }), /was not allowed/);
});

const baked = policies["all at once, with a control"];

/** What other controllers got wrong, and how each story has to end. */
// oxfmt-ignore
const races: readonly (readonly [claim: string, RolloutPolicyName, readonly Event[], Rollout["state"]])[] = [
  ["a new push in the middle of a rollout supersedes it",   "adaptive",     [good, told("supersede")],                          "superseded"],
  ["a new push while it bakes ends the bake well",          "all at once, with a control", [good, good, told("supersede")],     "promoted"],
  ["an abort when everybody has it takes everybody back",   "all at once, with a control", [good, good, told("abort")],         "rolled_back"],
  ["late harm when everybody has it takes everybody back",  "all at once, with a control", [good, good, bad, bad, good],           "rolled_back"],
  ["an abort of a blue-green switch switches back",         "blue-green",   [good, { kind: "command", command: "approve", step: 1 }, good, told("abort")], "rolled_back"],
  ["an abort while there is nothing to go back to waits",   "all at once, with a control", [good, down("baseline"), told("abort"), up("baseline"), good], "rolled_back"],
  ["a promote that comes after an abort does nothing",      "adaptive",     [good, told("abort"), told("promote")],          "rolled_back"],
  ["an abort in the middle of a promote wins",              "adaptive",     [good, down("candidate"), told("promote"), told("abort"), up("candidate")], "rolled_back"],
  ["a promote waits for a candidate that lost its instances", "adaptive",   [good, down("candidate"), told("promote"), up("candidate"), good], "promoted"],
  ["a candidate that loses its instances gets nobody more", "adaptive",     [down("candidate"), good, told("abort")],           "rolled_back"],
  ["a baseline that is bad itself keeps nobody from going forward", "adaptive", [good, down("baseline"), good, told("promote"), good], "promoted"],
  ["a stale approval moves nothing",                        "steps",        [good, { kind: "command", command: "approve", step: 1 }, good, told("abort")], "rolled_back"],
];
type RolloutPolicyName = keyof typeof policies;

const troubles: readonly Trouble[] = [{}, { isRobbed: true }, { away: 3 }];
for (const [index, [claim, name, events, expected]] of races.entries()) {
  test(`race: ${claim}`, async () => {
    // The first server is spared: what the others meet is what it began.
    const trouble = troubles[index % troubles.length] ?? {};
    const moments = events.map((each, at): Moment => [each, at === 0 ? {} : trouble]);
    const { state } = await live(moments, { policy: policies[name] ?? {}, isLeftAlone: true });
    assert.equal(state, expected);
  });
}

test("race: a controller that dies at any point of a bake's abort leaves everybody on what was before", async () => {
  for (let dies = 1; dies <= 28; dies += 5) {
    const { state } = await live(
      [
        [good, {}],
        [good, {}],
        [told("abort"), { dies }],
      ],
      { policy: baked ?? {}, isLeftAlone: true },
    );
    assert.equal(state, "rolled_back", `died after ${dies} calls`);
  }
});

test("race: a controller that dies at any point of a publication publishes once", async () => {
  for (let dies = 1; dies <= 28; dies += 5) {
    const { state } = await live(
      [
        [good, { dies }],
        [good, {}],
        [{ kind: "time", minutes: 1_000 }, { dies }],
      ],
      { policy: baked ?? {}, isLeftAlone: true },
    );
    assert.equal(state, "promoted", `died after ${dies} calls`);
  }
});

interface Conditions {
  readonly policy?: Partial<RolloutPolicy>;
  /** A freeze from the start on. */
  readonly isFrozen?: boolean;
  /** Nobody ends it in the end. */
  readonly isLeftAlone?: boolean;
  readonly tell?: (exposure: number) => number;
}

/** Lives through a history, then asks for an end and sees it come. */
async function live(moments: readonly Moment[], conditions: Conditions = {}): Promise<Lived> {
  await using database = await createTestDatabase();
  const world = newWorld(conditions.tell);
  await using store = await database.open({ clock: storeClock(world) });
  const startedAt = world.clock.now();
  const freeze = { fromAt: 0, toAt: startedAt + freezeMinutes * minuteMs, reason: "a sale" };
  const begun = await storeRollout(store, startedAt, {
    ...conditions.policy,
    ...(conditions.isFrozen === true ? { windows: { freezes: [freeze] } } : {}),
  });
  let deaths = 0;
  let isOpened = false;
  for (const [at, [happened, befalls]] of moments.entries()) {
    await happen(happened, { at, store, world });
    deaths += (await serve(store, world, befalls)) === "died" ? 1 : 0;
    isOpened = await check(store, world, { begun, isOpened });
  }
  if (conditions.isLeftAlone !== true) {
    await happen({ kind: "instance", of: "baseline", isUp: true }, { at: 0, store, world });
    await happen({ kind: "command", command: "abort" }, { at: moments.length, store, world });
  }
  // A server of this world stops after a few looks, maybe between the two steps of an end.
  for (let servers = 0; servers < 4; servers += 1) await serve(store, world);
  await check(store, world, { begun, isOpened });
  await checkEnd(store, world);
  const ended = await store.get("rollout", rollout);
  assert.ok(ended !== undefined);
  return { deaths, exposures: world.exposures, state: ended.body.state };
}

interface Lived {
  readonly deaths: number;
  readonly exposures: readonly number[];
  readonly state: Rollout["state"];
}

interface Before {
  readonly begun: Rollout;
  /** Everybody might have it already: harm may have taken it back since. */
  readonly isOpened: boolean;
}

/** What holds after every server, dead or alive; gives whether everybody might have it. */
async function check(store: Store, world: World, before: Before): Promise<boolean> {
  const { begun } = before;
  const [stored, shop] = await Promise.all([store.get("rollout", rollout), store.get("app", app)]);
  assert.ok(stored !== undefined && shop !== undefined);
  const { state, publishedAt } = stored.body;
  const entries = await store.entries({ after: 0, limit: 1_000, app });
  const cap = (begun.policy.exposureMaxPercent / 100) * bucketCount;
  const full = fullExposure(begun.policy);
  const journaled = entries.flatMap((entry) =>
    entry.type === "dev.tidegate.rollout.exposure_changed" ? [entry.data.to] : [],
  );
  const isOpened = before.isOpened || mayBeOpen(entries, stored.body);
  checkExposures(world.exposures, (exposure) =>
    exposure >= full ? isOpened : exposure <= cap && journaled.includes(exposure),
  );
  checkGate(world.exposures, entries, begun);
  checkFreeze(entries, begun);
  assert.equal(shop.body.activeRollout === undefined, finalRolloutStates.has(state));
  const isEverybodys = publishedAt !== undefined && state !== "rolled_back";
  assert.equal(shop.body.liveRelease, isEverybodys ? release : baseline);
  return isOpened;
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

/** Everybody may have it once somebody, the policy or the evidence, has said so and it was written down. */
function mayBeOpen(
  entries: readonly JournalEntry[],
  { command, policy, ...now }: Rollout,
): boolean {
  const isSaid = entries.some(
    (entry) =>
      entry.type === "dev.cdevents.service.published" || commandOf(entry)?.command === "promote",
  );
  const isPolicy = policy.strategy === "all-at-once" || policy.strategy === "blue-green";
  const isNoted = command?.kind === "promote" || now.verdict.kind === "safe";
  return isSaid || isPolicy || isNoted;
}

function commandOf(entry: JournalEntry) {
  return entry.type === "dev.tidegate.rollout.commanded" ? entry.data : undefined;
}

/** Past a gate only with a word for it: its approval, a jump over it, or everybody at once. */
function checkGate(
  exposures: readonly number[],
  entries: readonly JournalEntry[],
  { policy }: Rollout,
): void {
  const gate = policy.steps?.findIndex(({ until }) => until === "approval") ?? -1;
  const weight = policy.steps?.[gate]?.weightPercent;
  if (weight === undefined || Math.max(0, ...exposures) <= weight * 100) return;
  const isSaid = entries.some((entry) => {
    const asked = commandOf(entry);
    if (asked?.command === "approve") return asked.step === gate + 1;
    return asked?.command === "skip-to" || asked?.command === "promote";
  });
  assert.ok(isSaid, "a gate was passed without a word");
}

/**
 * Within a freeze exposure is moved by a person's promotion alone. Once everybody got it, the control may
 * still go over: when what it was on does not answer, there is nowhere else.
 */
function checkFreeze(entries: readonly JournalEntry[], { policy }: Rollout): void {
  const toAt = policy.windows?.freezes?.[0]?.toAt ?? 0;
  const publishedAt = entries.findIndex(({ type }) => type === "dev.cdevents.service.published");
  const before = publishedAt < 0 ? entries : entries.slice(0, publishedAt);
  const grown = before.filter(
    (entry) =>
      entry.type === "dev.tidegate.rollout.exposure_changed" &&
      entry.data.to > entry.data.from &&
      entry.at < toAt,
  );
  assert.deepEqual(grown, [], "exposure grew in a freeze");
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
  assert.equal(candidate?.body.publishedAt === undefined, !isPromoted, "nobody goes back to harm");
  assert.equal(world.exposures.at(-1), 0, "a rollout that is over routes nobody by chance");
  const entries = await store.entries({ after: 0, limit: 1_000, app });
  const count = (type: JournalEntry["type"]): number =>
    entries.filter((entry) => entry.type === type).length;
  const published = count("dev.cdevents.service.published");
  const takenBack = count("dev.cdevents.service.rolledback");
  assert.ok(published <= 1 && takenBack <= 1, "each end is told once");
  const isBaked = stored.body.publishedAt !== undefined && stored.body.state === "rolled_back";
  assert.equal(published + takenBack, isBaked ? 2 : 1, "and one of them");
}
