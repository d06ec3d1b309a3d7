/**
 * The one way to write: journal entries, documents and work in one transaction.
 *
 * The lock on the chain's end is taken first by every commit, so commits run one after the other and can
 * never deadlock with each other. A connection that is lost while a commit is under way leaves its outcome
 * unknown; each batch therefore leaves its id in the same transaction, and the repetition that finds it
 * there returns what the first attempt wrote.
 */
import { randomUUID } from "node:crypto";
import { sql, type Insertable, type Transaction } from "kysely";
import {
  entryHash,
  type Batch,
  type DocumentPut,
  type DocumentRemoval,
  type FenceLost,
  type JournalEntry,
  type Lease,
  type NewEntry,
  type VersionConflict,
} from "#domain";
import { assert, err, ok, type Result } from "#std";
import type { StoreContext } from "./context.ts";
import { entryOf } from "./journal.ts";
import { bodyText } from "./json-text.ts";
import { batchItemsMax, batchMemoryMs, forgetEveryWrites } from "./limits.ts";
import { journalChannel, notifying } from "./listener.ts";
import { retrying } from "./retry.ts";
import type { Tables } from "./schema.ts";
import { enqueueWork, finishWork } from "./work.ts";

type Refusal = VersionConflict | FenceLost;
type Head = { readonly seq: number; readonly hash: string };

/** Carries a refusal out of the transaction, which is rolled back on the way. */
class Refused extends Error {
  override readonly name = "Refused";
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.code);
    this.refusal = refusal;
  }
}

export async function commitBatch(
  context: StoreContext,
  batch: Batch,
): Promise<Result<readonly JournalEntry[], Refusal>> {
  const { entries = [], documents = [], removals = [], enqueue = [] } = batch;
  const items = entries.length + documents.length + removals.length + enqueue.length;
  assert(items <= batchItemsMax, "batch too large");
  assert(batch.finish === undefined || batch.lease !== undefined, "only a lease can be finished");
  const id = randomUUID();
  try {
    const written = await retrying(context, () =>
      context.db.transaction().execute((trx) => write({ ...context, trx, id }, batch)),
    );
    if (written.length > 0) context.journal.wake();
    if (enqueue.length > 0 || batch.finish !== undefined) context.work.wake();
    return ok(written);
  } catch (error) {
    if (error instanceof Refused) return err(error.refusal);
    throw error;
  }
}

type Writing = StoreContext & { readonly trx: Transaction<Tables>; readonly id: string };

async function write(writing: Writing, batch: Batch): Promise<readonly JournalEntry[]> {
  const { trx, clock } = writing;
  const { entries = [], documents = [], removals = [], enqueue = [], lease, finish } = batch;
  const now = clock.now();
  const { isFirst, ...head } = await begin(writing, entries.length, now);
  if (!isFirst) return writtenBefore(writing);
  if (lease !== undefined) await checkFence(trx, lease);
  const written = await append(trx, { head, entries, now });
  if (removals.length > 0) await removeDocuments(trx, removals);
  if (documents.length > 0) await putDocuments(trx, documents);
  if (enqueue.length > 0) await enqueueWork(trx, enqueue, now);
  if (lease !== undefined && finish !== undefined) await finishWork(trx, lease, finish);
  return written;
}

/** Locks the chain's end, behind which all commits queue. */
export async function lockHead(trx: Transaction<Tables>): Promise<void> {
  await trx.selectFrom("journal_head").select("seq").forUpdate().execute();
}

/**
 * Locks the chain's end and leaves the batch's id, in one statement because every round trip is spent
 * under the lock. `isFirst` is false when the id was there already.
 */
async function begin(
  { trx, id, clock }: Writing,
  entryCount: number,
  now: number,
): Promise<Head & { readonly isFirst: boolean }> {
  if (clock.random() * forgetEveryWrites < 1) {
    const before = now - batchMemoryMs;
    await trx.deleteFrom("batch").where("at", "<", before).execute();
    await trx.deleteFrom("document").where("forget_at", "<", now).execute();
  }
  const { rows } = await sql<Head & { readonly isFirst: boolean }>`
    with head as materialized (select seq, hash from journal_head for update),
    remembered as (
      insert into batch (id, at, first_seq, entry_count)
      select ${id}::uuid, ${now}, seq + 1, ${entryCount} from head
      on conflict do nothing
      returning id
    )
    select seq, hash, exists (select from remembered) as "isFirst" from head
  `.execute(trx);
  const [head] = rows;
  assert(head !== undefined, "the journal has no head");
  return head;
}

async function writtenBefore({ trx, id }: Writing): Promise<readonly JournalEntry[]> {
  const { first_seq: first, entry_count: count } = await trx
    .selectFrom("batch")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  const rows = await trx
    .selectFrom("journal")
    .selectAll()
    .where("seq", ">=", first)
    .where("seq", "<", first + count)
    .orderBy("seq")
    .execute();
  return rows.map(entryOf);
}

async function checkFence(trx: Transaction<Tables>, lease: Lease): Promise<void> {
  if (await isHeld(trx, lease)) return;
  throw new Refused({ code: "fence_lost", work: `${lease.kind} ${lease.key}` });
}

