import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  newId,
  parseAppName,
  parseObjectId,
  type AppName,
  type Change,
  type EventData,
  type EventType,
  type JournalEntry,
  type Verdict,
} from "#domain";
import { dora, type DoraReport } from "./dora.ts";
import { renderDora } from "./render-dora.ts";

function must<T>(result: { ok: true; value: T } | { ok: false }): T {
  assert.ok(result.ok);
  return result.value;
}

const minute = 60_000;
const day = 86_400_000;
const now = 1_790_000_000_000;
const shop = must(parseAppName("shop"));
const till = must(parseAppName("till"));
const oid = must(parseObjectId("a".repeat(40)));
const release = newId("rel", () => 0.5);
const verdict: Verdict = { kind: "safe", sentence: "", guardrails: [], throughIndex: 0 };
const totals = {
  usersExposed: 1,
  usersHarmed: 0,
  candidateRequests: 1,
  candidateErrors: 0,
  baselineRequests: 1,
  baselineErrors: 0,
};

/** One delivery in a row of a table: minutes before now, all of them. */
interface Delivery {
  readonly committed: number;
  readonly steps?: readonly (readonly [number, number])[];
  readonly published?: number;
  readonly rolledBack?: number;
  readonly app?: AppName;
  readonly subject?: string;
  readonly branch?: string;
  readonly trailers?: Change["trailers"];
  readonly isConfig?: boolean;
  /** When users by rule were let in. */
  readonly ruled?: number;
  /** No request reached it. */
  readonly isUnmet?: boolean;
  /** A release restored by hand: its entries are under no change. */
  readonly isRestored?: boolean;
}

function entriesOf(deliveries: readonly Delivery[]): readonly JournalEntry[] {
  return deliveries
    .flatMap((delivery, index) => entriesOfOne(delivery, index))
    .toSorted((a, b) => a.at - b.at);
}

function at(minutesAgo: number): number {
  return now - minutesAgo * minute;
}

function entriesOfOne(delivery: Delivery, index: number): readonly JournalEntry[] {
  const app = delivery.app ?? shop;
  const id = newId("chg", () => index / 32);
  const rollout = newId("rol", () => index / 32);
  const change: Change = {
    id,
    app,
    environment: "production",
    branch: delivery.branch ?? "main",
    commit: oid,
    tree: oid,
    subject: delivery.subject ?? `change ${index}`,
    author: { name: "Ana", email: "ana@example.org" },
    committedAt: at(delivery.committed),
    receivedAt: at(delivery.committed),
    pushedBy: "ana",
    trailers: delivery.trailers ?? [],
    expectations: [],
    state: "delivering",
    stages: [],
  };
  function entry<T extends EventType>(type: T, data: EventData[T], minutes: number): JournalEntry {
    const place = { seq: 1, at: at(minutes), previousHash: "", hash: "" };
    const under = delivery.isRestored ? {} : { change: id };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- type and data go together above
    return { type, data, app, ...under, actor: "ana", ...place } as JournalEntry;
  }
  const met = { ...totals, candidateRequests: delivery.isUnmet === true ? 0 : 1 };
  const common = { rollout, release, number: 2, because: "", verdict, totals: met };
  const step = { rollout, step: 1, steps: 2, kind: "cohorts", title: "", because: "" } as const;
  const merged = entry("dev.cdevents.change.merged", { change }, delivery.committed);
  return [
    ...(delivery.isConfig ? [] : [merged]),
    ...(delivery.ruled === undefined
      ? []
      : [entry("dev.tidegate.rollout.step_entered", step, delivery.ruled)]),
    ...(delivery.steps ?? []).map(([minutes, to]) =>
      entry(
        "dev.tidegate.rollout.exposure_changed",
        { rollout, from: 0, to, because: "", verdict, totals },
        minutes,
      ),
    ),
    ...(delivery.published === undefined
      ? []
      : [entry("dev.cdevents.service.published", { ...common, url: "" }, delivery.published)]),
    ...(delivery.rolledBack === undefined
      ? []
      : [
          entry(
            "dev.cdevents.service.rolledback",
            { ...common, exposedMs: 1 },
            delivery.rolledBack,
          ),
        ]),
  ];
}

