/** One handler per route of the contract that answers with JSON. Each reaches the delivery and nothing else. */
import { err, ok, some, type Result } from "#std";
import {
  parseAppName,
  parseId,
  type Actor,
  type InstanceId,
  type InstanceLogLine,
  type People,
} from "#domain";
import type { Delivery } from "#delivery";
import type { JsonRouteKey, RouteInput, RouteOutput } from "#faces/api/contract";
import type { AtBrowser } from "./browser.ts";
import { auditHandler } from "./audit-handler.ts";
import { cohortHandlers, type CohortRoutes } from "./cohort-handlers.ts";
import { domainHandlers, type DomainRoutes } from "./domain-handlers.ts";
import { peopleHandlers, type PeopleRoutes } from "./people-handlers.ts";
import { insightHandlers, type InsightRoutes } from "./insight-handlers.ts";
import { logHandlers, type LogJsonRoutes } from "./log-handlers.ts";
import { mapped, withApp } from "./named.ts";
import { overviewApp } from "./overview.ts";
import { given, pageOf } from "./paged.ts";
import type { ApiError } from "./problems.ts";
import {
  appResource,
  changeResource,
  changeSummary,
  copy,
  countsResource,
  entryResource,
  releaseResource,
  rolloutResource,
  seriesResource,
  type Telling,
} from "./resources.ts";
import { rightsHandler, type RightsRoute } from "./rights.ts";
import { signInHandlers, type SignInOptions, type SignInRoutes } from "./sign-in-handlers.ts";
import { type Freshness, tooLongAgo } from "./too-long-ago.ts";

export interface Asked {
  readonly actor: Actor;
  /** The browser it came from, to be signed in or out. */
  readonly at: AtBrowser;
  /** Aborts when the client goes away or the server closes. */
  readonly signal: AbortSignal;
}

export type Handler<K extends JsonRouteKey> = (
  input: RouteInput<K>,
  asked: Asked,
) => Promise<Result<RouteOutput<K>, ApiError>>;

export type Handlers = { readonly [K in JsonRouteKey]: Handler<K> };

/** Makes the handlers; a route of the contract without one does not compile. */
export function handlersOf({
  delivery,
  people,
  ...options
}: SignInOptions & { readonly delivery: Delivery; readonly people: People }): Handlers {
  return {
    ...signInHandlers(options),
    ...appHandlers(delivery),
    ...assignHandler(delivery, options.signIn),
    ...changeHandlers(delivery),
    ...platformHandlers(delivery),
    ...peopleHandlers(people, options.signIn),
    ...insightHandlers(delivery),
    ...logHandlers(delivery),
    ...rightsHandler({ delivery, people }),
    ...cohortHandlers(delivery),
    ...domainHandlers(delivery),
  };
}

/** What was found as the actor sees it: it may go together with apps that they may not see. */
async function seen<View, Resource>(
  found: Result<View, ApiError>,
  resource: (view: View, telling: Telling) => Resource,
  { actor, delivery }: { readonly actor: Actor; readonly delivery: Delivery },
): Promise<Result<Resource, ApiError>> {
  return found.ok ? ok(resource(found.value, await tellingOf(actor, delivery))) : found;
}

async function tellingOf(actor: Actor, delivery: Delivery): Promise<Telling> {
  const [sight, logs] = await Promise.all([
    delivery.sight(actor),
    delivery.sight(actor, "log.read"),
  ]);
  return { sight, logs, urlOf: (host) => delivery.urlOf(host) };
}

/** Those with files of their own. */
type ApartRoutes =
  | CohortRoutes
  | DomainRoutes
  | InsightRoutes
  | LogJsonRoutes
  | PeopleRoutes
  | RightsRoute
  | SignInRoutes;

type AppRoutes = Extract<
  Exclude<JsonRouteKey, ApartRoutes>,
  | `${string} /api/v1/apps${string}`
  | `${string} /api/v1/overview`
  | `${string} /api/v1/teams/:team/apps`
>;

type AssignRoute = "PUT /api/v1/apps/:app/team";

