/** Documents: what the journal adds up to, read by key or newest first. */
import { sql } from "kysely";
import type { AppName, DocumentKind, Documents, ListFilter, Stored } from "#domain";
import { lockHead } from "./commit.ts";
import type { StoreContext } from "./context.ts";
import { pageRowsMax } from "./limits.ts";
import { retrying } from "./retry.ts";

interface Row {
  readonly id: string;
  readonly body: unknown;
  readonly version: number;
}

function storedOf<K extends DocumentKind>({ id, body, version }: Row): Stored<Documents[K]> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by `commit` from a DocumentPut
  return { id, body: body as Documents[K], version };
}

export function getDocument<K extends DocumentKind>(
  context: StoreContext,
  kind: K,
  id: string,
): Promise<Stored<Documents[K]> | undefined> {
  // No text of PostgreSQL's holds a NUL, so nothing has such an id: whoever asks is told that, not of a fault.
  if (id.includes("\0")) return Promise.resolve(undefined);
  return retrying(context, async () => {
    const row = await context.db
      .selectFrom("document")
      .select(["id", "body", "version"])
      .where("kind", "=", kind)
      .where("id", "=", id)
      .executeTakeFirst();
    return row === undefined ? undefined : storedOf<K>(row);
  });
}

export function getDocuments<K extends DocumentKind>(
  context: StoreContext,
  kind: K,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Stored<Documents[K]>>> {
  const known = [...new Set(ids)].filter((id) => !id.includes("\0"));
  if (known.length === 0) return Promise.resolve(new Map());
  return retrying(context, async () => {
    const rows = await context.db
      .selectFrom("document")
      .select(["id", "body", "version"])
      .where("kind", "=", kind)
      .where(sql<boolean>`id = any(${known}::text[])`)
      .execute();
    return new Map(rows.map((row) => [row.id, storedOf<K>(row)]));
  });
}

export function listDocuments<K extends DocumentKind>(
  context: StoreContext,
  kind: K,
  { app, apps, owner, limit, before }: ListFilter,
): Promise<readonly Stored<Documents[K]>[]> {
  return retrying(context, async () => {
    let query = context.db
      .selectFrom("document")
      .select(["id", "body", "version"])
      .where("kind", "=", kind);
    if (app !== undefined) query = query.where("app", "=", app);
    if (owner !== undefined) query = query.where("owner", "=", owner);
    if (apps !== undefined) query = query.where(sql<boolean>`app = any(${apps}::text[])`);
    if (before !== undefined) {
      // An unknown `before` compares with null: nothing was created before it.
      query = query.where(
        sql<boolean>`created < (select created from document where kind = ${kind} and id = ${before})`,
      );
    }
    const rows = await query
      .orderBy("created", "desc")
      .limit(Math.min(limit, pageRowsMax))
      .execute();
    return rows.map((row) => storedOf<K>(row));
  });
}

/** Deletes all that carries the app's name, except the journal. Doing it twice changes nothing more. */
export async function forgetApp(context: StoreContext, app: AppName): Promise<void> {
  await retrying(context, () =>
    context.db.transaction().execute(async (trx) => {
      await lockHead(trx);
      const rollouts = trx.deleteFrom("rollout_counts").where("app", "=", app).returning("rollout");
      const gone = (await rollouts.execute()).map((row) => row.rollout);
      if (gone.length > 0) {
        await trx.deleteFrom("rollout_user").where("rollout", "in", gone).execute();
        await trx.deleteFrom("interval_counts").where("rollout", "in", gone).execute();
        await trx.deleteFrom("failed_request").where("rollout", "in", gone).execute();
      }
      await trx.deleteFrom("app_traffic").where("app", "=", app).execute();
      await trx.deleteFrom("app_served").where("app", "=", app).execute();
      await trx.deleteFrom("work").where("app", "=", app).execute();
      await trx.deleteFrom("document").where("app", "=", app).execute();
      await trx.deleteFrom("document").where("kind", "=", "app").where("id", "=", app).execute();
    }),
  );
}