function report(deliveries: readonly Delivery[], app: AppName | undefined = shop): DoraReport {
  return dora({
    entries: [...founded(40 * day), ...entriesOf(deliveries)],
    windowMs: 10 * day,
    now,
    app,
  });
}

/** The app's first entry, this long ago. */
function founded(agoMs: number): readonly JournalEntry[] {
  const place = { seq: 1, at: now - agoMs, previousHash: "", hash: "" };
  const type = "dev.cdevents.repository.created";
  return [{ type, data: { app: shop }, app: shop, actor: "ana", ...place }];
}

test("dora: what is brought back and taken away again failed once, when it was first taken away", () => {
  const entries = [
    ...entriesOf([{ ...good, rolledBack: 30 }]),
    ...entriesOf([{ ...good, rolledBack: 10 }]).slice(-1),
  ];
  const found = dora({ entries, windowMs: 10 * day, now });
  assert.deepEqual([found.deployments, found.failedDeployments], [1, 1]);
  assert.equal(found.recoveryMsP50, 64 * minute);
});

const good: Delivery = {
  committed: 100,
  steps: [
    [94, 100],
    [92, 5000],
  ],
  published: 90,
};
const bad: Delivery = {
  committed: 60,
  steps: [
    [50, 100],
    [49, 400],
  ],
  rolledBack: 46,
};

