import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Absentee,
  type Artifact,
  type Change,
  type Digest,
  digestOf,
  parseAppName,
  parseId,
  type RolloutPolicy,
  type Store,
} from "#domain";
import { sure } from "#std/testing";
import { defaultRolloutPolicy } from "#delivery/rollout";
import { createTestDatabase } from "#ground/storage/testing";
import { gatheringOf, tellable } from "./gathering.ts";
import { type Neighbour, neighboursOf } from "./neighbours.ts";
import { aChange, aRelease } from "./plot.testing.ts";
import { judgeTogether } from "./together-findings.ts";

type Shape = "new" | "idle" | "building" | "ready" | "moving";

interface Scene {
  /** How each app stands, and whom it names. */
  readonly apps: Readonly<Record<string, readonly [Shape, readonly string[]]>>;
  /** What "shop" names. */
  readonly names: readonly string[];
  readonly isLate?: boolean;
  /** Whoever pushed sees no other app. */
  readonly isBlind?: boolean;
}

const building = "a change of it is on its way";
const moving = "a change of it is in a rollout of its own";
const noSuchApp = "there is no such app that names shop under together";

// oxfmt-ignore
const rows: readonly (readonly [claim: string, scene: Scene, outcome: string])[] = [
  ["nobody is named",                          { names: [],       apps: {} },                                 "begins"],
  ["an app with nothing new holds nobody up",  { names: ["web"],  apps: { web: ["idle", ["shop"]] } },        "begins"],
  ["an unknown app holds nobody up",           { names: ["web"],  apps: {} },                                 `begins, without web: ${noSuchApp}`],
  ["an app's first release goes by itself",    { names: ["web"],  apps: { web: ["new", ["shop"]] } },         "begins, without web: it has no release yet"],
  ["one that does not name it goes by itself", { names: ["web"],  apps: { web: ["ready", []] } },             "begins, without web: it does not name shop under together"],
  ["one whose word is not known yet is waited for", { names: ["web"], apps: { web: ["building", []] } },      `waits for web: ${building}`],
  ["one in a rollout of its own is waited for", { names: ["web"], apps: { web: ["moving", ["shop"]] } },      `waits for web: ${moving}`],
  ["but not for ever",                         { names: ["web"],  apps: { web: ["moving", ["shop"]] }, isLate: true }, `begins, without web: ${moving}, for too long`],
  ["both are ready",                           { names: ["web"],  apps: { web: ["ready", ["shop"]] } },       "begins with web"],
  ["it names itself, too",                     { names: ["shop", "web"], apps: { web: ["ready", ["web", "shop"]] } }, "begins with web"],
  ["who goes with one goes with its others",   { names: ["web"],  apps: { web: ["ready", ["shop", "mail"]], mail: ["ready", ["web"]] } }, "begins with web, mail"],
  ["three in a circle of names end",           { names: ["web"],  apps: { web: ["ready", ["shop", "mail"]], mail: ["ready", ["web", "shop"]] } }, "begins with web, mail"],
  ["the others of one that is ready are waited for", { names: ["web"], apps: { web: ["ready", ["shop", "mail"]], mail: ["building", []] } }, `waits for mail: ${building}`],
  ["who is late is left, who is ready comes along", { names: ["mail", "web"], apps: { web: ["ready", ["shop"]], mail: ["building", []] }, isLate: true }, `begins with web, without mail: ${building}, for too long`],
  ...(["new", "idle", "building", "ready", "moving"] as const).map((shape) =>
    [`to who may not see it, one that is ${shape} and does not name it is as none`, { names: ["web"], apps: { web: [shape, []] }, isBlind: true }, `begins, without web: ${noSuchApp}`] as const),
  ["nor is a deleted one, or one with no app of its name", { names: ["web"], apps: {}, isBlind: true },       `begins, without web: ${noSuchApp}`],
  ["one that names it is as to anybody",       { names: ["web"],  apps: { web: ["ready", ["shop"]] }, isBlind: true }, "begins with web"],
  ["also while it moves",                      { names: ["web"],  apps: { web: ["moving", ["shop"]] }, isBlind: true }, `waits for web: ${moving}`],
];
for (const [claim, { apps, names, isLate = false, isBlind = false }, outcome] of rows) {
  test(`gathering: ${claim}`, async () => {
    await using database = await createTestDatabase();
    await using store = await database.open();
    for (const [index, [name, [shape, named]]] of Object.entries(apps).entries()) {
      await keep(store, { name, shape, named, index });
    }
    const people = { sees: async () => !isBlind };
    const by = { app: "shop", pushedBy: "ana" };
    const neighbours = await neighboursOf(by, policyWith(names), { store, people });
    assert.equal(inWords(neighbours, isLate), outcome);
  });
}

