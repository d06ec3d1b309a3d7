/** What two releases of an app differ by, as far as one may know it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAppName, type Actor, type Role } from "#domain";
import type { Asked } from "./handlers.ts";
import { insightHandlers } from "./insight-handlers.ts";
import { shopAt } from "./shop.testing.ts";

const shop = parseAppName("shop");
assert.ok(shop.ok);

// oxfmt-ignore
const readers: readonly (readonly [role: Role, mayName: boolean])[] = [
  ["viewer",    false],
  ["developer", true],
];

for (const [role, mayName] of readers) {
  test(`a ${role} who compares two releases is ${mayName ? "" : "not "}told the names of configuration`, async () => {
    const actor: Actor = {
      name: "bo",
      grants: [{ role, scope: { kind: "app", app: shop.value } }],
    };
    const handlers = insightHandlers(shopAt(Date.now()));
    const input = { params: { app: "shop" }, query: { from: 11, to: 12 }, body: undefined };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of who asks no more is looked at
    const asked = { actor } as unknown as Asked;
    const answer = await handlers["GET /api/v1/apps/:app/diff"](input, asked);
    assert.ok(answer.ok);
    assert.equal(answer.value.config !== undefined, mayName);
    assert.ok(answer.value.code.commits.length > 0, "the code is told to both");
  });
}
