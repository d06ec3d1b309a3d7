import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAppName, type Actor, type AppName } from "#domain";
import type { SeenApp } from "#delivery";
import { openSight } from "./sight.ts";
import { realClock } from "./surroundings.testing.ts";

const app = (name: string): AppName => {
  const parsed = parseAppName(name);
  assert.ok(parsed.ok);
  return parsed.value;
};

const everything: Actor = {
  name: "ana",
  grants: [{ role: "operator", scope: { kind: "platform" } }],
};
const ofShop: Actor = {
  name: "bo",
  grants: [{ role: "operator", scope: { kind: "app", app: app("shop") } }],
};
const shop: SeenApp = { name: app("shop"), createdAt: 100 };

// oxfmt-ignore
const rows: readonly (readonly [claim: string, actor: Actor, head: { readonly app?: string; readonly at: number }, isSeen: boolean])[] = [
  ["one sees the apps one may see",                    ofShop,     { app: "shop", at: 100 }, true],
  ["not what was before of an app of the same name",   ofShop,     { app: "shop", at: 99 },  false],
  ["nor others",                                       ofShop,     { app: "blog", at: 200 }, false],
  ["nor what is of no app",                            ofShop,     { at: 200 },              false],
  ["who sees the platform sees what there was",        everything, { app: "shop", at: 99 },  true],
  ["and what is of no app",                            everything, { at: 99 },               true],
];
for (const [claim, actor, head, isSeen] of rows) {
  test(`sight: ${claim}`, async () => {
    const delivery = { sight: async () => (actor === everything ? undefined : [shop]) };
    const asked = { actor, actorNow: async () => actor };
    const sight = await openSight(asked, { delivery, clock: realClock });
    assert.equal(sight.sees(head), isSeen);
  });
}

test("sight: what instances printed is for who may read the logs of that app", async () => {
  const delivery = {
    sight: async (_actor: Actor, permission?: string) =>
      permission === "log.read" ? [shop] : undefined,
  };
  const asked = { actor: ofShop, actorNow: async () => ofShop };
  const sight = await openSight(asked, { delivery, clock: realClock });
  assert.equal(sight.readsLogsOf({ app: "shop", at: 100 }), true);
  assert.equal(sight.readsLogsOf({ app: "shop", at: 99 }), false, "another one of its name");
  assert.equal(sight.readsLogsOf({ app: "blog", at: 100 }), false);
  assert.equal(sight.sees({ app: "blog", at: 100 }), true);
});
