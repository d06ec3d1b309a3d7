/** Brings a database to the newest form, once, however many stores open at the same time. */
import { Client } from "pg";
import { assert } from "#std";
import { clientConfig } from "./client-config.ts";
import type { DatabaseConnection } from "./connection.ts";
import { migrations, type Migration } from "./migrations.ts";

// Any constant that nobody else on this database uses; "tide" in ASCII.
const lockKey = 0x74696465;

/** Applies what is missing. A database from a newer Tidegate is refused rather than damaged. */
export async function migrate(connection: DatabaseConnection): Promise<void> {
  const client = new Client(clientConfig(connection));
  client.on("error", () => undefined); // the query that is under way rejects with it as well
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [lockKey]);
    await client.query(
      "create table if not exists migration (number integer primary key, title text not null)",
    );
    const { rows } = await client.query<{ number: number }>("select number from migration");
    const done = new Set(rows.map((row) => row.number));
    const newest = migrations.at(-1)?.number ?? 0;
    assert(
      [...done].every((number) => number <= newest),
      `the database was made by a newer Tidegate: it has migration ${Math.max(...done)}, this one knows ${newest}`,
    );
    for (const migration of migrations) {
      if (!done.has(migration.number)) await apply(client, migration);
    }
  } finally {
    await client.end(); // also gives the lock back
  }
}

async function apply(client: Client, { number, title, statements }: Migration): Promise<void> {
  try {
    await client.query("begin");
    await client.query(statements);
    await client.query("insert into migration (number, title) values ($1, $2)", [number, title]);
    await client.query("commit");
  } catch (error) {
    // The transaction ends with the connection if even this fails; the first error is the one to tell.
    await client.query("rollback").catch(() => undefined);
    throw error;
  }
}
