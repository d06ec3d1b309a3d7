/**
 * A real PostgreSQL for tests: `createTestDatabase()` gives a migrated database of its own in
 * milliseconds.
 *
 * One server per test process, started at the first call; it dies with the process, also when that is
 * killed, and the next run sweeps up what a killed one left. initdb and migrations run once per machine and form of
 * the schema: a finished data directory is kept in the temporary directory and copied.
 * Leaves to others: everything but tests; fsync is off here, and nothing must be kept.
 */
export { createTestDatabase, type TestDatabase } from "./test-database.ts";
export { storeDuring } from "./store-during.ts";
export { silentLog, systemClock } from "./ambient.ts";
