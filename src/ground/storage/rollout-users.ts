/**
 * The users of a rollout, made distinct over all edges and their restarts: met, exposed and harmed once.
 *
 * Who was met for the first time is decided by the first interval that tells of them, in the order of the
 * rollout's sequence; that order knows nothing of the hash, so chance puts each new user in the candidate's
 * arm with the share it had then. Users an edge has moved from arm to arm are never new, even if the
 * interval in which it first met them was lost: only those who changed arms would be found that way.
 *
 * The table is bounded, and closed for good by the interval that could overfill it: admitting the rest of
 * the places would fill them with one arm's users first.
 */
import { sql, type Transaction } from "kysely";
import type { ArmCounts, RolloutId } from "#domain";
import type { ArmSum, Stratum } from "./fold-interval.ts";
import { rolloutUsersMax } from "./limits.ts";
import type { Tables } from "./schema.ts";

type UserCounts = Pick<
  ArmCounts,
  "usersFirstHarmed" | "usersFirstSeen" | "usersFirstStuck" | "usersNew"
>;

export interface CountedUsers {
  readonly baseline: UserCounts;
  readonly candidate: UserCounts;
  /** Users of the rollout by now; at `rolloutUsersMax` the table is closed. */
  readonly users: number;
}

/** Counts the users of both arms against the `before` users met so far. */
export async function countUsers(
  trx: Transaction<Tables>,
  stratum: Stratum,
  before: number,
): Promise<CountedUsers> {
  const { rollout, arms } = stratum;
  const isOpen = before + told(arms.baseline) + told(arms.candidate) <= rolloutUsersMax;
  const baseline = await countArm(trx, { rollout, arm: "baseline", isOpen }, arms.baseline);
  const candidate = await countArm(trx, { rollout, arm: "candidate", isOpen }, arms.candidate);
  return {
    baseline: baseline.counts,
    candidate: candidate.counts,
    users: isOpen ? before + baseline.admitted + candidate.admitted : rolloutUsersMax,
  };
}

/**
 * Forgets the users of one rollout that was last told of before then: it is over, and no edge has anything
 * more to tell. What they came to stays in its intervals.
 */
export async function forgetUsers(trx: Transaction<Tables>, before: number): Promise<void> {
  await sql`
    with over as (
      select rollout from rollout_counts where users > 0 and told_at < ${before}
      limit 1 for update skip locked
    ), gone as (
      delete from rollout_user using over where rollout_user.rollout = over.rollout
    )
    update rollout_counts set users = 0 from over where rollout_counts.rollout = over.rollout
  `.execute(trx);
}

/** How many an arm could add at most. */
function told({ seenUsers, harmedUsers }: ArmSum): number {
  return seenUsers.size + harmedUsers.size;
}

interface CountedArm {
  readonly rollout: RolloutId;
  readonly arm: "baseline" | "candidate";
  readonly isOpen: boolean;
}

async function countArm(
  trx: Transaction<Tables>,
  { rollout, arm, isOpen }: CountedArm,
  { seenUsers, movedUsers, harmedUsers, stuckUsers }: ArmSum,
): Promise<{ readonly counts: UserCounts; readonly admitted: number }> {
  const fresh = bigints([...seenUsers].filter((user) => !movedUsers.has(user)));
  const seen = bigints([...seenUsers, ...harmedUsers]);
  const harmed = bigints([...harmedUsers]);
  const added =
    isOpen && seen.length > 0
      ? await admit(trx, { rollout, seen, fresh })
      : { admitted: 0, usersNew: 0 };
  // Who was let in by growing exposure is known from the baseline, and exposed for the first time.
  const exposed =
    arm === "baseline" || seen.length === 0
      ? added.admitted
      : await mark(trx, { rollout, hashes: seen, flag: "is_exposed" });
  const usersFirstHarmed =
    harmed.length === 0 ? 0 : await mark(trx, { rollout, hashes: harmed, flag: "is_harmed" });
  const stuck = bigints([...stuckUsers]);
  const usersFirstStuck =
    stuck.length === 0 ? 0 : await mark(trx, { rollout, hashes: stuck, flag: "is_stuck" });
  const { admitted, usersNew } = added;
  const counts = { usersFirstHarmed, usersFirstSeen: exposed, usersFirstStuck, usersNew };
  return { counts, admitted };
}

/** Adds those who are not known yet. */
async function admit(
  trx: Transaction<Tables>,
  { rollout, seen, fresh }: Record<"seen" | "fresh", readonly string[]> & { rollout: RolloutId },
): Promise<{ readonly admitted: number; readonly usersNew: number }> {
  const { rows } = await sql<{ admitted: number; usersNew: number }>`
    with added as (
      insert into rollout_user (rollout, hash)
      select ${rollout}, hash from (select distinct unnest(${seen}::bigint[]) as hash) as met
      on conflict do nothing
      returning hash
    )
    select count(*)::int as admitted, count(fresh.hash)::int as "usersNew"
    from added left join unnest(${fresh}::bigint[]) as fresh (hash) on fresh.hash = added.hash
  `.execute(trx);
  return rows[0] ?? { admitted: 0, usersNew: 0 };
}

/** Sets a flag on those who are known and had it not; gives how many these were. */
async function mark(
  trx: Transaction<Tables>,
  of: {
    readonly rollout: RolloutId;
    readonly hashes: readonly string[];
    readonly flag: "is_exposed" | "is_harmed" | "is_stuck";
  },
): Promise<number> {
  const flag = sql.ref(of.flag);
  const marked = await sql`
    update rollout_user set ${flag} = true
    where rollout = ${of.rollout} and hash = any(${of.hashes}::bigint[]) and not ${flag}
  `.execute(trx);
  return Number(marked.numAffectedRows ?? 0);
}

/** 16 hex digits as PostgreSQL's signed 64 bits. */
function bigints(hashes: readonly string[]): readonly string[] {
  return hashes.map((hash) => BigInt.asIntN(64, BigInt(`0x${hash}`)).toString());
}
