/**
 * Evidence: what the edges counted, stored once, with users made distinct per rollout.
 *
 * (edge, boot, seq) recognises a repetition, which is answered with what the first time gave; so recording
 * may be retried at will. The row of `rollout_counts` is locked while an interval is added: the index has
 * no gaps and a user counts once, whichever edges met them.
 */
import { sql, type Transaction } from "kysely";
import type {
  Arm,
  ArmCounts,
  EdgeInterval,
  FailedRequest,
  IntervalCounts,
  RolloutId,
} from "#domain";
import { appendCounts, countsOf, lockSequence, recordedBefore, remember } from "./append-counts.ts";
import type { StoreContext } from "./context.ts";
import { foldStrata, foldTraffic, type ArmSum, type Stratum } from "./fold-interval.ts";
import {
  failuresKeptMax,
  forgetEveryWrites,
  intervalMemoryMs,
  pageRowsMax,
  rolloutUsersMax,
} from "./limits.ts";
import { retrying } from "./retry.ts";
import type { Tables } from "./schema.ts";
import { addTraffic } from "./traffic.ts";

type Recording = StoreContext & {
  readonly trx: Transaction<Tables>;
  readonly interval: EdgeInterval;
};

export function recordEdgeInterval(
  context: StoreContext,
  interval: EdgeInterval,
): Promise<readonly IntervalCounts[]> {
  return retrying(context, () =>
    context.db.transaction().execute((trx) => record({ ...context, trx, interval })),
  );
}

async function record(recording: Recording): Promise<readonly IntervalCounts[]> {
  const { trx, interval } = recording;
  const isNew = await remember(trx, interval, recording.clock.now());
  if (!isNew) return recordedBefore(trx, interval);
  await forgetOld(recording);
  await addTraffic(recording, interval.endAt, foldTraffic(interval.rows));
  const stored: IntervalCounts[] = [];
  for (const stratum of foldStrata(interval.rows)) {
    await keepFailures(trx, stratum);
    const { baseline, candidate } = stratum.arms;
    // An interval without requests says nothing, and one stored per second would say it at length.
    if (baseline.requests + candidate.requests === 0) continue;
    stored.push(await addStratum(recording, stratum));
  }
  return stored;
}

/** Now and then, forgets what no edge sends again. */
async function forgetOld({ trx, clock }: Recording): Promise<void> {
  if (clock.random() * forgetEveryWrites >= 1) return;
  const before = clock.now() - intervalMemoryMs;
  await trx.deleteFrom("edge_interval").where("recorded_at", "<", before).execute();
}

async function addStratum(recording: Recording, stratum: Stratum): Promise<IntervalCounts> {
  const { trx, interval, log } = recording;
  const { rollout, app, exposure, arms, ruled } = stratum;
  const before = await lockSequence(trx, { rollout, app });
  const index = before.intervals + 1;
  let { users } = before;
  const counted = { baseline: emptyCounts, candidate: emptyCounts };
  for (const arm of ["baseline", "candidate"] as const satisfies readonly Arm[]) {
    const { counts: sums, admitted } = await countUsers(trx, {
      rollout,
      arm,
      sums: arms[arm],
      usersLeft: rolloutUsersMax - users,
    });
    counted[arm] = sums;
    users += admitted;
  }
  if (users >= rolloutUsersMax && before.users < rolloutUsersMax) {
    log.warn("storage.rollout_users_full", { rollout, rolloutUsersMax });
  }
  const { startAt, endAt } = interval;
  const counts: IntervalCounts = {
    rollout,
    index,
    startAt,
    endAt,
    exposure,
    ...counted,
    ...(ruled.requests > 0 ? { ruled } : {}),
  };
  await appendCounts(trx, counts, { origin: interval, users });
  return counts;
}

const emptyCounts: ArmCounts = {
  requests: 0,
  errors: 0,
  connectionFailures: 0,
  unkeyedRequests: 0,
  usersFirstHarmed: 0,
  usersFirstSeen: 0,
  latency: [],
};