/** A team's roles hold on the apps that are its: to make an app a team's is to give them. */
function assignHandler(delivery: Delivery, signIn: Freshness): Pick<Handlers, AssignRoute> {
  return {
    "PUT /api/v1/apps/:app/team": async ({ params, body: { team } }, asked) => {
      const stale =
        team === undefined ? undefined : tooLongAgo("make an app a team's", asked, signIn);
      if (stale !== undefined) return err(stale);
      const { actor } = asked;
      return await withApp(params.app, async (app) =>
        seen(await delivery.assignApp({ app, ...some("team", team) }, actor), appResource, {
          actor,
          delivery,
        }),
      );
    },
  };
}

function appHandlers(delivery: Delivery): Pick<Handlers, Exclude<AppRoutes, AssignRoute>> {
  return {
    "GET /api/v1/apps": async (_input, { actor }) => {
      const telling = await tellingOf(actor, delivery);
      return ok({ apps: (await delivery.apps(actor)).map((view) => appResource(view, telling)) });
    },
    "GET /api/v1/overview": async ({ query: { search, after, show, limit } }, { actor }) => {
      const asked = { show, limit: limit + 1, ...given({ search, after }) };
      const views = await delivery.overview(asked, actor);
      const { items, next } = pageOf(views, limit, ({ app }) => app.name);
      return ok({ apps: items.map((view) => overviewApp(view)), ...next });
    },
    "POST /api/v1/apps": async ({ body }, { actor }) =>
      seen(await delivery.createApp(body, actor), appResource, { actor, delivery }),
    "POST /api/v1/teams/:team/apps": async ({ params, body }, { actor }) =>
      seen(await delivery.createApp({ ...body, team: params.team }, actor), appResource, {
        actor,
        delivery,
      }),
    "GET /api/v1/apps/:app": ({ params }, { actor }) =>
      withApp(params.app, async (app) =>
        seen(await delivery.app(app), appResource, { actor, delivery }),
      ),
    "DELETE /api/v1/apps/:app": ({ params }, { actor }) =>
      withApp(params.app, async (app) =>
        mapped(await delivery.deleteApp(app, actor), () => ({ name: app })),
      ),
    "GET /api/v1/apps/:app/releases": ({ params, query }, { actor }) =>
      withApp(params.app, async (app) => {
        const logs = await delivery.sight(actor, "log.read");
        return mapped(await delivery.releases({ app, limit: query.limit }), (releases) => ({
          releases: releases.map((release) => releaseResource(release, logs)),
        }));
      }),
    "POST /api/v1/apps/:app/rollback": ({ params, body }, { actor }) =>
      withApp(params.app, async (app) => {
        const input = { app, reason: body.reason, ...some("to", body.to) };
        return mapped(await delivery.rollback(input, actor), (done) => copy(done));
      }),
    "GET /api/v1/apps/:app/config": ({ params }) =>
      withApp(params.app, async (app) => mapped(await delivery.config(app), (view) => copy(view))),
    "GET /api/v1/apps/:app/config/names": ({ params }) =>
      withApp(params.app, async (app) =>
        mapped(await delivery.config(app), ({ values, ...standing }) => ({
          ...copy(standing),
          names: Object.keys(values).toSorted((a, b) => (a < b ? -1 : 1)),
        })),
      ),
    "PATCH /api/v1/apps/:app/config": ({ params, body }, { actor }) =>
      withApp(params.app, async (app) =>
        mapped(await delivery.changeConfig({ app, ...body }, actor), (view) => copy(view)),
      ),
    "GET /api/v1/apps/:app/logs": ({ params, query }, { signal }) =>
      withLogQuery(params.app, query, async (checked) => {
        const lines = await delivery.logs({ ...checked, follow: false, signal });
        if (!lines.ok) return lines;
        const collected: InstanceLogLine[] = [];
        for await (const line of lines.value) collected.push(line);
        return ok({ lines: copy(collected) });
      }),
  };
}

type ChangeRoutes = Extract<
  Exclude<JsonRouteKey, ApartRoutes>,
  `${string} /api/v1/changes${string}` | `${string} /api/v1/rollouts${string}`
>;

