/** The audit log of an app whose name was used before, over a real journal: it begins with the app (decision 0207). */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { machineActor, parseAppName, type Actor, type Clock } from "#domain";
import { createTestDatabase, systemClock } from "#ground/storage/testing";
import { auditHandler } from "./audit-handler.ts";
import type { Asked } from "./handlers.ts";

const parsed = parseAppName("shop");
assert.ok(parsed.ok);
const shop = parsed.value;
const ofShop: Actor = {
  name: "bo",
  grants: [{ role: "operator", scope: { kind: "app", app: shop } }],
};
const query = { limit: 50, before: undefined, who: undefined, what: undefined } as const;
const times = { fromAt: undefined, toAt: undefined } as const;

/** Of the first shop, made at 100: an entry at 100 and at 199. Of the second, made at 200: at 200 and 250. */
async function open(t: TestContext) {
  const database = await createTestDatabase();
  let now = 0;
  const clock: Clock = { ...systemClock, now: () => now };
  const store = await database.open({ clock });
  t.after(async () => {
    await store[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });
  for (const at of [100, 199, 200, 250]) {
    now = at;
    const by = { address: "192.0.2.7" };
    const data = { host: `at-${at}.test` };
    await store.commit({
      entries: [{ type: "dev.tidegate.domain.added", app: shop, actor: "ana", by, data }],
    });
  }
  return async (
    actor: Actor,
    more: Partial<Record<"fromAt" | "toAt", number>> = {},
    isGone = false,
  ) => {
    const seen = isGone ? [] : [{ name: shop, createdAt: 200 }];
    const handlers = auditHandler({
      audit: async (asked) => await store.signedEntries(asked),
      sight: async (who) => (who === machineActor ? undefined : seen),
    });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of who asks no more is looked at
    const asked = { actor } as unknown as Asked;
    const input = { query: { ...query, ...times, ...more, app: "shop" } };
    const answer = await handlers["GET /api/v1/audit"](
      { ...input, params: undefined, body: undefined },
      asked,
    );
    return answer.ok ? answer.value.entries.map(({ at }) => at) : answer.error.code;
  };
}

test("the audit log of an app begins when this one was made, whatever is asked for", async (t) => {
  const audit = await open(t);
  assert.deepEqual(await audit(ofShop), [250, 200]);
  assert.deepEqual(await audit(ofShop, { fromAt: 0 }), [250, 200]);
  assert.deepEqual(await audit(ofShop, { fromAt: 201 }), [250]);
  assert.deepEqual(await audit(ofShop, { toAt: 199 }), []);
});

test("who sees the whole platform sees what was of the name before", async (t) => {
  const audit = await open(t);
  assert.deepEqual(await audit(machineActor), [250, 200, 199, 100]);
});

test("of an app that went since the request was let in nothing is told, its past least of all", async (t) => {
  const audit = await open(t);
  assert.equal(await audit(ofShop, {}, true), "not_found");
});
