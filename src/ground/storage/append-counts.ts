/**
 * The sequence of a rollout's intervals: whoever counted, they are stored one after the other, with an
 * index that has no gaps. The row of `rollout_counts` is its lock and its end.
 */
import type { Transaction } from "kysely";
import type { AppName, IntervalCounts, RolloutId } from "#domain";
import type { Tables } from "./schema.ts";

/** Who sent an interval; one of its `seq` is taken once. */
export interface Origin {
  readonly edge: string;
  readonly boot: string;
  readonly seq: number;
}

/** Marks what came from there as taken; false when it was before. */
export async function remember(
  trx: Transaction<Tables>,
  { edge, boot, seq }: Origin,
  now: number,
): Promise<boolean> {
  const inserted = await trx
    .insertInto("edge_interval")
    .values({ edge, boot, seq, recorded_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return inserted.numInsertedOrUpdatedRows === 1n;
}

/** What was stored when it came for the first time. */
export async function recordedBefore(
  trx: Transaction<Tables>,
  { edge, boot, seq }: Origin,
): Promise<readonly IntervalCounts[]> {
  const rows = await trx
    .selectFrom("interval_counts")
    .select("body")
    .where("edge", "=", edge)
    .where("boot", "=", boot)
    .where("seq", "=", seq)
    .orderBy("rollout")
    .orderBy("index")
    .execute();
  return rows.map(({ body }) => countsOf(body));
}

/** Locks the sequence until the transaction ends; begins it if need be. */
export function lockSequence(
  trx: Transaction<Tables>,
  told: { readonly rollout: RolloutId; readonly app: AppName; readonly now: number },
): Promise<{ readonly intervals: number; readonly users: number }> {
  const { rollout, app, now } = told;
  return (
    trx
      .insertInto("rollout_counts")
      .values({ rollout, app, told_at: now })
      // Not `do nothing`: the update is what locks a row that exists.
      .onConflict((conflict) => conflict.column("rollout").doUpdateSet({ told_at: now }))
      .returning(["intervals", "users"])
      .executeTakeFirstOrThrow()
  );
}

/** Stores counts as the next of a sequence that is locked; `users` is how many it has met by now. */
export async function appendCounts(
  trx: Transaction<Tables>,
  counts: IntervalCounts,
  { origin, users }: { readonly origin: Origin; readonly users: number },
): Promise<void> {
  const { rollout, index } = counts;
  const { edge, boot, seq } = origin;
  const body = JSON.stringify(counts);
  await trx
    .with("moved", (query) =>
      query
        .updateTable("rollout_counts")
        .set({ intervals: index, users })
        .where("rollout", "=", rollout),
    )
    .insertInto("interval_counts")
    .values({ rollout, index, edge, boot, seq, body })
    .execute();
}

export function countsOf(body: unknown): IntervalCounts {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by `appendCounts`
  return body as IntervalCounts;
}
