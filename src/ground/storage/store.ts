/** Opens a store: migrates, connects, listens; closing it undoes all three. */
import { Kysely, PostgresDialect, sql } from "kysely";
import { Pool } from "pg";
import type { Clock, Log, Store } from "#domain";
import { commitBatch } from "./commit.ts";
import { clientConfig } from "./client-config.ts";
import type { DatabaseConnection } from "./connection.ts";
import type { StoreContext } from "./context.ts";
import { forgetApp, getDocument, getDocuments, listDocuments } from "./documents.ts";
import { databaseFinding, type Ask, type DatabaseOrigin } from "./findings.ts";
import { readFailures, readIntervals, recordEdgeInterval } from "./intervals.ts";
import { followEntries, journalLength, readEntries, verifyChain } from "./journal.ts";
import { poolConnectionsMax, statementTimeoutMs } from "./limits.ts";
import { listen } from "./listener.ts";
import { recordReading } from "./metric-readings.ts";
import { databaseBytes } from "./database-bytes.ts";
import { migrate } from "./migrate.ts";
import { retrying } from "./retry.ts";
import { readSignedEntries } from "./signed-entries.ts";
import type { Tables } from "./schema.ts";
import { listChanges, readOverview } from "./overview.ts";
import { readServed } from "./served.ts";
import { readTraffic } from "./traffic.ts";
import { newWake } from "./wake.ts";
import { claimWork, releaseLeases, renewLease } from "./work.ts";

export interface StoreOptions {
  readonly connection: DatabaseConnection;
  /** Whose it is, for `doctor`; default: one of DATABASE_URL. */
  readonly origin?: DatabaseOrigin;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Opens the store on a database that answers or will do so within seconds.
 * Throws `StoreUnavailable` when it does not. Closing ends what follows and claims.
 */
export async function openStore(options: StoreOptions): Promise<Store & AsyncDisposable> {
  const { connection, origin = "url", clock, log } = options;
  const closing = new AbortController();
  const { signal } = closing;
  await retrying({ clock, signal }, () => migrate(connection));
  const pool = new Pool({
    ...clientConfig(connection),
    max: poolConnectionsMax,
    statement_timeout: statementTimeoutMs,
  });
  // An idle connection that breaks is dropped by the pool; one in use rejects its query. Without
  // these two ears, either would end the process.
  pool.on("error", (error) => log.debug("storage.connection_lost", { reason: error.message }));
  pool.on("connect", (client) => client.on("error", () => undefined));
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  const wakes = { journal: newWake(clock), work: newWake(clock) };
  const context: StoreContext = { db, clock, log, signal, ...wakes };
  const listening = listen(context, connection);
  return {
    ...storeOf(context),
    findings: async () => [await databaseFinding({ connection, origin, clock, ask: askOn(db) })],
    async [Symbol.asyncDispose]() {
      closing.abort();
      wakes.journal.wake();
      wakes.work.wake();
      await listening;
      await db.destroy();
    },
  };
}

/** Without retries: whoever looks wants to know how it is now. */
function askOn(db: Kysely<Tables>): Ask {
  return async (statement) => (await sql.raw<object>(statement).execute(db)).rows;
}

function storeOf(context: StoreContext): Omit<Store, "findings"> {
  return {
    commit: (batch) => commitBatch(context, batch),
    get: (kind, id) => getDocument(context, kind, id),
    getMany: (kind, ids) => getDocuments(context, kind, ids),
    list: (kind, filter) => listDocuments(context, kind, filter),
    changes: (filter) => listChanges(context, filter),
    overview: (query) => readOverview(context, query),
    entries: (query) => readEntries(context, query),
    signedEntries: (query) => readSignedEntries(context, query),
    follow: (query) => followEntries(context, query),
    sizeBytes: () => databaseBytes(context),
    journalLength: () => journalLength(context),
    verifyJournal: () => verifyChain(context),
    claim: (query) => claimWork(context, query),
    releaseLeases: (isGone) => releaseLeases(context, isGone),
    renew: (lease, leaseMs) => renewLease(context, lease, leaseMs),
    recordInterval: (interval) => recordEdgeInterval(context, interval),
    recordMetrics: (reading, lease) => recordReading(context, reading, lease),
    intervals: (query) => readIntervals(context, query),
    failures: (rollout) => readFailures(context, rollout),
    recentTraffic: (app) => readTraffic(context, app),
    served: (app, windowDays) => readServed(context, app, windowDays),
    deleteApp: (app) => forgetApp(context, app),
  };
}