test("gathering: a change tells no name that its own manifest does not", () => {
  const absent = [
    { app: "web", because: "x" },
    { app: "mail", because: "y" },
  ];
  const policy = policyWith(["web"]);
  const waits = tellable({ kind: "wait", waitsFor: absent, untilAt: 1 }, policy);
  const begins = tellable({ kind: "begin", with: [], without: absent }, policy);
  for (const told of [waits, begins]) {
    assert.match(JSON.stringify(told), /"web".*"another app"/);
    assert.doesNotMatch(JSON.stringify(told), /mail/);
  }
});

test("gathering: more apps than end as one go each by itself", () => {
  const many = Array.from({ length: 8 }, (_, index): Neighbour => ({
    app: `a${index}`,
    standing: "coming",
    because: "",
  }));
  assert.match(inWords(many, false), /^begins, without a0: more than 8 apps would go together/);
});

const list = (absent: readonly Absentee[]): string =>
  absent.map(({ app, because }) => `${app}: ${because}`).join("; ");

function inWords(neighbours: readonly Neighbour[], isLate: boolean): string {
  const found = gatheringOf(neighbours, { untilAt: 1_000, now: isLate ? 1_000 : 999 });
  if (found.kind === "wait") return `waits for ${list(found.waitsFor)}`;
  const names = found.with.map(({ app }) => app.body.name).join(", ");
  const without = found.without.length === 0 ? "" : `, without ${list(found.without)}`;
  return `begins${names === "" ? "" : ` with ${names}`}${without}`;
}

function policyWith(apps: readonly string[]): RolloutPolicy {
  return { ...defaultRolloutPolicy, together: { apps, waitMs: 1_000 } };
}

interface Kept {
  readonly name: string;
  readonly shape: Shape;
  readonly named: readonly string[];
  readonly index: number;
}

async function keep(store: Store, { name, shape, named, index }: Kept): Promise<void> {
  const app = sure(parseAppName(name));
  const id = (kind: "rel" | "chg", of: number) => `${kind}_0000000000${index}${of}`;
  const live = sure(parseId("rel", id("rel", 1)));
  const next = sure(parseId("rel", id("rel", 2)));
  const isBuilt = shape === "ready" || shape === "moving";
  const digest = digestOf(String(index).repeat(64));
  const change: Change = {
    ...aChange,
    id: sure(parseId("chg", id("chg", 1))),
    app,
    state: shape === "idle" ? "live" : "delivering",
    ...(isBuilt ? { artifact: digest } : {}),
    ...(shape === "ready" ? { release: next, gathering: { untilAt: 5 } } : {}),
    ...(shape === "moving" ? { rollout: sure(parseId("rol", "rol_000000000009")) } : {}),
  };
  const written = await store.commit({
    documents: [
      {
        kind: "app",
        id: app,
        app,
        body: {
          name: app,
          createdAt: 0,
          createdBy: "ana",
          trackedBranch: "main",
          configVersion: 0,
          nextReleaseNumber: 3,
          ...(shape === "new" ? {} : { liveRelease: live }),
        },
      },
      { kind: "release", id: live, app, body: { ...aRelease(live, 1, "live"), app } },
      { kind: "release", id: next, app, body: { ...aRelease(next, 2, "starting"), app } },
      { kind: "change", id: change.id, app, body: change },
      { kind: "artifact", id: digest, app, body: artifactOf(change, digest, policyWith(named)) },
    ],
  });
  assert.ok(written.ok);
}

function artifactOf(change: Change, digest: Digest, rollout: RolloutPolicy): Artifact {
  const plan: Artifact["plan"] = {
    digest,
    stack: "static",
    title: "A tree as it is",
    reasons: [],
    steps: [],
    processes: { web: { argv: ["serve"] } },
    env: {},
    health: { timeoutMs: 1 },
    stopGraceMs: 1,
    testReports: [],
    gate: {},
    rollout,
    toolchain: {},
  };
  const { app, id, commit, tree } = change;
  const made = { steps: [], directory: "x", sizeBytes: 1, createdAt: 0 };
  return { digest, app, change: id, commit, tree, plan, ...made };
}

const cookie = { from: "cookie", name: "account" } as const;
const edge = { from: "edge_cookie" } as const;
const naming = (...apps: readonly string[]) => ({ apps, waitMs: 1 });

test("together: doctor says who is not named back, and whose users differ", () => {
  const findings = judgeTogether(
    new Map([
      ["alone", { userKey: edge }],
      ["mail", { userKey: cookie, together: naming("web") }],
      ["shop", { userKey: edge, together: naming("web") }],
      ["web", { userKey: cookie, together: naming("shop") }],
    ]),
  );
  assert.deepEqual(
    findings.map(({ name, state, found }) => `${name} ${state}: ${found}`),
    [
      "together: mail fair: its changes do not go together with those of web",
      "together: shop fair: users differ from those of web: each host has its own edge's cookie",
    ],
  );
});
