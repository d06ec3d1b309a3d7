/** What people are told of a user is what the edge does with them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { newId, type AppRoute, type CohortRule, type UserPlace } from "#domain";
import { assign } from "./cohort.ts";
import { armOf, routeOf, tableOf } from "./edge-fixture.conformance.ts";
import { placeOf } from "./place-of.ts";
import { activate, Memory } from "./table.ts";
import type { Upstream } from "./upstream.ts";
import { userKeys } from "./user-key.ts";

const keys = userKeys(Buffer.alloc(32, 1));
const rules: readonly CohortRule[] = [
  { arm: "candidate", match: { kind: "user", keys: ["ana"] } },
  { arm: "candidate", match: { kind: "user", keys: ["ben", "cem", "dan"] }, buckets: 4_000 },
];

function routeAt(exposure: number, isFresh: boolean): AppRoute {
  const fresh = { targets: armOf(3).targets, buckets: Math.min(exposure, 10_000 - exposure) };
  return routeOf({
    baseline: armOf(1),
    userKey: { from: "header", name: "X-User" },
    rollout: {
      id: newId("rol", () => 0.5),
      salt: "salt",
      candidate: { ...armOf(2), label: "v2" },
      exposure,
      rules,
      ...(isFresh ? { fresh } : {}),
    },
  });
}

test("a user's place is where the edge sends them, whoever they are and whatever is exposed", () => {
  const anybody = fc.oneof(
    fc.constantFrom("ana", "ben", "cem", "dan"),
    fc.string({ minLength: 1 }),
  );
  fc.assert(
    fc.property(anybody, fc.nat(10_000), fc.boolean(), (userKey, exposure, isFresh) => {
      const route = routeAt(exposure, isFresh);
      const table = tableOf(1, route);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing is sent anywhere
      const app = activate(table, new Memory(), () => ({}) as Upstream).apps.get("shop.localhost");
      assert.ok(app !== undefined);
      const sent = assign(app, { cookie: "", rawHeaders: ["x-user", userKey] }, keys);
      const told = placeOf(table, { app: route.app, userKey }, keys);
      assert.ok(told !== undefined && told !== "not_a_user" && told.by !== "everybody");
      assert.equal(told.arm, sent.arm?.arm);
      assert.equal(told.label, sent.arm?.label);
      assert.equal(told.by === "rule" ? "rule" : "random", sent.tally?.key.assignedBy);
    }),
  );
});

const places: readonly (readonly [string, Partial<AppRoute>, Partial<UserPlace> | undefined])[] = [
  ["an app of which nothing is released", {}, undefined],
  ["an app without a rollout", { baseline: armOf(1) }, { by: "everybody", label: "v1" }],
];
for (const [claim, route, expected] of places) {
  test(`a user's place: ${claim}`, () => {
    const whole = routeOf(route);
    const place = placeOf(tableOf(1, whole), { app: whole.app, userKey: "u" }, keys);
    if (expected === undefined) assert.equal(place, undefined);
    else assert.partialDeepStrictEqual(place, expected);
  });
}

test("where the edge's cookie tells users apart, its value names one and a name does not", () => {
  const route: AppRoute = { ...routeAt(5_000, false), userKey: { from: "edge_cookie" } };
  const table = tableOf(1, route);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing is sent anywhere
  const app = activate(table, new Memory(), () => ({}) as Upstream).apps.get("shop.localhost");
  assert.ok(app !== undefined);
  const arms = new Set<string | undefined>();
  for (let user = 0; user < 40; user += 1) {
    const { cookieValue } = keys.mint();
    const sent = assign(app, { cookie: `tidegate_uid=${cookieValue}`, rawHeaders: [] }, keys);
    const told = placeOf(table, { app: route.app, userKey: cookieValue }, keys);
    assert.ok(typeof told === "object" && told.by === "chance");
    assert.equal(told.arm, sent.arm?.arm);
    arms.add(told.arm);
  }
  assert.equal(arms.size, 2, "forty users are on both sides");
  const foreign = userKeys(Buffer.alloc(32, 2)).mint();
  for (const userKey of ["ana", keys.mint().key, foreign.cookieValue]) {
    assert.equal(placeOf(table, { app: route.app, userKey }, keys), "not_a_user");
  }
});
