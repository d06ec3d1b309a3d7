import { strict as assert } from "node:assert";
import { test } from "node:test";
import { Client } from "pg";
import type { EventType, JournalEntry } from "#domain";
import { createTestDatabase, type TestDatabase } from "#ground/storage/testing";
import { clientConfig } from "./client-config.ts";
import { appName, created, heldClock, never } from "./fixtures.testing.ts";

async function execute(database: TestDatabase, statement: string): Promise<void> {
  const client = new Client(clientConfig(database.connection));
  client.on("error", () => undefined); // a test may end this connection, too
  await client.connect();
  await client.query(statement);
  await client.end();
}

// oxfmt-ignore
const tampering: readonly (readonly [claim: string, statement: string, brokenAt: number | undefined])[] = [
  ["nothing",                     "select 1", undefined],
  ["who did it",                  "update journal set actor = 'eve' where seq = 3", 3],
  ["from where",                  "update journal set by = '{\"address\":\"203.0.113.9\"}' where seq = 3", 3],
  ["when",                        "update journal set at = at - 1 where seq = 3", 3],
  ["what",                        "update journal set data = '{\"app\":\"eve\"}' where seq = 3", 3],
  ["to which app",                "update journal set app = 'eve' where seq = 3", 3],
  ["its hash",                    "update journal set hash = repeat('a', 64) where seq = 3", 3],
  ["an entry that is gone",       "delete from journal where seq = 3", 3],
  ["an order that changed",       "update journal set seq = case seq when 3 then -4 else -3 end where seq in (3, 4); update journal set seq = -seq where seq < 0", 3],
  ["an end that was cut off",     "delete from journal where seq = 5", 5],
  ["an end cut off with the head","delete from journal where seq = 5; update journal_head set seq = 4", 5],
];
for (const [claim, statement, brokenAt] of tampering) {
  test(`verifying the chain sees a change of: ${claim}`, async () => {
    await using database = await createTestDatabase();
    await using store = await database.open();
    for (let n = 1; n <= 5; n += 1) await store.commit({ entries: [created(`user ${n}`)] });
    await execute(database, statement);
    assert.equal((await store.verifyJournal()).brokenAt, brokenAt);
  });
}

/** Takes entries until there are `count`. */
async function take(entries: AsyncIterable<JournalEntry>, count: number): Promise<JournalEntry[]> {
  const taken: JournalEntry[] = [];
  for await (const entry of entries) {
    taken.push(entry);
    if (taken.length === count) break;
  }
  return taken;
}

test("followers in two processes see each entry once and in order while two write", async () => {
  await using database = await createTestDatabase();
  await using here = await database.open();
  await using there = await database.open();
  const count = 120;
  const following = [here, here, there].map((store, nth) =>
    take(store.follow({ after: 0, signal: never }), count).then((seen) => ({ nth, seen })),
  );
  const write = async (store: typeof here) => {
    for (let n = 0; n < count / 4; n += 1) {
      await store.commit({ entries: [created("ana"), created("bo")] });
    }
  };
  await Promise.all([write(here), write(there)]);
  for (const { seen } of await Promise.all(following)) {
    assert.deepEqual(
      seen.map(({ seq }) => seq),
      Array.from({ length: count }, (_, index) => index + 1),
    );
  }
});

test("a follower of one app sees that app alone, from where it asked", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  const [shop, blog] = [appName("shop"), appName("blog")];
  for (const app of [shop, blog, shop, blog, shop]) {
    await store.commit({ entries: [created("ana", app)] });
  }
  const seen = await take(store.follow({ after: 1, app: shop, signal: never }), 2);
  assert.deepEqual(
    seen.map(({ seq }) => seq),
    [3, 5],
  );
});

test("a follower ends when its signal aborts, and when the store closes", async () => {
  await using database = await createTestDatabase();
  const store = await database.open();
  const stop = new AbortController();
  const aborted = take(store.follow({ after: 0, signal: stop.signal }), 1);
  stop.abort();
  assert.deepEqual(await aborted, []);
  const closed = take(store.follow({ after: 0, signal: never }), 1);
  await store[Symbol.asyncDispose]();
  assert.deepEqual(await closed, []);
});

test("a follower outlasts the loss of every connection", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  await using writer = await database.open();
  const following = take(store.follow({ after: 0, signal: never }), 4);
  await writer.commit({ entries: [created("ana"), created("bo")] });
  const others = "pid <> pg_backend_pid() and datname = current_database()";
  await execute(database, `select pg_terminate_backend(pid) from pg_stat_activity where ${others}`);
  await writer.commit({ entries: [created("cy"), created("di")] });
  assert.deepEqual(
    (await following).map(({ actor }) => actor),
    ["ana", "bo", "cy", "di"],
  );
});

// oxfmt-ignore
const questions: readonly (readonly [claim: string, agoMs: number | undefined, types: readonly EventType[] | undefined, after: number, expected: readonly number[]])[] = [
  ["everything", undefined, undefined, 0, [1, 2, 3, 4, 5, 6]],
  ["from a time on, that time included", 30, undefined, 0, [3, 4, 5, 6]],
  ["from a time on, by type", 30, ["dev.cdevents.repository.created"], 0, [3, 5]],
  ["from a time on, the next page", 30, undefined, 4, [5, 6]],
  ["from a time after the last", -1, undefined, 0, []],
  ["by no type", undefined, [], 0, []],
];
test("the journal is read from a time on and by type", async () => {
  await using database = await createTestDatabase();
  const clock = heldClock();
  await using store = await database.open({ clock });
  const data = { version: 1, keysSet: [], keysUnset: [] };
  for (let each = 0; each < 3; each += 1) {
    const changed = { type: "dev.tidegate.config.changed", actor: "ana", data } as const;
    await store.commit({ entries: [created("ana"), changed] });
    clock.advance(15);
  }
  for (const [claim, agoMs, types, after, expected] of questions) {
    const since = agoMs === undefined ? {} : { sinceAt: clock.now() - agoMs };
    const found = await store.entries({ after, limit: 9, ...since, ...(types && { types }) });
    assert.deepEqual(
      found.map(({ seq }) => seq),
      expected,
      claim,
    );
  }
});
