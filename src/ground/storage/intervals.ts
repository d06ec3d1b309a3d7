/**
 * Evidence: what the edges counted, stored once, with users made distinct per rollout.
 *
 * (edge, boot, seq) recognises a repetition, which is answered with what the first time gave; so recording
 * may be retried at will. The row of `rollout_counts` is locked while an interval is added: the index has
 * no gaps and a user counts once, whichever edges met them.
 */
import { sql, type Transaction } from "kysely";
import type { ArmCounts, EdgeInterval, FailedRequest, IntervalCounts, RolloutId } from "#domain";
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
import { countUsers, forgetUsers } from "./rollout-users.ts";
import type { Tables } from "./schema.ts";
import { addServed } from "./served.ts";
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
  const traffic = foldTraffic(interval.rows);
  await addTraffic(recording, interval.endAt, traffic);
  const stored: IntervalCounts[] = [];
  for (const stratum of foldStrata(interval.rows)) {
    await keepFailures(trx, stratum);
    if (isEmpty(stratum)) continue;
    stored.push(await addStratum(recording, stratum));
  }
  // Last: every edge adds to the same row of an app's day, and waits for it until the one before commits.
  await addServed(recording, interval.endAt, traffic);
  return stored;
}

/** Says nothing of anybody; one stored per second would say it at length. */
function isEmpty({ arms: { baseline, candidate }, aside, shadow, ruled }: Stratum): boolean {
  if (ruled.requests > 0 || shadow !== undefined) return false;
  return [baseline, candidate, aside].every(
    ({ requests, seenUsers }) => requests === 0 && seenUsers.size === 0,
  );
}

/** Now and then, forgets what no edge sends again. */
async function forgetOld({ trx, clock }: Recording): Promise<void> {
  if (clock.random() * forgetEveryWrites >= 1) return;
  const before = clock.now() - intervalMemoryMs;
  await trx.deleteFrom("edge_interval").where("recorded_at", "<", before).execute();
  await forgetUsers(trx, before);
}

async function addStratum(recording: Recording, stratum: Stratum): Promise<IntervalCounts> {
  const { trx, interval, log } = recording;
  const { rollout, app, exposure, freshBuckets, arms, aside, ruled } = stratum;
  const before = await lockSequence(trx, { rollout, app, now: recording.clock.now() });
  const { users, ...counted } = await countUsers(trx, stratum, before.users);
  if (users >= rolloutUsersMax && before.users < rolloutUsersMax) {
    log.warn("storage.rollout_users_full", { rollout, rolloutUsersMax });
  }
  const { startAt, endAt } = interval;
  const counts: IntervalCounts = {
    rollout,
    index: before.intervals + 1,
    startAt,
    endAt,
    exposure,
    baseline: { ...sumsOf(arms.baseline), ...counted.baseline },
    candidate: { ...sumsOf(arms.candidate), ...counted.candidate },
    ...(freshBuckets === undefined ? {} : { freshBuckets }),
    ...(aside.requests > 0 ? { aside: { requests: aside.requests, errors: aside.errors } } : {}),
    ...(ruled.requests > 0 ? { ruled } : {}),
    ...(stratum.shadow === undefined ? {} : { shadow: stratum.shadow }),
    ...(stratum.groups.length > 0 ? { groups: stratum.groups } : {}),
    ...(stratum.isUserSetFull || users >= rolloutUsersMax ? { isUserSetFull: true } : {}),
  };
  await appendCounts(trx, counts, { origin: interval, users });
  return counts;
}

/** All of an arm's counts but those of users. */
function sumsOf(
  arm: ArmSum,
): Omit<ArmCounts, "usersFirstHarmed" | "usersFirstSeen" | "usersFirstStuck" | "usersNew"> {
  const { requests, errors, connectionFailures, unkeyedRequests, latency, instances } = arm;
  return {
    requests,
    errors,
    connectionFailures,
    unkeyedRequests,
    latency,
    ...(instances.size > 0 ? { instances: Object.fromEntries(instances) } : {}),
  };
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