/**
 * Admits users until the rollout's table is full, and counts harm only of those admitted: a limit that
 * let harm in but not the unharmed would tilt the evidence.
 */
async function countUsers(
  trx: Transaction<Tables>,
  { rollout, arm, sums, usersLeft }: Countable,
): Promise<{ readonly counts: ArmCounts; readonly admitted: number }> {
  const { seenUsers, harmedUsers, ...rest } = sums;
  const seen = bigints([...seenUsers, ...harmedUsers]);
  const harmed = bigints([...harmedUsers]);
  const admitted =
    seen.length === 0
      ? undefined
      : await sql`
          insert into rollout_user (rollout, hash)
          select ${rollout}, hash from (select distinct unnest(${seen}::bigint[]) as hash) as met
          where not exists (
            select from rollout_user as known where known.rollout = ${rollout} and known.hash = met.hash
          )
          limit ${usersLeft}
        `.execute(trx);
  // Who was let in by growing exposure is known from the baseline, and exposed for the first time.
  const exposed =
    arm === "baseline" || seen.length === 0
      ? admitted
      : await sql`
          update rollout_user set is_exposed = true
          where rollout = ${rollout} and hash = any(${seen}::bigint[]) and not is_exposed
        `.execute(trx);
  const firstHarmed =
    harmed.length === 0
      ? undefined
      : await sql`
          update rollout_user set is_harmed = true
          where rollout = ${rollout} and hash = any(${harmed}::bigint[]) and not is_harmed
        `.execute(trx);
  return {
    counts: {
      ...rest,
      usersFirstHarmed: Number(firstHarmed?.numAffectedRows ?? 0),
      usersFirstSeen: Number(exposed?.numAffectedRows ?? 0),
    },
    admitted: Number(admitted?.numAffectedRows ?? 0),
  };
}

interface Countable {
  readonly rollout: RolloutId;
  readonly arm: Arm;
  readonly sums: ArmSum;
  readonly usersLeft: number;
}

/** 16 hex digits as PostgreSQL's signed 64 bits. */
function bigints(hashes: readonly string[]): readonly string[] {
  return hashes.map((hash) => BigInt.asIntN(64, BigInt(`0x${hash}`)).toString());
}

async function keepFailures(trx: Transaction<Tables>, stratum: Stratum): Promise<void> {
  const { rollout } = stratum;
  const newest = stratum.failures.toSorted((a, b) => a.at - b.at).slice(-failuresKeptMax);
  if (newest.length === 0) return;
  await trx
    .insertInto("failed_request")
    .values(newest.map((failure) => ({ rollout, at: failure.at, body: JSON.stringify(failure) })))
    .execute();
  await sql`
    delete from failed_request where id in (
      select id from failed_request where rollout = ${rollout}
      order by at desc, id desc offset ${failuresKeptMax}
    )
  `.execute(trx);
}

export function readIntervals(
  context: StoreContext,
  query: { readonly rollout: RolloutId; readonly afterIndex: number; readonly limit: number },
): Promise<readonly IntervalCounts[]> {
  return retrying(context, async () => {
    const rows = await context.db
      .selectFrom("interval_counts")
      .select("body")
      .where("rollout", "=", query.rollout)
      .where("index", ">", query.afterIndex)
      .orderBy("index")
      .limit(Math.min(query.limit, pageRowsMax))
      .execute();
    return rows.map(({ body }) => countsOf(body));
  });
}

export function readFailures(
  context: StoreContext,
  rollout: RolloutId,
): Promise<readonly FailedRequest[]> {
  return retrying(context, async () => {
    const rows = await context.db
      .selectFrom("failed_request")
      .select("body")
      .where("rollout", "=", rollout)
      .orderBy("at", "desc")
      .orderBy("id", "desc")
      .limit(failuresKeptMax)
      .execute();
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by `keepFailures`
    return rows.map(({ body }) => body as FailedRequest).toReversed();
  });
}
