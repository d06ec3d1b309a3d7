/** How what is live fares, as the command line says it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AppResource } from "#faces/api/contract";
import { renderApp, renderApps } from "./app.ts";
import { paintFor } from "./paint.ts";
import { renderGlance } from "./status.ts";

const now = 1_800_000_000_000;
type Environment = AppResource["environments"][number];
type State = "ready" | "exited";

const live = (state: State): NonNullable<Environment["live"]> => ({
  id: "rel_1",
  number: 12,
  app: "shop",
  environment: "production",
  artifact: "a",
  change: "chg_1",
  configVersion: 0,
  formation: { web: 1 },
  state: "live",
  instances: [{ id: "ins_1", processType: "web", state, restarts: 0 }],
  createdAt: now,
  cause: "push",
});
const shop = (production: Partial<Environment>): AppResource => ({
  name: "shop",
  url: "http://shop.localhost:7480",
  gitUrl: "http://127.0.0.1:7420/git/shop.git",
  domains: [],
  trackedBranch: "main",
  createdAt: now,
  createdBy: "ana",
  configVersion: 0,
  environments: [
    { name: "production", requestsPerSecond: 0, errorRatio: 0, health: "none", ...production },
  ],
});
const ended = (count: number) => ({
  count,
  lastExit: "exit code 3",
  lastAt: now - 20_000,
  isRestarting: count >= 3,
});
const around = { now, paint: paintFor({ isTerminal: false }, {}) };
const next =
  "next: tidegate logs --app shop says why; tidegate release rollback --app shop brings back what was live before, if anything was";

type Case = readonly [
  claim: string,
  production: Partial<Environment>,
  state: string,
  status: string,
  said: readonly string[],
];
// oxfmt-ignore
const cases: readonly Case[] = [
  ["runs",                         { live: live("ready"), health: "good" },                              "v12 live",             "healthy",          []],
  ["ended once",                   { live: live("ready"), restarts: ended(1), health: "good" },          "v12 live",             "healthy",          ["shop: v12 restarted once in the last 10 min, exit code 3 (20 s ago)", next]],
  ["ends again and again",         { live: live("ready"), restarts: ended(5), health: "restarting" },    "v12 live, restarting", "1 app restarting", ["shop: v12 restarted 5 times in the last 10 min, exit code 3 (last 20 s ago)", next]],
  ["does not answer",              { live: live("exited"), health: "failing" },                          "v12 live, failing",    "1 app failing",    ["shop: none of the instances of v12 answers", next]],
  ["fails one request in five",    { live: live("ready"), errorRatio: 0.2, health: "failing" },          "v12 live, failing",    "1 app failing",    ["shop: 20 % of its requests failed in the last minute", next]],
  ["was never delivered",          { health: "none" },                                                   "nothing delivered yet", "healthy",         []],
];
for (const [claim, production, state, status, said] of cases) {
  test(`app: one that ${claim} is told as ${state}, and the platform as ${status}`, () => {
    const app = shop(production);
    const [, row = "", , ...lines] = renderApps([app], around).split("\n");
    assert.match(row, new RegExp(`^shop  ${state}  `));
    assert.deepEqual(lines, said);
    const [head = ""] = renderGlance(glanceOf(app), around).split("\n");
    assert.ok(head.endsWith(`, ${status}`), head);
  });
}

test("app: beside what happened stands what it printed, and then what to type", () => {
  const app = shop({ live: live("ready"), restarts: ended(5), health: "restarting" });
  const shown = { ...app, sshUrl: undefined, lastLines: ["Error: no database"] };
  assert.deepEqual(renderApp(shown, around).split("\n").slice(-4), [
    "",
    "shop: v12 restarted 5 times in the last 10 min, exit code 3 (last 20 s ago)",
    "  | Error: no database",
    next,
  ]);
});

const named = (name: string, health: Environment["health"]): AppResource => ({
  ...shop({ live: live("ready"), requestsPerSecond: health === "good" ? 90 : 0, health }),
  name,
});

test("status: those that fare ill come first, and each ill is counted", () => {
  const glance = {
    ...glanceOf(named("busy", "good")),
    apps: [named("busy", "good"), named("sick", "failing"), named("ill", "restarting")],
  };
  const lines = renderGlance(glance, around).split("\n");
  assert.match(lines[0] ?? "", /, 1 app restarting, 1 app failing$/);
  const order = ["busy", "sick", "ill"].map((name) =>
    lines.findIndex((line) => line.startsWith(`${name} `)),
  );
  assert.ok((order[0] ?? 0) > Math.max(order[1] ?? 0, order[2] ?? 0), lines.join("\n"));
});

function glanceOf(app: AppResource): Parameters<typeof renderGlance>[0] {
  return {
    apps: [app],
    changes: [],
    url: "http://127.0.0.1:7420",
    me: { name: "admin", grants: [] },
    status: {
      version: "0.1.0",
      startedAt: now,
      apps: 1,
      activeRollouts: 0,
      edges: [],
      database: "up",
      sandboxLevel: 3,
      journalEntries: 1,
    },
  };
}