function changeHandlers(delivery: Delivery): Pick<Handlers, ChangeRoutes> {
  return {
    "GET /api/v1/changes": async ({ query }, { actor }) => {
      const { app: name, limit, before, state, standing, search } = query;
      const from = { limit: limit + 1, ...given({ before, state, standing, search }) };
      if (name === undefined) return ok(changes(await delivery.changes(from, actor), limit));
      return withApp(name, async (app) => {
        // A list of nothing would hide a mistyped name.
        const known = await delivery.app(app);
        const listed = known.ok ? await delivery.changes({ ...from, app }, actor) : [];
        return known.ok ? ok(changes(listed, limit)) : known;
      });
    },
    "GET /api/v1/changes/:change": async ({ params }, { actor }) =>
      await seen(await delivery.change(params.change), changeResource, { actor, delivery }),
    "GET /api/v1/changes/:change/logs/:stage": async ({ params }) =>
      mapped(await delivery.changeLog(params.change, params.stage), (lines) => ({
        lines: copy(lines),
      })),
    "GET /api/v1/rollouts/:rollout": async ({ params }, { actor }) =>
      await seen(await delivery.rollout(params.rollout), rolloutResource, { actor, delivery }),
    "GET /api/v1/rollouts/:rollout/counts": async ({ params, query }) =>
      mapped(await delivery.counts({ idOrApp: params.rollout, ...query }), countsResource),
    "GET /api/v1/rollouts/:rollout/series": async ({ params, query }) =>
      mapped(
        await delivery.series({ idOrApp: params.rollout, points: query.points }),
        seriesResource,
      ),
    "POST /api/v1/rollouts/:rollout/:action": async ({ params, body }, { actor }) => {
      const { action: kind } = params;
      const { reason, step } = body;
      if (step === undefined && (kind === "approve" || kind === "skip-to")) {
        return err({ code: "invalid_input", field: "step", expected: `the step to ${kind}` });
      }
      const named = step === undefined ? {} : { step };
      const input = { idOrApp: params.rollout, kind, reason, ...named };
      return await seen(await delivery.command(input, actor), rolloutResource, { actor, delivery });
    },
  };
}

type PlatformRoutes = Exclude<JsonRouteKey, AppRoutes | ChangeRoutes | ApartRoutes>;

function platformHandlers(delivery: Delivery): Pick<Handlers, PlatformRoutes> {
  return {
    "GET /api/v1/dora": async ({ query: { app: name, windowMs } }) => {
      if (name === undefined) return ok(copy(await delivery.dora({ windowMs })));
      return withApp(name, async (app) => ok(copy(await delivery.dora({ app, windowMs }))));
    },
    "GET /api/v1/status": async (_input, { actor }) => ok(copy(await delivery.status(actor))),
    "GET /api/v1/findings": async () => ok({ findings: copy(await delivery.findings()) }),
    ...auditHandler(delivery),
    "GET /api/v1/journal": async ({ query }) =>
      ok({ entries: (await delivery.entries(query)).map((entry) => entryResource(entry)) }),
    "GET /api/v1/journal/verification": async () => ok(copy(await delivery.verifyJournal())),
  };
}

/** Of a list that was asked for one more than `limit`: whether there is more shows in it. */
function changes(list: Awaited<ReturnType<Delivery["changes"]>>, limit: number) {
  const { items, next } = pageOf(list, limit, ({ id }) => id);
  return { changes: items.map((change) => changeSummary(change)), ...next };
}

type LogQuery = RouteInput<"GET /api/v1/apps/:app/logs">["query"];
export type CheckedLogQuery = Omit<Parameters<Delivery["logs"]>[0], "follow" | "signal">;

/** Turns a query for logs into the domain's terms. */
export async function withLogQuery<T>(
  name: string,
  query: LogQuery,
  ask: (checked: CheckedLogQuery) => Promise<Result<T, ApiError>>,
): Promise<Result<T, ApiError>> {
  const app = parseAppName(name);
  if (!app.ok) return err({ code: "not_found", what: "app", name });
  const instance: Result<InstanceId | undefined, ApiError> =
    query.instance === undefined ? ok(undefined) : parseId("ins", query.instance);
  if (!instance.ok) return instance;
  return ask({
    app: app.value,
    tail: query.tail,
    ...(query.release === undefined ? {} : { release: query.release }),
    ...(instance.value === undefined ? {} : { instance: instance.value }),
  });
}
