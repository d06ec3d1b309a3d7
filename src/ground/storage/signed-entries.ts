/** Entries that a person or a program is behind, newest first: what an auditor reads. */
import { sql } from "kysely";
import type { JournalEntry, Store } from "#domain";
import type { StoreContext } from "./context.ts";
import { entryOf } from "./journal.ts";
import { pageRowsMax } from "./limits.ts";
import { retrying } from "./retry.ts";

type Query = Parameters<Store["signedEntries"]>[0];

export function readSignedEntries(
  context: StoreContext,
  { before, limit, actor, app, what, fromAt, toAt }: Query,
): Promise<readonly JournalEntry[]> {
  return retrying(context, async () => {
    let query = context.db
      .selectFrom("journal")
      .selectAll()
      .where(sql<boolean>`by is not null`);
    if (before !== undefined) query = query.where("seq", "<", before);
    if (actor !== undefined) query = query.where("actor", "=", actor);
    if (app !== undefined) query = query.where("app", "=", app);
    // The short name without its vocabulary; what is asked for is letters, dots and _ and nothing else.
    if (what !== undefined)
      query = query.where(
        sql<boolean>`split_part(type, '.', 3) || '.' || split_part(type, '.', 4) like ${`${what.replaceAll("_", String.raw`\_`)}%`}`,
      );
    if (fromAt !== undefined) query = query.where("at", ">=", fromAt);
    if (toAt !== undefined) query = query.where("at", "<", toAt);
    const rows = await query.orderBy("seq", "desc").limit(Math.min(limit, pageRowsMax)).execute();
    return rows.map(entryOf);
  });
}
