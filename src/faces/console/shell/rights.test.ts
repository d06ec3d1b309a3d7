/** What a button says before the API would: the same table of permissions decides both. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MeResource } from "#faces/api/contract";
import { refusalOf } from "./rights.ts";

function ana(...grants: MeResource["grants"]): MeResource {
  return { name: "ana", grants };
}

test("console: who may is told nothing, who may not is told which role it takes", () => {
  const of = { app: "shop" };
  assert.equal(
    refusalOf(ana({ role: "operator", on: "app:shop" }), "rollout.steer", of),
    undefined,
  );
  assert.equal(refusalOf(ana({ role: "admin", on: "platform" }), "rollout.steer", of), undefined);
  const refusal = refusalOf(ana({ role: "developer", on: "app:shop" }), "rollout.steer", of);
  assert.match(refusal ?? "", /resume, promote.*operator or admin for shop/);
});

test("console: a role for another app is no role here, and a team's is for its apps", () => {
  const other = ana({ role: "admin", on: "app:blog" });
  assert.notEqual(refusalOf(other, "rollout.stop", { app: "shop" }), undefined);
  const crew = ana({ role: "approver", on: "team:crew" });
  assert.equal(refusalOf(crew, "rollout.approve", { app: "shop", team: "crew" }), undefined);
  assert.notEqual(refusalOf(crew, "rollout.approve", { app: "shop" }), undefined);
});

test("console: as long as nobody knows who asks, the API decides alone", () => {
  assert.equal(refusalOf(undefined, "rollout.stop", { app: "shop" }), undefined);
});
