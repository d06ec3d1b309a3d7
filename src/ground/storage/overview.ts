/**
 * Lists for people: apps with what belongs to them, and changes by state and words. Each is one statement,
 * however many rows it gives; a query per row would make a page of 500 apps wait for 2,500 answers.
 */
import { sql } from "kysely";
import {
  standingOf,
  usualSlo,
  type Change,
  type ChangeFilter,
  type ChangeId,
  type ChangeStanding,
  type ChangeState,
  type ListedChange,
  type OverviewQuery,
  type OverviewRow,
  type OverviewShow,
  type RolloutState,
} from "#domain";
import type { StoreContext } from "./context.ts";
import { pageRowsMax, trafficWindowMs } from "./limits.ts";
import { retrying } from "./retry.ts";
import { servedFrom, servedOf, type ServedRow } from "./served.ts";
import { ratesOf } from "./traffic.ts";

interface Row extends ServedRow {
  readonly app: unknown;
  readonly live: unknown;
  readonly rollout: unknown;
  readonly candidate: unknown;
  readonly change: unknown;
  readonly requests: number;
  readonly errors: number;
  readonly since: number | null;
}

/** What each choice asks of an app's rollout, newest change and live release. */
const conditions: Readonly<Record<OverviewShow, ReturnType<typeof sql>>> = {
  all: sql`true`,
  under_way: sql`(app.body ->> 'activeRollout' is not null or change.body ->> 'state' = 'delivering')`,
  held: sql`(rollout.body ->> 'state' in ('held', 'paused') or change.body ->> 'state' = 'held')`,
  failed: sql`change.body ->> 'state' in ('failed', 'rolled_back')`,
  empty: sql`app.body ->> 'liveRelease' is null`,
};

export function readOverview(
  context: StoreContext,
  { search = "", show = "all", after = "", apps, limit }: OverviewQuery,
): Promise<readonly OverviewRow[]> {
  return retrying(context, async () => {
    const nowMs = context.clock.now();
    const now = Math.floor(nowMs / 1000);
    const days = sql`coalesce((live.body -> 'slo' ->> 'windowDays')::int, ${usualSlo.windowDays})`;
    const { rows } = await sql<Row>`
      select app.body as app, live.body as live, rollout.body as rollout,
        candidate.body as candidate, change.body as change,
        traffic.requests, traffic.errors, traffic.since, served.*
      from document app
      left join document live on live.kind = 'release' and live.id = app.body ->> 'liveRelease'
      left join document rollout on rollout.kind = 'rollout' and rollout.id = app.body ->> 'activeRollout'
      left join document candidate
        on candidate.kind = 'release' and candidate.id = rollout.body ->> 'candidate'
      left join lateral (
        select body from document
        where kind = 'change' and document.app = app.id order by created desc limit 1
      ) change on true
      cross join lateral (
        select coalesce(sum(requests), 0)::float8 as requests, coalesce(sum(errors), 0)::float8 as errors,
          min(second) as since
        from app_traffic
        where app_traffic.app = app.id and second > ${now - trafficWindowMs / 1000}
      ) traffic
      cross join lateral (${servedOf(sql`app.id`, days, nowMs)}) served
      where app.kind = 'app' and app.id > ${after} and app.body ->> 'deletedAt' is null
        and ${apps === undefined ? sql`true` : sql`app.id = any(${apps}::text[])`}
        and strpos(app.id, ${search.toLowerCase()}) > 0 and ${conditions[show]}
      order by app.id
      limit ${Math.min(limit, pageRowsMax)}
    `.execute(context.db);
    return rows.map((row) => rowOf(row, now));
  });
}

function rowOf({ app, live, rollout, candidate, change, ...counted }: Row, now: number) {
  const documents = { app, live, rollout, candidate, change };
  const present = Object.entries(documents).filter(([, body]) => body !== null);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by `commit` from a DocumentPut
  return {
    ...Object.fromEntries(present),
    requests: counted.requests,
    ...ratesOf(counted, now),
    served: servedFrom(counted),
  } as OverviewRow;
}

