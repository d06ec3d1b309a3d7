import assert from "node:assert/strict";
import { test } from "node:test";
import { machineActor } from "#domain";
import { overviewApp } from "./overview.ts";
import { pageOf } from "./paged.ts";
import { shopAt } from "./shop.testing.ts";

const [shop] = await shopAt(1_800_000_000_000).overview({ limit: 1 }, machineActor);
assert(shop !== undefined);

test("overview: an app is told with its live release, its rollout and its last change", () => {
  const { live: its, rollout, change } = overviewApp(shop);
  assert.deepEqual([its?.number, its?.instances, its?.instancesReady], [11, 1, 1]);
  assert.deepEqual(
    [rollout?.number, rollout?.usersExposed, rollout?.state],
    [12, 61, "rolled_back"],
  );
  assert.equal(change?.stage, "rollout");
  assert.ok(!JSON.stringify(overviewApp(shop)).includes("not-for-everyone"));
});

const page = (items: readonly string[]) => pageOf(items, 2, (item) => item);

test("pages: the last page has no next, and one that is cut names its last item", () => {
  assert.deepEqual(page(["a", "b", "c"]), { items: ["a", "b"], next: { next: "b" } });
  assert.deepEqual(page(["a", "b"]), { items: ["a", "b"], next: {} });
  assert.deepEqual(page([]), { items: [], next: {} });
});
