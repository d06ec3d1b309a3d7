import { strict as assert } from "node:assert";
import { test } from "node:test";
import {
  groupCount,
  latencyCells,
  type EdgeRow,
  type IntervalCounts,
  type ShadowCounts,
} from "#domain";
import { createTestDatabase } from "#ground/storage/testing";
import {
  failure,
  heldClock,
  instance,
  interval,
  rollout,
  row,
  shop,
  user,
} from "./fixtures.testing.ts";
import { armInstancesMax, failuresKeptMax, intervalMemoryMs, rolloutUsersMax } from "./limits.ts";

const all = { rollout, afterIndex: 0, limit: 1_000 };

function users(counts: readonly IntervalCounts[]) {
  return counts.map(({ baseline, candidate }) => [
    [baseline.usersFirstSeen, baseline.usersFirstHarmed],
    [candidate.usersFirstSeen, candidate.usersFirstHarmed],
  ]);
}

test("a user who is stuck aside is stuck in no arm, then or later", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  const [a, b] = [user(1), user(2)];
  const fresh = { arm: "baseline", freshBuckets: 500 } as const;
  const aside = row({ ...fresh, isAside: true, seenUsers: [a], stuckUsers: [a] });
  const later = row({ ...fresh, seenUsers: [a, b], movedUsers: [a], stuckUsers: [a, b] });
  const stuck = [];
  for (const [seq, each] of [aside, later].entries()) {
    const counts = await store.recordInterval(interval(seq + 1, [each]));
    stuck.push(
      counts.map(({ baseline, candidate }) =>
        [baseline, candidate].map((arm) => arm.usersFirstStuck),
      ),
    );
  }
  assert.deepEqual(stuck, [[[0, 0]], [[1, 0]]]);
});

test("an interval is taken once, and a repetition gets the same answer", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  const sent = interval(1, [row({ seenUsers: [user(1)], harmedUsers: [user(1)], errors: 1 })]);
  const answers = await Promise.all([1, 2, 3].map(() => store.recordInterval(sent)));
  assert.deepEqual(users(answers[0] ?? []), [
    [
      [0, 0],
      [1, 1],
    ],
  ]);
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  assert.deepEqual(await store.intervals(all), answers[0]);
});

test("a user counts once in a rollout: over intervals, edges, restarts and arms", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  const [a, b, c] = [user(1), user(2), user(3)];
  const send = async (sent: ReturnType<typeof interval>) => users(await store.recordInterval(sent));
  const seen = row({ seenUsers: [a, b] });
  assert.deepEqual(await send(interval(1, [seen])), [
    [
      [0, 0],
      [2, 0],
    ],
  ]);
  assert.deepEqual(await send(interval(1, [seen], "edge-1")), [
    [
      [0, 0],
      [0, 0],
    ],
  ]);
  const harmed = row({ harmedUsers: [a], seenUsers: [c] });
  assert.deepEqual(await send(interval(2, [harmed])), [
    [
      [0, 0],
      [1, 1],
    ],
  ]);
  const stuck = row({ stuckUsers: [a] });
  const stuckIn = async (sent: ReturnType<typeof interval>) =>
    (await store.recordInterval(sent)).map(({ candidate }) => candidate.usersFirstStuck);
  assert.deepEqual(await stuckIn(interval(8, [stuck], "edge-7")), [1]);
  assert.deepEqual(await stuckIn(interval(9, [stuck], "edge-7")), [0]);
  const restarted = { ...interval(1, [harmed]), boot: "b2" };
  assert.deepEqual(await send(restarted), [
    [
      [0, 0],
      [0, 0],
    ],
  ]);
  // Let in by growing exposure: exposed for the first time, harmed before.
  const letIn = interval(2, [row({ seenUsers: [a, user(4)] })], "edge-1");
  assert.deepEqual(await send(letIn), [
    [
      [0, 0],
      [1, 0],
    ],
  ]);
  const before = interval(3, [row({ arm: "baseline", seenUsers: [user(5)] })], "edge-1");
  assert.deepEqual(await send(before), [
    [
      [1, 0],
      [0, 0],
    ],
  ]);
  const exposed = interval(4, [row({ seenUsers: [user(5)] })], "edge-1");
  assert.deepEqual(await send(exposed), [
    [
      [0, 0],
      [1, 0],
    ],
  ]);
  // Moved to the other arm: the first harm is what counts, in whichever arm it was.
  const moved = row({ arm: "baseline", harmedUsers: [a, b] });
  assert.deepEqual(await send(interval(3, [moved])), [
    [
      [0, 1],
      [0, 0],
    ],
  ]);
});

