/** Searches through logs, of which each reads a file from end to end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { newId, type Actor } from "#domain";
import type { Delivery } from "#delivery";
import { ok } from "#std";
import type { Asked } from "./handlers.ts";
import { searchesMax, searchesPerUserMax } from "./limits.ts";
import { logHandlers } from "./log-handlers.ts";

test("searches: more at once than one user may are refused until one has ended, and others search", async () => {
  const held = Promise.withResolvers<void>();
  const hits = { hits: [], total: 0, lines: 0, isWhole: true };
  const searchLog = async () => {
    await held.promise;
    return ok(hits);
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else is asked of it
  const handlers = logHandlers({ searchLog } as unknown as Delivery);
  const search = async (chance: number) => {
    const actor: Actor = { name: "one", user: newId("usr", () => chance), grants: [] };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of who asks no more is looked at
    const asked = { actor, signal: new AbortController().signal } as unknown as Asked;
    const input = { params: { change: "chg_1", stage: "build" }, query: { text: "x" } } as const;
    return await handlers["GET /api/v1/changes/:change/logs/:stage/search"](
      { ...input, body: undefined },
      asked,
    );
  };
  const refusal = async (chance: number) => {
    const refused = await search(chance);
    assert.ok(!refused.ok && refused.error.code === "too_many_searches");
    return refused.error.isOwn;
  };
  const users = Array.from({ length: searchesMax / searchesPerUserMax }, (_, index) => index / 10);
  const running = users.flatMap((user) =>
    Array.from({ length: searchesPerUserMax }, async () => await search(user)),
  );
  assert.equal(await refusal(0), true);
  assert.equal(await refusal(0.9), false);
  held.resolve();
  for (const each of running) assert.ok((await each).ok);
  assert.ok((await search(0)).ok, "there is room again");
});
