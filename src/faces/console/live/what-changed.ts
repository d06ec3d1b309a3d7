/** Which answers of the API an event makes stale. Pure. */
import type { JsonRouteKey } from "#faces/api/contract";
import type { EventOfStream } from "./follow-events.ts";

/** What it takes of an event to know. */
export type ToldEntry = Pick<EventOfStream, "type" | "app" | "change" | "data">;

/** A query's key: the route, its parameters, its query. */
export type AnswerKey = readonly unknown[];

/** Lists and sums, which many events touch: asked for again at most once in a while. */
const sums: ReadonlySet<string> = new Set<JsonRouteKey>([
  "GET /api/v1/apps",
  "GET /api/v1/changes",
  "GET /api/v1/dora",
  "GET /api/v1/dora/periods",
  "GET /api/v1/durations",
  "GET /api/v1/journal",
  "GET /api/v1/overview",
  "GET /api/v1/status",
]);

/** `now`: somebody may be watching just this. `soon`: a list in which it is one of many. */
export function staleness(key: AnswerKey, entry: ToldEntry): "now" | "soon" | undefined {
  const [route, params, query] = key;
  if (typeof route !== "string") return undefined;
  if (sums.has(route)) {
    return isAbout(valueOf(query, "app"), entry.app) ? "soon" : undefined;
  }
  // Who has which rights: also by way of a team, and on the platform.
  if (route === "GET /api/v1/rights") {
    return /^dev\.tidegate\.(?:user|team|app)\./.test(entry.type) ? "soon" : undefined;
  }
  // Whether a change is live still is told by what went live after it.
  if (route === "GET /api/v1/changes/:change" && !isOf(params, entry)) {
    return entry.type === "dev.cdevents.service.published" ? "soon" : undefined;
  }
  if (!isOf(params, entry) || isSettled(route, entry)) return undefined;
  return isDear(route) ? "soon" : "now";
}

/** What takes the server long to answer must not stand before what somebody watches for. */
function isDear(route: string): boolean {
  return /\/(?:series|story|errors|tests|diff|evidence|releases|durations)$/.test(route);
}

/** What was tested, and what changed, stands before anybody gets it; with what it is compared as its rollout begins. */
function isSettled(route: string, { type }: ToldEntry): boolean {
  if (type === "dev.tidegate.rollout.started" && route.endsWith("/diff")) return false;
  return type.startsWith("dev.tidegate.rollout.") && /\/(?:tests|diff)$/.test(route);
}

/** Whether a route's parameters name what the entry is about. */
function isOf(params: unknown, entry: ToldEntry): boolean {
  const change = valueOf(params, "change");
  // A change may be named by a commit's prefix, which an entry does not have: then any might be it.
  if (change !== undefined) return !change.startsWith("chg_") || change === entry.change;
  const rollout = valueOf(params, "rollout");
  if (rollout !== undefined) {
    return rollout === valueOf(entry.data, "rollout") || rollout === entry.app;
  }
  const app = valueOf(params, "app");
  return app !== undefined && app === entry.app;
}

function isAbout(asked: string | undefined, app: string | undefined): boolean {
  return asked === undefined || app === undefined || asked === app;
}

function valueOf(holder: unknown, name: string): string | undefined {
  if (typeof holder !== "object" || holder === null) return undefined;
  const value: unknown = Reflect.get(holder, name);
  return typeof value === "string" ? value : undefined;
}