test("edges that send at the same time make one order without gaps and count each user once", async () => {
  await using database = await createTestDatabase();
  await using here = await database.open();
  await using there = await database.open();
  const everybody = Array.from({ length: 50 }, (_, index) => user(index));
  const sent = Array.from({ length: 24 }, (_, index) =>
    interval(index, [row({ seenUsers: everybody, harmedUsers: everybody })], `edge-${index % 3}`),
  );
  await Promise.all(sent.map((one, nth) => (nth % 2 === 0 ? here : there).recordInterval(one)));
  const counts = await here.intervals(all);
  assert.deepEqual(
    counts.map(({ index }) => index),
    Array.from({ length: sent.length }, (_, index) => index + 1),
  );
  const sum = (pick: (count: IntervalCounts) => number) =>
    counts.reduce((total, count) => total + pick(count), 0);
  assert.equal(
    sum(({ candidate }) => candidate.usersFirstSeen),
    everybody.length,
  );
  assert.equal(
    sum(({ candidate }) => candidate.usersFirstHarmed),
    everybody.length,
  );
});

const quiet: Partial<EdgeRow> = { requests: 0, latency: [] };
// oxfmt-ignore
const strata: readonly (readonly [claim: string, rows: readonly EdgeRow[], requests: readonly (readonly number[])[]])[] = [
  ["both arms side by side",            [row({ arm: "baseline", requests: 90 }), row({})],       [[90, 10]]],
  ["one arm alone is evidence",         [row({ arm: "baseline", requests: 9 })],                 [[9, 0]]],
  ["no request, no interval",           [row({ arm: "baseline", ...quiet }), row(quiet)],        []],
  ["a rule's users are not judged",     [row({ requests: 7 }), row({ assignedBy: "rule" })],     [[0, 7]]],
  ["a rule's users alone are told of",  [row({ assignedBy: "rule" })],                           [[0, 0]]],
  ["another exposure, another stratum", [row({ requests: 1 }), row({ exposure: 900, requests: 2 })], [[0, 1], [0, 2]]],
  ["rows of one arm add up",            [row({ requests: 1 }), row({ requests: 2 })],            [[0, 3]]],
];
for (const [claim, rows, expected] of strata) {
  test(`strata: ${claim}`, async () => {
    await using database = await createTestDatabase();
    await using store = await database.open();
    const counts = await store.recordInterval(interval(1, rows));
    assert.deepEqual(
      counts.map(({ baseline, candidate }) => [baseline.requests, candidate.requests]),
      expected,
    );
    assert.deepEqual(await store.intervals(all), counts);
  });
}

test("a rule's users are counted beside, and their marks do not reach the rollout's users", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  const ruled = row({ assignedBy: "rule", requests: 4, errors: 2, harmedUsers: [user(1)] });
  const out = row({ assignedBy: "rule", arm: "baseline", requests: 3, errors: 1 });
  const [counts] = await store.recordInterval(interval(1, [row({}), ruled, out]));
  assert.deepEqual(counts?.ruled, { requests: 4, errors: 2 });
  // Who was put out of the candidate has the baseline: no harm of the candidate, and no chance in it.
  assert.deepEqual(counts?.aside, { requests: 3, errors: 1 });
  assert.equal(counts?.candidate.usersFirstHarmed, 0);
});

test("a row without a rollout feeds the traffic and nothing else", async () => {
  await using database = await createTestDatabase();
  const clock = heldClock();
  await using store = await database.open({ clock });
  const { rollout: _, ...plain } = row({ requests: 30, errors: 3 });
  clock.advance(9_000);
  for (const seq of [3, 5, 7]) {
    assert.deepEqual(await store.recordInterval(interval(seq, [plain])), []);
  }
  // Ends of second 4, 6 and 8; it is second 9: six seconds since the first.
  const busy = { requests: 90, requestsPerSecond: 15, errorRatio: 0.1 };
  assert.deepEqual(await store.recentTraffic(shop), busy);
  clock.advance(100_000);
  const none = { requests: 0, requestsPerSecond: 0, errorRatio: 0 };
  assert.deepEqual(await store.recentTraffic(shop), none);
});

test("the newest failed requests of a rollout are kept, newest last", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  const failures = Array.from({ length: 50 }, (_, index) => failure(1_000 + index));
  const half = failures.filter(({ at }) => at % 2 === 0);
  const rest = failures.filter(({ at }) => at % 2 === 1);
  await store.recordInterval(interval(1, [row({ failures: half })]));
  await store.recordInterval(interval(2, [row({ failures: rest })]));
  assert.deepEqual(await store.failures(rollout), failures.slice(-failuresKeptMax));
});

