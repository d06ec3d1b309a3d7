/**
 * One LISTEN connection per store. NOTIFY from any process wakes followers and workers here; since a
 * notification can be lost with its connection, the same connection also looks once per `pollMs`, which
 * in turn shows a half-open connection for what it is.
 *
 * connecting -> listening -> (error, silence) -> waiting with backoff -> connecting … until the store closes.
 */
import { sql } from "kysely";
import { Client } from "pg";
import { backoffMs } from "#std";
import { clientConfig } from "./client-config.ts";
import type { DatabaseConnection } from "./connection.ts";
import type { StoreContext } from "./context.ts";
import { listenBackoff, listenTimeoutMs, pollMs } from "./limits.ts";

export const journalChannel = "tidegate_journal";
export const workChannel = "tidegate_work";

/** Rings a channel from a RETURNING clause: it costs no round trip under the lock of all commits. */
export function notifying(channel: typeof journalChannel | typeof workChannel) {
  return sql<null>`pg_notify(${channel}, '')`.as("rung");
}

/** Listens until the store closes; resolves when its connection is closed as well. */
export async function listen(context: StoreContext, connection: DatabaseConnection): Promise<void> {
  const { clock, log, signal } = context;
  for (let failures = 0; !signal.aborted; failures += 1) {
    let hasListened = false;
    try {
      await session(context, connection, () => {
        hasListened = true;
      });
    } catch (error) {
      if (signal.aborted) return;
      if (hasListened) failures = 0;
      const reason = error instanceof Error ? error.message : String(error);
      // Once per outage: the attempts that follow say nothing new.
      if (failures === 0) log.warn("storage.listen_lost", { reason });
      await clock.sleep(backoffMs(listenBackoff, failures, clock.random()), signal);
    }
  }
}

async function session(
  context: StoreContext,
  connection: DatabaseConnection,
  onListening: () => void,
): Promise<void> {
  const { clock, journal, work, signal } = context;
  const client = new Client({ ...clientConfig(connection), query_timeout: listenTimeoutMs });
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => undefined); // it is also awaited below; this keeps an early loss from being unhandled
  client.on("error", lost.reject);
  client.on("end", () => lost.reject(new Error("connection terminated")));
  client.on("notification", ({ channel }) => (channel === journalChannel ? journal : work).wake());
  const ended = new AbortController();
  const end = () => ended.abort();
  signal.addEventListener("abort", end);
  lost.promise.catch(end);
  try {
    await client.connect();
    await client.query(`listen ${journalChannel}`);
    await client.query(`listen ${workChannel}`);
    onListening();
    // Whatever happened while nobody listened.
    journal.wake();
    work.wake();
    for (let seen = -1; !signal.aborted;) {
      const { rows } = await client.query<{ seq: number }>("select seq from journal_head");
      const seq = rows[0]?.seq ?? 0;
      if (seen >= 0 && seq !== seen) journal.wake();
      seen = seq;
      await clock.sleep(pollMs, ended.signal);
      if (!signal.aborted && ended.signal.aborted) await lost.promise;
    }
  } finally {
    signal.removeEventListener("abort", end);
    await client.end().catch(() => undefined); // it is gone either way
  }
}
