/** How large the database is, as PostgreSQL says itself. */
import { sql } from "kysely";
import type { StoreContext } from "./context.ts";
import { retrying } from "./retry.ts";

export function databaseBytes(context: StoreContext): Promise<number> {
  return retrying(context, async () => {
    const asked = sql<{
      bytes: number;
    }>`select pg_database_size(current_database())::float8 as bytes`;
    return (await asked.execute(context.db)).rows[0]?.bytes ?? 0;
  });
}
