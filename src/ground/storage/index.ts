/**
 * Storage: where state lives. PostgreSQL, the embedded one or your own, and blobs on disk.
 *
 * Answers: what happened (journal), what it adds up to (documents), what is to be done (work), what the
 * edges counted (intervals); and it brings its own database.
 * Leaves to others: what any of it means, and restarting the database (the supervisor).
 * Invariants: a batch is written whole or not at all, once, also when the connection is lost in between;
 * each entry is chained to the one before; who lost a lease writes nothing; what is enqueued is claimed.
 * Read next: commit.ts, work.ts, intervals.ts; database/postgres-process.ts for the database itself.
 */
export { migrate, openStore } from "./open-store.ts";
export type { StoreOptions } from "./store.ts";
export type { DatabaseOrigin } from "./findings.ts";
export { openBlobStore } from "./blob-store.ts";
export { connectionUrl, type DatabaseConnection } from "./connection.ts";
export { schemaDigest } from "./migrations.ts";
export { openDatabase, type Database, type OpenOptions } from "./database/open-database.ts";
export { prospectDatabase, type ProspectOptions } from "./database/prospect.ts";
export {
  postgresProcess,
  type PostgresOptions,
  type PostgresProcess,
  type Prepared,
} from "./database/postgres-process.ts";