/** The same as `standingOf`, asked of many changes at once. */
const standings: Readonly<Record<ChangeStanding, ReturnType<typeof sql<boolean>>>> = {
  delivering: sql`change.body ->> 'state' = 'delivering' and rollout.body ->> 'state' is distinct from 'paused'`,
  paused: sql`change.body ->> 'state' = 'delivering' and rollout.body ->> 'state' = 'paused'`,
  held: isIn("held"),
  live: sql`change.body ->> 'state' = 'live' and coalesce(live.body ->> 'change', change.id) = change.id`,
  replaced: sql`change.body ->> 'state' = 'live' and live.body ->> 'change' <> change.id`,
  failed: isIn("failed"),
  rolled_back: isIn("rolled_back"),
  superseded: isIn("superseded"),
  unchanged: isIn("unchanged"),
};

/** Those that a change's own document tells. */
const plainStates: ReadonlySet<ChangeStanding> = new Set<ChangeStanding>([
  "held",
  "failed",
  "rolled_back",
  "superseded",
  "unchanged",
]);

/** What else it takes: its own rollout, and what is live of its app. */
const around = sql`
  left join document rollout on rollout.kind = 'rollout' and rollout.id = change.body ->> 'rollout'
  left join document app on app.kind = 'app' and app.id = change.app
  left join document live on live.kind = 'release' and live.id = app.body ->> 'liveRelease'
`;

function isIn(state: ChangeState) {
  return sql<boolean>`change.body ->> 'state' = ${state}`;
}

interface ListedRow {
  readonly body: unknown;
  readonly rollout: RolloutState | null;
  readonly live: ChangeId | null;
}

export function listChanges(
  context: StoreContext,
  filter: ChangeFilter,
): Promise<readonly ListedChange[]> {
  return retrying(context, async () => {
    // Most filters are on the change itself: only what is shown needs to be joined then.
    const isJoined = filter.standing !== undefined && !plainStates.has(filter.standing);
    const { rows } = await sql<ListedRow>`
      select change.body, rollout.body ->> 'state' as rollout, live.body ->> 'change' as live
      from (
        select change.* from document change ${isJoined ? around : sql``}
        where change.kind = 'change' and ${sql.join(askedOf(filter), sql` and `)}
        order by change.created desc
        limit ${Math.min(filter.limit, pageRowsMax)}
      ) change ${around}
      order by change.created desc
    `.execute(context.db);
    return rows.map(listedOf);
  });
}

function askedOf(filter: ChangeFilter) {
  const { app, apps, state, standing, search, before } = filter;
  const asked = [sql<boolean>`true`];
  if (app !== undefined) asked.push(sql`change.app = ${app}`);
  if (apps !== undefined) asked.push(sql`change.app = any(${apps}::text[])`);
  if (state !== undefined) asked.push(isIn(state));
  if (standing !== undefined) asked.push(sql`(${standings[standing]})`);
  if (filter.onlyTakenFromAll === true) {
    asked.push(sql`change.body #>> '{takenBackBy,wasLive}' = 'true'`);
  }
  if (search !== undefined && search !== "") asked.push(isFound(search.toLowerCase()));
  if (before !== undefined) {
    // An unknown `before` compares with null: nothing was created before it.
    asked.push(
      sql`change.created < (select created from document where kind = 'change' and id = ${before})`,
    );
  }
  return asked;
}

function listedOf({ body, rollout, live }: ListedRow): ListedChange {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by `commit` from a DocumentPut
  const change = body as Change;
  const known = { ...(rollout === null ? {} : { rollout }), ...(live === null ? {} : { live }) };
  return { ...change, standing: standingOf(change, known) };
}

function isFound(words: string) {
  return sql<boolean>`(
    strpos(lower(change.body ->> 'subject'), ${words}) > 0
    or strpos(lower(change.body -> 'author' ->> 'name'), ${words}) > 0
    or starts_with(change.body ->> 'commit', ${words}) or starts_with(change.id, ${words})
  )`;
}
