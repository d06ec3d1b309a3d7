/** Who gets what by rule, by preview and by chance: the assignment as a function of table and request. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type AppRoute,
  type CohortMatch,
  type CohortRule,
  newId,
  parseAppName,
  type RouteTable,
} from "#domain";
import { sha256Hex } from "#std";
import { assign, type Visitor } from "./cohort.ts";
import { activate, Memory } from "./table.ts";
import type { Upstream } from "./upstream.ts";
import { userKeys } from "./user-key.ts";

const name = (() => {
  const parsed = parseAppName("shop");
  assert.ok(parsed.ok);
  return parsed.value;
})();
let drawn = 0;
const draw = (): number => {
  drawn += 0.013;
  return drawn % 1;
};
const arm = (label: string) => ({
  release: newId("rel", draw),
  label,
  targets: [{ instance: newId("ins", draw), host: "127.0.0.1", port: 1 }],
});
const keys = userKeys(Buffer.alloc(32, 1));

type Exposure = Partial<NonNullable<AppRoute["rollout"]>>;

/** The assignments that an edge makes of this rollout, by host. */
function edge(rollout: Exposure, others: readonly AppRoute[] = []) {
  const route: AppRoute = {
    app: name,
    hosts: ["shop.localhost"],
    baseline: arm("v1"),
    rollout: {
      id: newId("rol", draw),
      salt: "salt",
      candidate: arm("v2"),
      exposure: 0,
      rules: [],
      ...rollout,
    },
    userKey: { from: "header", name: "x-user" },
    requestTimeoutMs: 1_000,
  };
  const table: RouteTable = { version: 1, apps: [route, ...others] };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing is sent anywhere
  const active = activate(table, new Memory(), () => ({}) as Upstream);
  return (headers: Readonly<Record<string, string>>, host = "shop.localhost"): string => {
    const app = active.apps.get(host);
    if (app === undefined) return "unknown";
    const { cookie = "", ...rest } = headers;
    const visitor: Visitor = { cookie, rawHeaders: Object.entries(rest).flat() };
    const { arm: served, tally } = assign(app, visitor, keys);
    return `${served?.arm ?? "nobody"} by ${tally?.key.assignedBy ?? "nothing"}`;
  };
}

const inBy = (match: CohortMatch, buckets?: number): Exposure => {
  const rule: CohortRule = { arm: "candidate", match };
  return { rules: [buckets === undefined ? rule : { ...rule, buckets }] };
};
const beta: CohortMatch = { kind: "header", name: "X-Beta", value: "1" };
const gold: CohortMatch = { kind: "cookie", name: "plan", value: "gold" };
const people: CohortMatch = { kind: "user", keys: ["ana", `sha256:${sha256Hex("ben")}`] };

// oxfmt-ignore
const cases: readonly (readonly [string, Exposure, Readonly<Record<string, string>>, string])[] = [
  ["a header",                     inBy(beta),   { "x-beta": "1" },              "candidate by rule"],
  ["another value of it",          inBy(beta),   { "x-beta": "2" },              "baseline by random"],
  ["a cookie",                     inBy(gold),   { cookie: "a=b; plan=gold" },   "candidate by rule"],
  ["another cookie",               inBy(gold),   { cookie: "plan=golden" },      "baseline by random"],
  ["a user by name",               inBy(people), { "x-user": "ana" },            "candidate by rule"],
  ["a user by hash",               inBy(people), { "x-user": "ben" },            "candidate by rule"],
  ["a hash is no name",            inBy(people), { "x-user": `sha256:${sha256Hex("ben")}` }, "baseline by random"],
  ["another user",                 inBy(people), { "x-user": "eve" },            "baseline by random"],
  ["nobody of a segment",          inBy(beta, 0), { "x-beta": "1", "x-user": "u" }, "baseline by random"],
  ["all of a segment",             inBy(beta, 10_000), { "x-beta": "1", "x-user": "u" }, "candidate by rule"],
];
for (const [claim, rollout, headers, expected] of cases) {
  test(`rules: ${claim} gives ${expected}`, () => assert.equal(edge(rollout)(headers), expected));
}

test("rules: a part of a segment leaves a chance sample of the rest", () => {
  const at = edge({ ...inBy(beta, 3_000), exposure: 2_000 });
  const seen = new Map<string, number>();
  for (let user = 0; user < 10_000; user += 1) {
    const where = at({ "x-beta": "1", "x-user": `user-${user}` });
    seen.set(where, (seen.get(where) ?? 0) + 1);
  }
  const share = (where: string): number => (seen.get(where) ?? 0) / 10_000;
  assert.ok(Math.abs(share("candidate by rule") - 0.3) < 0.02, "three tenths are in by rule");
  const chance = share("candidate by random");
  const rest = chance + share("baseline by random");
  assert.ok(Math.abs(chance / rest - 0.2) < 0.02, "and a fifth of the others by chance");
});

test("a preview gives everybody the candidate, counted as by rule, and no cookie of the experiment", () => {
  const at = edge({ previewHosts: ["preview-shop.localhost"] });
  assert.equal(at({ "x-user": "u" }, "preview-shop.localhost"), "candidate by rule");
  assert.equal(at({ "x-user": "u" }), "baseline by random");
  assert.equal(edge({})({}, "preview-shop.localhost"), "unknown");
});

test("a preview never takes the address of an app of that name", () => {
  const parsed = parseAppName("preview-shop");
  assert.ok(parsed.ok);
  const other: AppRoute = {
    app: parsed.value,
    hosts: ["preview-shop.localhost"],
    baseline: arm("v9"),
    userKey: { from: "edge_cookie" },
    requestTimeoutMs: 1_000,
  };
  const at = edge({ previewHosts: ["preview-shop.localhost"] }, [other]);
  assert.equal(at({}, "preview-shop.localhost"), "baseline by random");
});