/** Whether a lease still is the newest claim of its work, which stays so until the transaction ends. */
export async function isHeld(trx: Transaction<Tables>, lease: Lease): Promise<boolean> {
  const row = await trx
    .selectFrom("work")
    .select("fence")
    .where("kind", "=", lease.kind)
    .where("key", "=", lease.key)
    .where("worker", "is not", null)
    .forUpdate()
    .executeTakeFirst();
  return row?.fence === lease.fence;
}

async function append(
  trx: Transaction<Tables>,
  { head, entries, now }: { head: Head; entries: readonly NewEntry[]; now: number },
): Promise<readonly JournalEntry[]> {
  if (entries.length === 0) return [];
  let { seq, hash: previousHash } = head;
  const rows: Insertable<Tables["journal"]>[] = [];
  const written = entries.map((entry): JournalEntry => {
    seq += 1;
    const data = JSON.stringify(entry.data);
    // Hashed as it will be read back: what JSON drops or changes must not break the chain later.
    const place = { ...entry, data: JSON.parse(data), seq, at: now, previousHash } as Omit<
      JournalEntry,
      "hash"
    >;
    const hash = entryHash(place);
    const { type, app = null, change = null, actor } = entry;
    const by = entry.by === undefined ? null : JSON.stringify(entry.by);
    const row = { seq, at: now, type, app, change, actor, by, data, hash };
    rows.push({ ...row, previous_hash: previousHash });
    previousHash = hash;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a place in the chain and its hash
    return { ...place, hash } as JournalEntry;
  });
  await trx
    .with("moved", (query) => query.updateTable("journal_head").set({ seq, hash: previousHash }))
    .insertInto("journal")
    .values(rows)
    // Other processes hear of it when, and only if, the transaction commits; and once, however many rows.
    .returning(notifying(journalChannel))
    .execute();
  return written;
}

/** Takes documents away, all of them or none: what is used once is used by whom it was there for. */
async function removeDocuments(
  trx: Transaction<Tables>,
  removals: readonly DocumentRemoval[],
): Promise<void> {
  const { rows } = await sql<{ kind: string; id: string }>`
    delete from document using unnest(
      ${removals.map(({ kind }) => kind)}::text[], ${removals.map(({ id }) => id)}::text[],
      ${removals.map(({ ifVersion = null }) => ifVersion)}::integer[]
    ) as removal (kind, id, if_version)
    where document.kind = removal.kind and document.id = removal.id
      and document.version = coalesce(removal.if_version, document.version)
    returning document.kind, document.id
  `.execute(trx);
  const gone = new Set(rows.map(({ kind, id }) => `${kind} ${id}`));
  const refused = removals.find(({ kind, id }) => !gone.has(`${kind} ${id}`));
  if (refused === undefined) return;
  throw new Refused({ code: "version_conflict", kind: refused.kind, id: refused.id });
}

/**
 * Puts all documents in one statement. One that names no app leaves the document with the one it has: who
 * writes a body need not know it.
 */
async function putDocuments(trx: Transaction<Tables>, puts: readonly DocumentPut[]): Promise<void> {
  const keys = puts.map(({ kind, id }) => `${kind} ${id}`);
  assert(new Set(keys).size === puts.length, "a batch puts a document once");
  const { rows } = await sql<{ kind: string; id: string }>`
    with put as (
      select * from unnest(
        ${puts.map(({ kind }) => kind)}::text[], ${puts.map(({ id }) => id)}::text[],
        ${puts.map(({ app = null }) => app)}::text[],
        ${puts.map(bodyText)}::text[],
        ${puts.map(({ ifVersion = null }) => ifVersion)}::integer[],
        ${puts.map(({ owner = null }) => owner)}::text[],
        ${puts.map(({ forgetAt = null }) => forgetAt)}::bigint[]
      ) as put (kind, id, app, body, if_version, owner, forget_at)
    ),
    updated as (
      update document
      set app = coalesce(put.app, document.app), body = put.body::json, version = if_version + 1,
        owner = coalesce(put.owner, document.owner),
        forget_at = coalesce(put.forget_at, document.forget_at)
      from put
      where if_version > 0 and document.kind = put.kind and document.id = put.id
        and document.version = if_version
      returning document.kind, document.id
    ),
    inserted as (
      insert into document (kind, id, app, body, version, owner, forget_at)
      select kind, id, app, body::json, 1, owner, forget_at from put where if_version = 0
      on conflict do nothing
      returning kind, id
    ),
    written as (
      insert into document (kind, id, app, body, version, owner, forget_at)
      select kind, id, app, body::json, 1, owner, forget_at from put where if_version is null
      on conflict (kind, id) do update
      set app = coalesce(excluded.app, document.app), body = excluded.body,
          version = document.version + 1, owner = coalesce(excluded.owner, document.owner),
          forget_at = coalesce(excluded.forget_at, document.forget_at)
      returning kind, id
    )
    select * from updated union all select * from inserted union all select * from written
  `.execute(trx);
  const done = new Set(rows.map(({ kind, id }) => `${kind} ${id}`));
  const refused = puts.find(({ kind, id }) => !done.has(`${kind} ${id}`));
  if (refused === undefined) return;
  throw new Refused({ code: "version_conflict", kind: refused.kind, id: refused.id });
}
