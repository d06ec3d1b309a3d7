/**
 * Work: leased, fenced, woken.
 *
 * due -> leased (worker set) -> gone, or due again. A lease that runs out makes the item due for the next
 * claim, with a higher fence; what the late worker then writes is refused. An item enqueued while it is
 * leased remembers that (`again_at`) and is due again when the lease ends: no wake-up is lost.
 *
 * Times are the claimers' clocks, not the database's, so that a test or a simulator can hold time. Clocks
 * that disagree can only make a claim early, which the fence makes harmless.
 */
import { sql, type Kysely, type Transaction } from "kysely";
import type { AppName, Batch, FenceLost, Lease, Store, WorkItem, WorkKind } from "#domain";
import { err, ok, type Result } from "#std";
import type { StoreContext } from "./context.ts";
import { failureKind, StoreUnavailable } from "./errors.ts";
import { pollMs } from "./limits.ts";
import { notifying, workChannel } from "./listener.ts";
import { retrying } from "./retry.ts";
import type { Tables } from "./schema.ts";

type ClaimQuery = Parameters<Store["claim"]>[0];

/** Makes items due; several for one key count as the earliest. */
export async function enqueueWork(
  trx: Transaction<Tables>,
  items: readonly WorkItem[],
  now: number,
): Promise<void> {
  const earliest = new Map<
    string,
    { kind: string; key: string; app: string | null; due_at: number }
  >();
  for (const { kind, key, app = null, dueAt = now } of items) {
    const id = `${kind} ${key}`;
    const before = earliest.get(id)?.due_at ?? dueAt;
    earliest.set(id, { kind, key, app, due_at: Math.min(before, dueAt) });
  }
  await trx
    .insertInto("work")
    .values([...earliest.values()])
    .onConflict((conflict) =>
      conflict.columns(["kind", "key"]).doUpdateSet({
        app: sql`coalesce(excluded.app, work.app)`,
        due_at: sql`least(work.due_at, excluded.due_at)`,
        // `least` ignores null.
        again_at: sql`case when work.worker is null then null
                      else least(work.again_at, excluded.due_at) end`,
      }),
    )
    .returning(notifying(workChannel))
    .execute();
}

/** Ends a lease whose fence was checked in the same transaction. */
export async function finishWork(
  trx: Transaction<Tables>,
  { kind, key }: Lease,
  finish: NonNullable<Batch["finish"]>,
): Promise<void> {
  const againAt = finish === "done" ? null : finish.againAt;
  const due = sql<number>`least(again_at, ${againAt}::bigint)`;
  const again = await trx
    .updateTable("work")
    .set({ due_at: due, again_at: null, worker: null, lease_until: null, attempt: 0 })
    .where("kind", "=", kind)
    .where("key", "=", key)
    .where(sql<boolean>`${due} is not null`)
    .returning(notifying(workChannel))
    .execute();
  if (again.length > 0) return;
  await trx
    .deleteFrom("work")
    .where("kind", "=", kind)
    .where("key", "=", key)
    .where("worker", "is not", null)
    .execute();
}

/** Claims, or waits for a notification, for the next item's time, or for the slow poll. */
export async function claimWork(
  context: StoreContext,
  query: ClaimQuery,
): Promise<Lease | undefined> {
  const { clock, work } = context;
  while (!query.signal.aborted && !context.signal.aborted) {
    const seen = work.version();
    try {
      const lease = await claimNow(context, query);
      if (lease !== undefined) return lease;
      const dueAt = await nextDueAt(context.db, query.kinds);
      const waitMs = Math.max(1, Math.min(pollMs, dueAt - clock.now()));
      await work.wait(seen, { timeoutMs: waitMs, signal: query.signal });
    } catch (error) {
      if (context.signal.aborted) return undefined;
      if (!(error instanceof StoreUnavailable) && failureKind(error) === "terminal") throw error;
      await clock.sleep(pollMs, query.signal);
    }
  }
  return undefined;
}

async function claimNow(
  { db, clock }: StoreContext,
  { kinds, worker, leaseMs }: ClaimQuery,
): Promise<Lease | undefined> {
  const now = clock.now();
  const leaseUntil = now + leaseMs;
  // Fences come from one sequence and so rise even when an item is finished and enqueued anew.
  const { rows } = await sql<{
    kind: WorkKind;
    key: string;
    app: AppName | null;
    fence: number;
    attempt: number;
  }>`
    update work
    set worker = ${worker}, lease_until = ${leaseUntil}, fence = nextval('work_fence'),
        attempt = attempt + 1,
        again_at = case when again_at > ${now} then again_at end
    where (kind, key) = (
      select kind, key from work
      where kind = any(${kinds}::text[]) and due_at <= ${now}
        and (lease_until is null or lease_until <= ${now})
      order by due_at
      limit 1
      for update skip locked
    )
    returning kind, key, app, fence, attempt - 1 as attempt
  `.execute(db);
  const [row] = rows;
  if (row === undefined) return undefined;
  const { app, ...rest } = row;
  return { ...rest, ...(app === null ? {} : { app }), expiresAt: leaseUntil };
}

/** When the next item of these kinds could be claimed; infinitely far when there is none. */
async function nextDueAt(db: Kysely<Tables>, kinds: readonly WorkKind[]): Promise<number> {
  const row = await db
    .selectFrom("work")
    .select(sql<number | null>`min(greatest(due_at, lease_until))`.as("at"))
    .where("kind", "in", kinds)
    .executeTakeFirst();
  return row?.at ?? Infinity;
}

export async function renewLease(
  context: StoreContext,
  lease: Lease,
  leaseMs: number,
): Promise<Result<Lease, FenceLost>> {
  const expiresAt = context.clock.now() + leaseMs;
  const renewed = await retrying(context, () =>
    context.db
      .updateTable("work")
      .set({ lease_until: expiresAt })
      .where("kind", "=", lease.kind)
      .where("key", "=", lease.key)
      .where("fence", "=", lease.fence)
      .where("worker", "is not", null)
      .executeTakeFirst(),
  );
  return renewed.numUpdatedRows === 1n
    ? ok({ ...lease, expiresAt })
    : err({ code: "fence_lost", work: `${lease.kind} ${lease.key}` });
}

/** Makes the items of workers that have ended due: their fences still keep out what they might write. */
export async function releaseLeases(
  context: StoreContext,
  isGone: (worker: string) => boolean,
): Promise<void> {
  await retrying(context, async () => {
    const held = await context.db
      .selectFrom("work")
      .select("worker")
      .distinct()
      .where("worker", "is not", null)
      .execute();
    const gone = held.flatMap(({ worker }) => (worker !== null && isGone(worker) ? [worker] : []));
    if (gone.length === 0) return;
    await context.db
      .updateTable("work")
      .set({ lease_until: context.clock.now() })
      .where("worker", "in", gone)
      .execute();
  });
}