type Expected = Partial<Omit<DoraReport, "app" | "fromAt" | "toAt">>;
// oxfmt-ignore
const cases: readonly (readonly [string, readonly Delivery[], Expected])[] = [
  ["nothing happened: nothing is known",      [], { deployments: 0, failedDeployments: 0, deploymentsPerDay: 0 }],
  ["one good delivery",                       [good], { deployments: 1, failedDeployments: 0, deploymentsPerDay: 0.1, leadTimeMsP50: 10 * minute, leadTimeMsP90: 10 * minute, leadTimeFirstUserMsP50: 6 * minute, changeFailRatio: 0, changeFailRatioByUsers: 0, reworkRatio: 0 }],
  ["one that was taken away at 4 % of users", [bad], { deployments: 1, failedDeployments: 1, deploymentsPerDay: 0, leadTimeFirstUserMsP50: 10 * minute, changeFailRatio: 1, changeFailRatioByUsers: 0.04, recoveryMsP50: 4 * minute, reworkRatio: 0 }],
  ["both: users weigh little in the failure", [good, bad], { deployments: 2, failedDeployments: 1, deploymentsPerDay: 0.1, leadTimeMsP50: 10 * minute, leadTimeMsP90: 10 * minute, leadTimeFirstUserMsP50: 6 * minute, changeFailRatio: 0.5, changeFailRatioByUsers: 0.02, recoveryMsP50: 4 * minute, reworkRatio: 0 }],
  ["no user met it: it is no deployment",     [{ committed: 60, rolledBack: 46 }], { deployments: 0, failedDeployments: 0, deploymentsPerDay: 0 }],
  ["open to users and met by none: neither",  [{ ...bad, isUnmet: true }], { deployments: 0, failedDeployments: 0, deploymentsPerDay: 0 }],
  ["users by rule met it, and lost it",       [{ committed: 60, ruled: 50, rolledBack: 46 }], { deployments: 1, failedDeployments: 1, deploymentsPerDay: 0, leadTimeFirstUserMsP50: 10 * minute, changeFailRatio: 1, changeFailRatioByUsers: 0, recoveryMsP50: 4 * minute, reworkRatio: 0 }],
  ["open to users by rule, and none came",    [{ committed: 60, ruled: 50, rolledBack: 46, isUnmet: true }], { deployments: 0, failedDeployments: 0, deploymentsPerDay: 0 }],
  ["everybody had it before anybody came",    [{ ...good, rolledBack: 30, isUnmet: true }], { deployments: 1, failedDeployments: 1, deploymentsPerDay: 0, leadTimeMsP50: 10 * minute, leadTimeMsP90: 10 * minute, leadTimeFirstUserMsP50: 6 * minute, changeFailRatio: 1, changeFailRatioByUsers: 1, recoveryMsP50: 64 * minute, reworkRatio: 0 }],
  ["users by rule were the first",            [{ ...good, ruled: 96 }], { deployments: 1, failedDeployments: 0, deploymentsPerDay: 0.1, leadTimeMsP50: 10 * minute, leadTimeMsP90: 10 * minute, leadTimeFirstUserMsP50: 4 * minute, changeFailRatio: 0, changeFailRatioByUsers: 0, reworkRatio: 0 }],
  ["still under way: not counted yet",        [{ committed: 60, steps: [[50, 100]] }], { deployments: 0, failedDeployments: 0, deploymentsPerDay: 0 }],
  ["everybody had it and it was taken away",  [{ ...good, rolledBack: 30 }], { deployments: 1, failedDeployments: 1, deploymentsPerDay: 0, leadTimeMsP50: 10 * minute, leadTimeMsP90: 10 * minute, leadTimeFirstUserMsP50: 6 * minute, changeFailRatio: 1, changeFailRatioByUsers: 1, recoveryMsP50: 64 * minute, reworkRatio: 0 }],
  ["a configuration change has no lead time", [{ ...good, isConfig: true }], { deployments: 1, failedDeployments: 0, deploymentsPerDay: 0.1, changeFailRatio: 0, changeFailRatioByUsers: 0, reworkRatio: 0 }],
  ["a release restored by hand is none",      [{ ...good, isConfig: true, isRestored: true }], { deployments: 0, failedDeployments: 0, deploymentsPerDay: 0 }],
  ["another app's is not counted",            [{ ...good, app: till }], { deployments: 0, failedDeployments: 0, deploymentsPerDay: 0 }],
  ["one that ended before the window is not", [{ committed: 14_411, published: 14_400 }], { deployments: 0, failedDeployments: 0, deploymentsPerDay: 0 }],
  ["one that ended in it is",                 [{ committed: 14_409, published: 14_399 }], { deployments: 1, failedDeployments: 0, deploymentsPerDay: 0.1, leadTimeMsP50: 10 * minute, leadTimeMsP90: 10 * minute, leadTimeFirstUserMsP50: 10 * minute, changeFailRatio: 0, changeFailRatioByUsers: 0, reworkRatio: 0 }],
];
for (const [claim, deliveries, expected] of cases) {
  test(`dora: ${claim}`, () => {
    const { app, fromAt, toAt, ...found } = report(deliveries);
    assert.deepEqual(found, expected);
    assert.deepEqual([app, fromAt, toAt], [shop, now - 10 * day, now]);
  });
}

// oxfmt-ignore
const reworks: readonly (readonly [string, Partial<Delivery>, boolean])[] = [
  ["an ordinary change",                         {}, false],
  ["a hotfix branch",                            { branch: "hotfix/rounding" }, true],
  ["a branch that only contains the word",       { branch: "remove-hotfix" }, false],
  ["a change that says it fixes an incident",    { trailers: [{ key: "Fixes-Incident", value: "INC-7" }] }, true],
  ["a revert of what users met 29 days before",  { subject: 'Revert "earlier"' }, true],
  ["a revert of what nobody knows",              { subject: 'Revert "never seen"' }, false],
  ["a revert of what users met 31 days before",  { subject: 'Revert "ancient"' }, false],
];
for (const [claim, delivery, isRework] of reworks) {
  test(`dora: ${claim} is ${isRework ? "" : "no "}rework`, () => {
    const earlier = { committed: 29 * 1440 + 100, published: 29 * 1440 + 95, subject: "earlier" };
    const ancient = { committed: 31 * 1440 + 100, published: 31 * 1440 + 95, subject: "ancient" };
    const { reworkRatio } = report([earlier, ancient, { ...good, ...delivery }]);
    assert.equal(reworkRatio, isRework ? 1 : 0);
  });
}

