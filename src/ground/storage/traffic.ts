/** Requests of each app over the last minute, a row per second. */
import { sql, type Transaction } from "kysely";
import type { AppName, RecentTraffic } from "#domain";
import type { StoreContext } from "./context.ts";
import type { AppTraffic } from "./fold-interval.ts";
import { trafficWindowMs } from "./limits.ts";
import { retrying } from "./retry.ts";
import type { Tables } from "./schema.ts";

/** Adds an interval that ended at `endAt`; rows that have left the window go on the way. */
export async function addTraffic(
  { trx }: { readonly trx: Transaction<Tables> },
  endAt: number,
  traffic: readonly AppTraffic[],
): Promise<void> {
  const busy = traffic.filter(({ requests }) => requests > 0);
  if (busy.length === 0) return;
  const second = Math.floor(endAt / 1000);
  await trx
    .insertInto("app_traffic")
    .values(busy.map((sum) => ({ ...sum, second })))
    .onConflict((conflict) =>
      conflict.columns(["app", "second"]).doUpdateSet({
        requests: sql`app_traffic.requests + excluded.requests`,
        errors: sql`app_traffic.errors + excluded.errors`,
      }),
    )
    .execute();
  const apps = busy.map(({ app }) => app);
  const before = second - (2 * trafficWindowMs) / 1000;
  await sql`
    delete from app_traffic where (app, second) in (
      select app, second from app_traffic
      where app = any(${apps}::text[]) and second < ${before}
      for update skip locked
    )
  `.execute(trx);
}

/** An app whose first request came less than a minute ago is averaged over the time since. */
export function readTraffic(context: StoreContext, app: AppName): Promise<RecentTraffic> {
  return retrying(context, async () => {
    const windowSeconds = trafficWindowMs / 1000;
    const now = Math.floor(context.clock.now() / 1000);
    const { requests, errors, since } = await context.db
      .selectFrom("app_traffic")
      .select(({ fn }) => [
        sql<number>`coalesce(sum(requests), 0)::float8`.as("requests"),
        sql<number>`coalesce(sum(errors), 0)::float8`.as("errors"),
        fn.min("second").as("since"),
      ])
      .where("app", "=", app)
      .where("second", ">", now - windowSeconds)
      .executeTakeFirstOrThrow();
    return { requests, ...ratesOf({ requests, errors, since }, now) };
  });
}

/** `since`: the window's first second with a request. Of one request that just came it makes one a second. */
export function ratesOf(
  { requests, errors, since }: { requests: number; errors: number; since: number | null },
  now: number,
): { readonly requestsPerSecond: number; readonly errorRatio: number } {
  if (requests === 0) return { requestsPerSecond: 0, errorRatio: 0 };
  const seconds = Math.max(1, Math.min(trafficWindowMs / 1000, now - (since ?? now) + 1));
  return { requestsPerSecond: requests / seconds, errorRatio: errors / requests };
}
