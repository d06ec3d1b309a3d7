/**
 * All that each app served: a row per day, kept for the longest window of an SLO, and a row per five minutes,
 * kept for the hours by which a burn rate is told.
 */
import { sql, type Transaction } from "kysely";
import { type AppName, type ServedLately, sloWindowDaysMax } from "#domain";
import type { StoreContext } from "./context.ts";
import type { AppTraffic } from "./fold-interval.ts";
import { retrying } from "./retry.ts";
import type { Tables } from "./schema.ts";

const dayMs = 86_400_000;
const minutesMs = 5 * 60_000;
const hourMs = 3_600_000;
/** What came late, from an edge that was cut off, still counts in its hour. */
const minutesKeptMs = 6 * hourMs;

/**
 * Adds an interval that ended at `endAt`, and forgets of the same apps what no window reaches any more. The apps
 * come in the order of their names, for every edge alike.
 */
export async function addServed(
  { trx, clock }: Pick<StoreContext, "clock"> & { readonly trx: Transaction<Tables> },
  endAt: number,
  traffic: readonly AppTraffic[],
): Promise<void> {
  const rows = traffic
    .filter(({ requests }) => requests > 0)
    .flatMap((sum) => [
      { ...sum, span: "day" as const, slot: Math.floor(endAt / dayMs) },
      { ...sum, span: "minutes" as const, slot: Math.floor(endAt / minutesMs) },
    ]);
  if (rows.length === 0) return;
  await trx
    .insertInto("app_served")
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(["app", "span", "slot"]).doUpdateSet({
        requests: sql`app_served.requests + excluded.requests`,
        errors: sql`app_served.errors + excluded.errors`,
      }),
    )
    .execute();
  await forgetServed(
    trx,
    traffic.map(({ app }) => app),
    clock.now(),
  );
}

/** By app, as the key is: of all apps it would be a look at every row, for every interval of every edge. */
async function forgetServed(
  trx: Transaction<Tables>,
  apps: readonly string[],
  now: number,
): Promise<void> {
  await sql`
    delete from app_served
    where app = any(${apps}::text[]) and (
      (span = 'day' and slot < ${Math.floor(now / dayMs) - sloWindowDaysMax})
      or (span = 'minutes' and slot < ${Math.floor((now - minutesKeptMs) / minutesMs)})
    )
  `.execute(trx);
}

export interface ServedRow {
  readonly window_requests: number;
  readonly window_errors: number;
  readonly hour_requests: number;
  readonly hour_errors: number;
}

/**
 * The sums of one app, as a subquery of one row. `days` is whole days, today among them; the hour is the
 * last twelve slots of five minutes, the one that has begun among them.
 */
export function servedOf(app: ReturnType<typeof sql>, days: ReturnType<typeof sql>, now: number) {
  const today = Math.floor(now / dayMs);
  const slot = Math.floor(now / minutesMs);
  return sql<ServedRow>`
    select coalesce(sum(requests) filter (where span = 'day'), 0)::float8 as window_requests,
      coalesce(sum(errors) filter (where span = 'day'), 0)::float8 as window_errors,
      coalesce(sum(requests) filter (where span = 'minutes'), 0)::float8 as hour_requests,
      coalesce(sum(errors) filter (where span = 'minutes'), 0)::float8 as hour_errors
    from app_served
    where app_served.app = ${app} and (
      (span = 'day' and slot > ${today} - ${days})
      or (span = 'minutes' and slot > ${slot - hourMs / minutesMs})
    )
  `;
}

export function servedFrom(row: ServedRow): ServedLately {
  return {
    window: { requests: row.window_requests, errors: row.window_errors },
    hour: { requests: row.hour_requests, errors: row.hour_errors },
  };
}

export function readServed(
  context: StoreContext,
  app: AppName,
  windowDays: number,
): Promise<ServedLately> {
  return retrying(context, async () => {
    const query = servedOf(sql`${app}`, sql`${windowDays}::int`, context.clock.now());
    const { rows } = await query.execute(context.db);
    const [row] = rows;
    return servedFrom(
      row ?? { window_requests: 0, window_errors: 0, hour_requests: 0, hour_errors: 0 },
    );
  });
}