test("dora: without an app all of them are counted", () => {
  const entries = entriesOf([good, { ...good, app: till }]);
  const found = dora({ entries, windowMs: 10 * day, now });
  assert.equal(found.deployments, 2);
  assert.equal("app" in found, false);
});

const minutes = fc.integer({ min: 1, max: 10_000 });
const deliveries = fc.array(
  fc.record({
    committed: minutes,
    exposed: fc.option(minutes),
    published: fc.option(minutes),
    rolledBack: fc.option(minutes),
    to: fc.nat(10_000),
  }),
  { maxLength: 20 },
);
test("dora: shares stay in 0..1, and weighing by users never makes failure larger", () => {
  fc.assert(
    fc.property(deliveries, (rows) => {
      const found = report(
        rows.map(({ committed, exposed, published, rolledBack, to }) => ({
          committed,
          ...(exposed !== null && { steps: [[exposed, to]] as const }),
          ...(published !== null && { published }),
          ...(rolledBack !== null && { rolledBack }),
        })),
      );
      const { changeFailRatio = 0, changeFailRatioByUsers = 0, reworkRatio = 0 } = found;
      assert.ok(changeFailRatio >= 0 && changeFailRatio <= 1);
      assert.ok(changeFailRatioByUsers <= changeFailRatio && reworkRatio <= 1);
      assert.ok(found.failedDeployments <= found.deployments);
      assert.ok((found.leadTimeMsP50 ?? 0) <= (found.leadTimeMsP90 ?? 0));
    }),
  );
});

test("dora: the report reads as a table of name, value and meaning", () => {
  assert.deepEqual(renderDora(report([good, bad])), [
    "shop, last 10 d: 2 deployments to users",
    "",
    "change lead time        10 min              commit to everybody has it, median",
    "  slowest tenth         10 min              as above, 90th percentile",
    "  to the first user     6 min               commit to first user, median",
    "deployment frequency    0.7 a week          releases that everybody got and kept",
    "change fail rate        1 of 2 (50 %)       deployments taken away from users",
    "  weighted by users     2 %                 by the share of users they reached",
    "failed recovery time    4 min               first user on it to last user off it, median",
    "deployment rework rate  0 %                 hotfixes and reverts of what users had met",
  ]);
});

// oxfmt-ignore
const ages: readonly (readonly [age: string, ageMs: number, deployments: number, head: string, frequency: string])[] = [
  ["34 seconds", 34_000,   2, "shop, last 34.0 s: 2 deployments to users", "2 in 34.0 s"],
  ["a day",      day,      2, "shop, last 1 d: 2 deployments to users",  "2 a day"],
  ["2 days",     2 * day,  1, "shop, last 2 d: 1 deployment to users",   "3.5 a week"],
  ["40 days",    40 * day, 1, "shop, last 10 d: 1 deployment to users",  "0.7 a week"],
];
for (const [age, ageMs, count, head, frequency] of ages) {
  test(`dora: of an app of ${age}, no longer time is said to have been watched`, () => {
    const fresh: Delivery = { committed: 0.5, steps: [[0.3, 5000]], published: 0.1 };
    const entries = [...founded(ageMs), ...entriesOf(Array.from({ length: count }, () => fresh))];
    const lines = renderDora(dora({ entries, windowMs: 10 * day, now, app: shop }));
    assert.equal(lines[0], head);
    assert.ok(lines.some((line) => line.startsWith(`deployment frequency    ${frequency} `)));
  });
}

test("dora: what is not known is said to be so, and what did not fail is not a time", () => {
  assert.equal(
    renderDora(report([]))
      .join("\n")
      .match(/not enough data/g)?.length,
    8,
  );
  assert.match(renderDora(report([good])).join("\n"), /failed recovery time +nothing failed/);
});
