/** The handlers and followers of logs of any length. Each reaches the delivery and nothing else. */
import { atOnce, err, type Result } from "#std";
import { parseAppName, parseId } from "#domain";
import type { Delivery, WhichLog } from "#delivery";
import type { EventsRouteKey, JsonRouteKey, logRoutes } from "#faces/api/contract";
import type { Events, Followers } from "./followers.ts";
import type { Asked, Handlers } from "./handlers.ts";
import { logHitsMax, searchAgainMs, searchesMax, searchesPerUserMax } from "./limits.ts";
import { mapped, withApp } from "./named.ts";
import type { ApiError } from "./problems.ts";
import { copy } from "./resources.ts";

type LogRoutes = keyof typeof logRoutes;
export type LogJsonRoutes = Extract<LogRoutes, JsonRouteKey>;
type LogEventsRoutes = Extract<LogRoutes, EventsRouteKey>;

type SearchQuery = Omit<Parameters<Delivery["searchLog"]>[1], "most" | "signal">;

export function logHandlers(delivery: Delivery): Pick<Handlers, LogJsonRoutes> {
  const searches = atOnce({ most: searchesMax, mostEach: searchesPerUserMax });
  const search = async (
    which: WhichLog,
    { query, asked: { actor, signal } }: { readonly query: SearchQuery; readonly asked: Asked },
  ) => {
    const end = searches.begin(actor.user);
    if (typeof end !== "function") {
      return err({ code: "too_many_searches" as const, ...end, retryAfterMs: searchAgainMs });
    }
    try {
      const hits = await delivery.searchLog(which, { ...query, most: logHitsMax, signal });
      return mapped(hits, (found) => copy(found));
    } finally {
      end();
    }
  };
  return {
    "GET /api/v1/changes/:change/logs/:stage/window": async ({ params, query }) =>
      mapped(await delivery.logWindow(params, query), (window) => copy(window)),
    "GET /api/v1/changes/:change/logs/:stage/search": async ({ params, query }, asked) =>
      await search(params, { query, asked }),
    "GET /api/v1/changes/:change/errors": async ({ params }) =>
      mapped(await delivery.newErrors(params.change), (errors) => copy(errors)),
    "GET /api/v1/apps/:app/instances/logs": ({ params }) =>
      withApp(params.app, async (app) =>
        mapped(await delivery.logSources(app), (sources) => ({ sources: copy(sources) })),
      ),
    "GET /api/v1/apps/:app/instances/:instance/logs/window": ({ params, query }) =>
      withInstance(params, async (which) =>
        mapped(await delivery.logWindow(which, query), (window) => copy(window)),
      ),
    "GET /api/v1/apps/:app/instances/:instance/logs/search": ({ params, query }, asked) =>
      withInstance(params, async (which) => await search(which, { query, asked })),
  };
}

export function logFollowers(delivery: Delivery): Pick<Followers, LogEventsRoutes> {
  const follow = async (which: WhichLog, after: number): Promise<Result<Events, ApiError>> =>
    mapped(await delivery.followLog(which, after), (windows) => eventsOf(windows));
  return {
    "GET /api/v1/changes/:change/logs/:stage/events": async ({ params, query }, lastEventId) =>
      await follow(params, lastEventId ?? query.after),
    "GET /api/v1/apps/:app/instances/:instance/logs/events": async (
      { params, query },
      lastEventId,
    ) =>
      await withInstance(params, async (which) => await follow(which, lastEventId ?? query.after)),
  };
}

type Windows = Extract<Awaited<ReturnType<Delivery["followLog"]>>, { readonly ok: true }>["value"];

/** The id of an event is the number of its last line: who comes back gets what follows. */
function eventsOf(windows: Windows): Events {
  return async function* events(signal) {
    for await (const window of windows(signal)) {
      yield { id: window.from + window.lines.length - 1, name: "lines", data: window };
    }
  };
}

async function withInstance<T>(
  names: { readonly app: string; readonly instance: string },
  ask: (which: WhichLog) => Promise<Result<T, ApiError>>,
): Promise<Result<T, ApiError>> {
  const app = parseAppName(names.app);
  if (!app.ok) return err({ code: "not_found", what: "app", name: names.app });
  const instance = parseId("ins", names.instance);
  return instance.ok ? await ask({ app: app.value, instance: instance.value }) : instance;
}
