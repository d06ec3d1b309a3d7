/** The room over a PostgreSQL of its own, at a time that a test lets pass. */
import type { TestContext } from "node:test";
import type { Result } from "#std";
import { sure } from "#std/testing";
import type { Actor, Clock } from "#domain";
import { createTestDatabase, silentLog, systemClock } from "#ground/storage/testing";
import { openPeople } from "./index.ts";

export async function openWorld(t: TestContext) {
  const database = await createTestDatabase();
  const store = await database.open();
  t.after(async () => {
    await store[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });
  let aheadMs = 0;
  const clock: Clock = { ...systemClock, now: () => Date.now() + aheadMs };
  const { people, newcomers } = openPeople({ store, clock, log: silentLog });
  return {
    store,
    people,
    newcomers,
    /** Who they are now, with the rights they have now. */
    actor: async (name: string): Promise<Actor> =>
      await newcomers.actorOf(sure(await people.user(name))),
    pass: (ms: number) => void (aheadMs += ms),
  };
}

export function codeOf(result: Result<unknown, { readonly code: string }>): string {
  return result.ok ? "ok" : result.error.code;
}