const met = (counts: readonly IntervalCounts[]) =>
  counts.map(({ baseline, candidate }) => [baseline.usersNew, candidate.usersNew]);

/** Rows that come one interval after the other, each from the edge of that name. */
type Told = readonly (readonly [edge: string, changes: Partial<EdgeRow>])[];
const [ann, bob] = [user(1), user(2)];
const [base, next] = [{ arm: "baseline" }, { arm: "candidate" }] as const;
// oxfmt-ignore
const newcomers: readonly (readonly [claim: string, told: Told, expected: readonly (readonly number[])[]])[] = [
  ["in the arm where they were met",           [["edge-0", { ...base, seenUsers: [ann] }], ["edge-0", { ...next, seenUsers: [bob] }]], [[1, 0], [0, 1]]],
  ["not again when an edge starts again",      [["edge-0", { ...base, seenUsers: [ann] }], ["edge-0", { ...base, seenUsers: [ann] }]], [[1, 0], [0, 0]]],
  ["not again at another edge",                [["edge-0", { ...base, seenUsers: [ann] }], ["edge-1", { ...base, seenUsers: [ann] }]], [[1, 0], [0, 0]]],
  ["not when growing exposure moves them",     [["edge-0", { ...base, seenUsers: [ann] }], ["edge-0", { ...next, seenUsers: [ann], movedUsers: [ann] }]], [[1, 0], [0, 0]]],
  ["not when moved and met at another edge",   [["edge-0", { ...base, seenUsers: [ann] }], ["edge-1", { ...next, seenUsers: [ann] }]], [[1, 0], [0, 0]]],
  ["not when moved after their first was lost", [["edge-0", { ...next, seenUsers: [ann], movedUsers: [ann] }], ["edge-1", { ...next, seenUsers: [ann] }]], [[0, 0], [0, 0]]],
  ["not for a harm alone: the first was lost", [["edge-0", { ...next, harmedUsers: [ann], errors: 1 }]], [[0, 0]]],
  ["also when they are harmed at once",        [["edge-0", { ...next, seenUsers: [ann], harmedUsers: [ann], errors: 1 }]], [[0, 1]]],
  ["also before their first answer",           [["edge-0", { ...next, seenUsers: [ann], requests: 0, latency: [] }]], [[0, 1]]],
];
for (const [claim, told, expected] of newcomers) {
  test(`users are new ${claim}`, async () => {
    await using database = await createTestDatabase();
    await using store = await database.open();
    const given = [];
    for (const [seq, [edge, changes]] of told.entries()) {
      given.push(...(await store.recordInterval(interval(seq + 1, [row(changes)], edge))));
    }
    assert.deepEqual(met(given), expected);
    assert.deepEqual(await store.intervals(all), given);
  });
}

const seen = (...seenUsers: string[]) => [row({ arm: "baseline", seenUsers })];

test("an edge that was cut off tells late and in order, and its users are new once", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  await store.recordInterval(interval(50, seen(ann), "edge-1"));
  const late = [interval(1, seen(ann, bob)), interval(2, seen(user(3))), interval(3, seen(bob))];
  for (const one of [...late, ...late]) await store.recordInterval(one);
  const stored = await store.intervals(all);
  assert.deepEqual(met(stored), [
    [1, 0],
    [1, 0],
    [1, 0],
    [0, 0],
  ]);
  assert.deepEqual(
    stored.map(({ index }) => index),
    [1, 2, 3, 4],
  );
});

const counts = (events: number, sample: number) => ({ events, sample });

test("requests and failures are told by instance, and the baseline's by group of users", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  const [one, two] = [instance(1), instance(2)];
  const groups = Array.from({ length: groupCount }, (_, nth) => counts(nth, 10));
  const [stored] = await store.recordInterval(
    interval(1, [
      row({ arm: "baseline", instances: { [one]: counts(1, 6), [two]: counts(0, 4) }, groups }),
      row({ arm: "baseline", instances: { [one]: counts(2, 3) }, groups }),
      row({ instances: { [two]: counts(5, 5) }, groups }),
      row({ assignedBy: "rule", instances: { [two]: counts(7, 7) } }),
    ]),
  );
  assert.deepEqual(stored?.baseline.instances, { [one]: counts(3, 9), [two]: counts(0, 4) });
  assert.deepEqual(stored?.candidate.instances, { [two]: counts(5, 5) });
  assert.deepEqual(
    stored?.groups,
    groups.map((_, nth) => counts(2 * nth, 20)),
  );
});

