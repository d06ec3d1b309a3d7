/**
 * The way to the store and its tables. They are loaded when they are opened: the supervisor comes through
 * the same door for the database's process alone, and it lives as long as the machine.
 */
import type { Store } from "#domain";
import type { DatabaseConnection } from "./connection.ts";
import type { StoreOptions } from "./store.ts";

/** Opens the store on a database that answers or will do so within seconds. Throws `StoreUnavailable`. */
export async function openStore(options: StoreOptions): Promise<Store & AsyncDisposable> {
  const store = await import("./store.ts");
  return await store.openStore(options);
}

/** Brings the tables to the form this version knows. Forward only; one at a time by a lock. */
export async function migrate(connection: DatabaseConnection): Promise<void> {
  const tables = await import("./migrate.ts");
  await tables.migrate(connection);
}
