/** The journal's readers: pages, followers, and the check of the chain. */
import { sql, type Selectable } from "kysely";
import { entryHash, genesisHash, type JournalEntry, type Store } from "#domain";
import type { StoreContext } from "./context.ts";
import { failureKind, StoreUnavailable } from "./errors.ts";
import { pageRowsMax, pollMs } from "./limits.ts";
import { retrying } from "./retry.ts";
import type { Tables } from "./schema.ts";

type EntryQuery = Parameters<Store["entries"]>[0];
type FollowQuery = Parameters<Store["follow"]>[0];

const followRows = 200;

/** Turns a row into the entry it was made from. */
export function entryOf(row: Selectable<Tables["journal"]>): JournalEntry {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by `commit` from a NewEntry
  return {
    seq: row.seq,
    at: row.at,
    type: row.type,
    ...(row.app === null ? {} : { app: row.app }),
    ...(row.change === null ? {} : { change: row.change }),
    actor: row.actor,
    ...(row.by === null ? {} : { by: row.by }),
    data: row.data,
    previousHash: row.previous_hash,
    hash: row.hash,
  } as JournalEntry;
}

export function readEntries(
  context: StoreContext,
  { after, limit, app, change, types, sinceAt, isNewestFirst = false }: EntryQuery,
): Promise<readonly JournalEntry[]> {
  return retrying(context, async () => {
    let query = context.db.selectFrom("journal").selectAll().where("seq", ">", after);
    if (app !== undefined) query = query.where("app", "=", app);
    if (change !== undefined) query = query.where("change", "=", change);
    if (types !== undefined) query = query.where(sql<boolean>`type = any(${types}::text[])`);
    if (sinceAt !== undefined) {
      // Places rise with time: the first one from then on is where reading begins, by the index on time.
      const first = context.db.selectFrom("journal").select("seq").where("at", ">=", sinceAt);
      query = query
        .where("seq", ">=", first.orderBy("at").orderBy("seq").limit(1))
        .where("at", ">=", sinceAt);
    }
    const rows = await query
      .orderBy("seq", isNewestFirst ? "desc" : "asc")
      .limit(Math.min(limit, pageRowsMax))
      .execute();
    return rows.map(entryOf);
  });
}

/**
 * Follows the journal: the place of the last entry that was handed out is all the state there is.
 * @yields Each entry once and in order.
 */
export async function* followEntries(
  context: StoreContext,
  { signal, after, ...filter }: FollowQuery,
): AsyncGenerator<JournalEntry, void, undefined> {
  const isOver = () => signal.aborted || context.signal.aborted;
  let last = after;
  while (!isOver()) {
    const seen = context.journal.version();
    let page: readonly JournalEntry[] = [];
    try {
      page = await readEntries(context, { ...filter, after: last, limit: followRows });
    } catch (error) {
      if (isOver()) return;
      // Away for longer than one call retries: a follower outlasts it.
      if (!(error instanceof StoreUnavailable) && failureKind(error) === "terminal") throw error;
      await context.clock.sleep(pollMs, signal);
      continue;
    }
    for (const entry of page) {
      if (isOver()) return;
      last = entry.seq;
      yield entry;
    }
    // Closing the store wakes too, so its signal needs no ear of its own.
    if (page.length < followRows) await context.journal.wait(seen, { signal });
  }
}

/** Recomputes the whole chain in pages; also finds an end that was cut off. */
export async function verifyChain(
  context: StoreContext,
): Promise<{ readonly entries: number; readonly brokenAt?: number }> {
  const head = await retrying(context, () =>
    context.db.selectFrom("journal_head").select(["seq", "hash"]).executeTakeFirstOrThrow(),
  );
  let entries = 0;
  let previousHash = genesisHash;
  while (entries < head.seq) {
    const page = await readEntries(context, { after: entries, limit: pageRowsMax });
    for (const { hash, ...entry } of page) {
      if (entries === head.seq) break;
      const fits =
        entry.seq === entries + 1 &&
        entry.previousHash === previousHash &&
        entryHash(entry) === hash;
      if (!fits) return { entries, brokenAt: entries + 1 };
      entries += 1;
      previousHash = hash;
    }
    if (page.length === 0) break;
  }
  const isWhole = entries === head.seq && previousHash === head.hash;
  return isWhole ? { entries } : { entries, brokenAt: entries + 1 };
}

/** Number of entries: the place of the newest. */
export async function journalLength(context: StoreContext): Promise<number> {
  const head = await retrying(context, () =>
    context.db.selectFrom("journal_head").select("seq").executeTakeFirstOrThrow(),
  );
  return head.seq;
}