test("an arm tells a bounded number of instances", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  const many = Array.from({ length: armInstancesMax + 1 }, (_, nth) => instance(nth));
  const instances = Object.fromEntries(many.map((name) => [name, { events: 0, sample: 1 }]));
  const [stored] = await store.recordInterval(interval(1, [row({ instances })]));
  assert.equal(Object.keys(stored?.candidate.instances ?? {}).length, armInstancesMax);
  assert.equal(stored?.candidate.requests, 10);
});

test("an interval that an older edge counted is stored without what it did not count", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  const [stored] = await store.recordInterval(interval(1, [row({})]));
  assert.ok(stored !== undefined);
  assert.deepEqual([stored.groups, stored.candidate.instances], [undefined, undefined]);
});

test("an edge that cannot remember all users is told on", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  const rows = [row({ isUserSetFull: true }), row({ arm: "baseline" })];
  const [full] = await store.recordInterval(interval(1, rows));
  const [other] = await store.recordInterval(interval(1, [row({})], "edge-1"));
  assert.deepEqual([full?.isUserSetFull, other?.isUserSetFull], [true, undefined]);
});

test("when users could overfill the table none is admitted to either arm, and it is told", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  const many = Array.from({ length: rolloutUsersMax - 1 }, (_, index) => user(index));
  const [open] = await store.recordInterval(interval(1, [row({ seenUsers: many })]));
  assert.deepEqual(
    [open?.candidate.usersNew, open?.isUserSetFull],
    [rolloutUsersMax - 1, undefined],
  );
  // One place is left; given to the arm that comes first, it would be that arm's.
  const news = (["baseline", "candidate"] as const).map((arm, nth) =>
    row({ arm, seenUsers: [user(rolloutUsersMax + nth)] }),
  );
  const [closing] = await store.recordInterval(interval(2, news));
  assert.deepEqual(closing === undefined ? [] : met([closing]), [[0, 0]]);
  assert.equal(closing?.isUserSetFull, true);
  const strangers = [user(rolloutUsersMax + 8), user(rolloutUsersMax + 9)];
  const both = (["baseline", "candidate"] as const).map((arm, nth) =>
    row({ arm, harmedUsers: [user(nth), strangers[nth] ?? ""], requests: 5 }),
  );
  const full = await store.recordInterval(interval(3, both));
  assert.deepEqual(users(full), [
    [
      [0, 1],
      [0, 1],
    ],
  ]);
  assert.deepEqual([full[0]?.candidate.requests, full[0]?.isUserSetFull], [5, true]);
});

const histogram = (cell: number) => Array.from({ length: latencyCells }, (_, at) => +(at === cell));

test("what mirrored requests came to is stored, also where nothing else was counted", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  const shadow: ShadowCounts = {
    mirrored: 9,
    candidateOnlyFailed: 1,
    baselineOnlyFailed: 2,
    bothFailed: 3,
    answersDiffered: 2,
    baselineLatency: histogram(1),
    candidateLatency: histogram(2),
  };
  const mirrored = row({ arm: "baseline", ...quiet, shadow });
  const [once] = await store.recordInterval(interval(1, [mirrored]));
  assert.deepEqual(once?.shadow, shadow);
  assert.equal(once.baseline.requests, 0);
  const [twice] = await store.recordInterval(interval(2, [mirrored, mirrored, row({})]));
  assert.deepEqual(
    [twice?.shadow?.mirrored, twice?.shadow?.bothFailed, twice?.shadow?.candidateLatency?.[2]],
    [18, 6, 2],
  );
  assert.equal(twice?.candidate.requests, 10);
});

test("users of a rollout that is long over are forgotten, its intervals are not", async () => {
  await using database = await createTestDatabase();
  const clock = heldClock();
  await using store = await database.open({ clock: { ...clock, random: () => 0 } });
  const everybody = row({ seenUsers: [ann, bob] });
  await store.recordInterval(interval(1, [everybody]));
  clock.advance(intervalMemoryMs);
  const { rollout: _, ...plain } = row({});
  await store.recordInterval(interval(2, [plain]));
  assert.deepEqual(met(await store.recordInterval(interval(3, [everybody]))), [[0, 0]]);
  clock.advance(intervalMemoryMs + 1);
  await store.recordInterval(interval(4, [plain]));
  assert.deepEqual(met(await store.recordInterval(interval(5, [everybody]))), [[0, 2]]);
  assert.equal((await store.intervals(all)).length, 3);
});
