/** A database of an older Tidegate is brought to the newest form, whatever was written into it. */
import { strict as assert } from "node:assert";
import { test } from "node:test";
import { Client } from "pg";
import { createTestDatabase } from "#ground/storage/testing";
import { clientConfig } from "./client-config.ts";
import { migrate } from "./migrate.ts";
import { migrations } from "./migrations.ts";

// oxfmt-ignore
const subjects: readonly (readonly [written: string, after: string])[] = [
  ["plain",                   "plain"],
  ["nul \0 here",             "nul \u{fffd} here"],
  ["cut \u{d83d}",            "cut \u{fffd}"],
  ["two \0\0",                "two \u{fffd}\u{fffd}"],
  ["\\\0",                    "\\\u{fffd}"],
  ["whole \u{1f600}",         "whole \u{1f600}"],
  ["spelt \\u0000",           "spelt \\u0000"],
];

for (const before of [4, 10]) {
  test(`bodies that PostgreSQL cannot look into do not stop a migration of a database before ${before}`, async () => {
    await using database = await createTestDatabase();
    const client = new Client(clientConfig(database.connection));
    await client.connect();
    try {
      await emptied(client, before);
      for (const [index, [subject]] of subjects.entries()) {
        // The index on changes keeps such text out of them; other bodies have none.
        const kind = before <= 4 ? "change" : "release";
        await client.query(
          "insert into document (kind, id, body, version) values ($1, $2, $3, 1)",
          [kind, `chg_${index}`, JSON.stringify({ state: "live", subject })],
        );
      }
      await migrate(database.connection);
      const { rows } = await client.query<{ subject: string }>(
        "select body ->> 'subject' as subject from document order by created",
      );
      assert.deepEqual(
        rows.map(({ subject }) => subject),
        subjects.map(([, after]) => after),
      );
    } finally {
      await client.end();
    }
  });
}

/** As a Tidegate left it that knew only the migrations before this one. */
async function emptied(client: Client, before: number): Promise<void> {
  await client.query("drop schema public cascade");
  await client.query("create schema public");
  await client.query("create table migration (number integer primary key, title text not null)");
  for (const { number, title, statements } of migrations.filter((each) => each.number < before)) {
    await client.query(statements);
    await client.query("insert into migration (number, title) values ($1, $2)", [number, title]);
  }
}
