import { randomUUID } from "node:crypto";
import { Client } from "pg";
import type { Clock, Log, Store } from "#domain";
import { openStore, type DatabaseConnection } from "#ground/storage";
import { silentLog, systemClock } from "./ambient.ts";
import { templateName, testServer } from "./test-server.ts";

export interface TestDatabase extends AsyncDisposable {
  readonly connection: DatabaseConnection;
  /** Opens a store on it; several on one database are as good as several servers. */
  open(ports?: { readonly clock?: Clock; readonly log?: Log }): Promise<Store & AsyncDisposable>;
}

/** Clones the migrated template; closing drops the clone. Close the stores first. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = await testServer();
  const database = `test_${randomUUID().replaceAll("-", "")}`;
  await administer(server, `create database ${database} template ${templateName}`);
  const connection = { ...server, database };
  return {
    connection,
    open: ({ clock = systemClock, log = silentLog } = {}) => openStore({ connection, clock, log }),
    [Symbol.asyncDispose]: () => administer(server, `drop database ${database} with (force)`),
  };
}

async function administer(server: Exclude<DatabaseConnection, string>, sql: string): Promise<void> {
  const client = new Client({ ...server });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
