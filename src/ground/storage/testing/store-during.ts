import type { TestContext } from "node:test";
import type { Clock } from "#domain";
import { createTestDatabase } from "./test-database.ts";

/** A store over a database of its own, for as long as a test lasts; `clock` is its own sense of time. */
export async function storeDuring(
  context: TestContext,
  clock?: Clock,
): ReturnType<Awaited<ReturnType<typeof createTestDatabase>>["open"]> {
  const database = await createTestDatabase();
  const store = await database.open(clock === undefined ? {} : { clock });
  context.after(async () => {
    await store[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });
  return store;
}
