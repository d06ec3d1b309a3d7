/**
 * The table of routes: what can be asked, by whom, with what, and what comes back. The server serves
 * exactly this, the OpenAPI document is made from it, and a client's calls are checked against it.
 */
import { z } from "zod";
import { rolloutPermissions } from "#domain";
import type { Access } from "./access.ts";
import {
  app,
  appList,
  appName,
  changeConfigRequest,
  changedConfig,
  config,
  configNames,
  createAppRequest,
  logLine,
  logLines,
} from "./app.ts";
import { countsPage } from "./counts.ts";
import { change, changeList, changeLog, changeStanding, changeState } from "./change.ts";
import { cohortRoutes } from "./cohort-routes.ts";
import { domainRoutes } from "./domain-routes.ts";
import { insightRoutes } from "./insight-routes.ts";
import { logRoutes } from "./log-routes.ts";
import { overview, overviewShow } from "./overview.ts";
import { peopleRoutes } from "./people-routes.ts";
import { assignRequest } from "./people.ts";
import {
  auditPage,
  changeEvent,
  dora,
  findings,
  journalPage,
  journalVerification,
  status,
  streamEvent,
} from "./platform.ts";
import { releaseList, rollbackRequest, rollbackResult } from "./release.ts";
import { signInRoutes } from "./sign-in-routes.ts";
import { series } from "./series.ts";
import { events, json, name, ofApp, ofChange, page, seq, words } from "./route-parts.ts";
import { rollout, rolloutAction, rolloutActionRequest } from "./rollout.ts";

export interface RouteSpec {
  readonly access: Access;
  /** One sentence, third person. */
  readonly summary: string;
  /** `events`: a stream of Server-Sent Events, each of which has the shape of `response`. */
  readonly kind: "json" | "events";
  readonly status: 200 | 201;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly response: z.ZodType;
}

export type RouteKey = keyof typeof routes;

const windowMsDefault = 30 * 86_400_000;
const windowMsMax = 366 * 86_400_000;

export const routes = {
  ...peopleRoutes,
  ...insightRoutes,
  ...logRoutes,
  ...cohortRoutes,
  ...domainRoutes,
  "GET /api/v1/apps": {
    ...json,
    access: { permission: "app.read", on: "each" },
    summary: "Lists the apps.",
    response: appList,
  },
  "GET /api/v1/overview": {
    ...json,
    access: { permission: "app.read", on: "each" },
    summary: "Lists apps by name with what is live, what is on its way and who is exposed.",
    query: z.strictObject({
      search: words.optional(),
      show: overviewShow.default("all"),
      after: name.optional(),
      limit: page(500).default(100),
    }),
    response: overview,
  },
  "POST /api/v1/apps": {
    ...json,
    access: { permission: "app.create", on: "platform" },
    status: 201,
    summary: "Creates an app with an empty repository.",
    body: createAppRequest,
    response: app,
  },
  "POST /api/v1/teams/:team/apps": {
    ...json,
    access: { permission: "app.create", on: "team" },
    status: 201,
    summary: "Creates an app that is the team's.",
    params: z.strictObject({ team: name }),
    body: createAppRequest,
    response: app,
  },
  "PUT /api/v1/apps/:app/team": {
    ...json,
    access: { permission: "people.write", on: "platform" },
    summary: "Gives an app to a team; without `team`, to nobody's.",
    params: ofApp,
    body: assignRequest,
    response: app,
  },
  "GET /api/v1/apps/:app": {
    ...json,
    access: { permission: "app.read", on: "app" },
    summary: "Shows an app.",
    params: ofApp,
    response: app,
  },
  "DELETE /api/v1/apps/:app": {
    ...json,
    access: { permission: "app.delete", on: "app" },
    summary: "Stops an app and moves its repository to the trash for seven days.",
    params: ofApp,
    response: appName,
  },
  "GET /api/v1/apps/:app/releases": {
    ...json,
    access: { permission: "app.read", on: "environment" },
    summary: "Lists an app's releases, newest first.",
    params: ofApp,
    query: z.strictObject({ limit: page(200).default(20) }),
    response: releaseList,
  },
  "POST /api/v1/apps/:app/rollback": {
    ...json,
    access: { permission: "release.restore", on: "environment" },
    summary: "Restores code and configuration of an earlier release.",
    params: ofApp,
    body: rollbackRequest,
    response: rollbackResult,
  },
  "GET /api/v1/apps/:app/config": {
    ...json,
    access: { permission: "config.read", on: "environment" },
    summary: "Lists an app's configuration.",
    params: ofApp,
    response: config,
  },
  "GET /api/v1/apps/:app/config/names": {
    ...json,
    access: { permission: "config.read", on: "environment" },
    summary: "Lists the names of an app's configuration, without the values.",
    params: ofApp,
    response: configNames,
  },
  "PATCH /api/v1/apps/:app/config": {
    ...json,
    access: { permission: "config.write", on: "environment" },
    summary:
      "Sets and unsets configuration; makes a new release if one is live, and nothing where all is so already.",
    params: ofApp,
    body: changeConfigRequest,
    response: changedConfig,
  },
  "GET /api/v1/apps/:app/logs": {
    ...json,
    access: { permission: "log.read", on: "environment" },
    summary: "Gives the last lines an app's instances printed.",
    params: ofApp,
    query: z.strictObject({
      tail: page(5000).default(200),
      release: page(1_000_000_000).optional(),
      instance: name.optional(),
    }),
    response: logLines,
  },
  "GET /api/v1/apps/:app/logs/events": {
    ...events,
    access: { permission: "log.read", on: "environment" },
    summary: "Follows what an app's instances print.",
    params: ofApp,
    query: z.strictObject({
      tail: page(5000).default(50),
      release: page(1_000_000_000).optional(),
      instance: name.optional(),
    }),
    response: logLine,
  },
  "GET /api/v1/events": {
    ...events,
    access: { permission: "app.read", on: "each" },
    summary:
      "Follows everything that happens, from now on or after a place in the journal; resumes after Last-Event-ID.",
    query: z.strictObject({
      after: seq.optional(),
      app: name.optional(),
      change: name.optional(),
    }),
    response: streamEvent,
  },
  "GET /api/v1/changes": {
    ...json,
    access: { permission: "app.read", on: "each" },
    summary: "Lists changes, newest first.",
    query: z.strictObject({
      app: name.optional(),
      state: changeState.optional(),
      standing: changeStanding.optional(),
      search: words.optional(),
      limit: page(200).default(20),
      before: name.optional(),
    }),
    response: changeList,
  },
  "GET /api/v1/changes/:change": {
    ...json,
    access: { permission: "app.read", on: "change" },
    summary: "Shows a change, by id or by a commit's unique prefix.",
    params: ofChange,
    response: change,
  },
  "GET /api/v1/changes/:change/events": {
    ...events,
    access: { permission: "app.read", on: "change" },
    summary: "Follows a change to its final state; resumes after Last-Event-ID.",
    params: ofChange,
    query: z.strictObject({ after: seq.default(0) }),
    response: changeEvent,
  },
  "GET /api/v1/changes/:change/logs/:stage": {
    ...json,
    access: { permission: "app.read", on: "change" },
    summary: "Gives the log of a change's build or test.",
    params: z.strictObject({ change: name, stage: z.enum(["build", "test"]) }),
    response: changeLog,
  },
  "GET /api/v1/rollouts/:rollout": {
    ...json,
    access: { permission: "app.read", on: "rollout" },
    summary: "Shows a rollout, by id or the newest of an app by its name.",
    params: z.strictObject({ rollout: name }),
    response: rollout,
  },
  "GET /api/v1/rollouts/:rollout/counts": {
    ...json,
    access: { permission: "app.read", on: "rollout" },
    summary: "Gives what was counted during a rollout, interval by interval, oldest first.",
    params: z.strictObject({ rollout: name }),
    query: z.strictObject({
      after: z.coerce.number().int().min(-1).max(Number.MAX_SAFE_INTEGER).default(-1),
      limit: page(500).default(200),
    }),
    response: countsPage,
  },
  "GET /api/v1/rollouts/:rollout/series": {
    ...json,
    access: { permission: "app.read", on: "rollout" },
    summary: "Gives a rollout over time as the engine judged it, in a bounded number of points.",
    params: z.strictObject({ rollout: name }),
    query: z.strictObject({ points: page(1_000).default(200) }),
    response: series,
  },
  "POST /api/v1/rollouts/:rollout/:action": {
    ...json,
    access: { permission: { by: "action", each: rolloutPermissions }, on: "rollout" },
    summary:
      "Tells a rollout to pause, resume, promote, abort, approve a step or skip to a later one.",
    params: z.strictObject({ rollout: name, action: rolloutAction }),
    body: rolloutActionRequest,
    response: rollout,
  },
  "GET /api/v1/dora": {
    ...json,
    access: { permission: "app.read", on: "query" },
    summary: "Reports DORA's delivery metrics, from the journal.",
    query: z.strictObject({
      app: name.optional(),
      windowMs: page(windowMsMax).default(windowMsDefault),
    }),
    response: dora,
  },
  "GET /api/v1/status": {
    ...json,
    access: "signed_in",
    summary: "Reports the state of this instance.",
    response: status,
  },
  "GET /api/v1/findings": {
    ...json,
    access: { permission: "platform.read", on: "platform" },
    summary: "Reports what this machine offers, and how to improve it.",
    response: findings,
  },
  "GET /api/v1/audit": {
    ...json,
    access: { permission: "audit.read", on: "query" },
    summary: "Lists what people and programs did, newest first.",
    query: z.strictObject({
      app: name.optional(),
      who: name.optional(),
      /** How `what` begins: `token`, `user.changed`. */
      what: z
        .string()
        .regex(/^[a-z_]{1,40}(?:\.[a-z_]{0,40})?$/, "the beginning of a word such as user.changed")
        .optional(),
      fromAt: seq.optional(),
      toAt: seq.optional(),
      before: seq.optional(),
      limit: page(500).default(50),
    }),
    response: auditPage,
  },
  "GET /api/v1/journal": {
    ...json,
    access: { permission: "audit.read", on: "platform" },
    summary: "Gives entries of the whole journal, oldest first.",
    query: z.strictObject({ after: seq.default(0), limit: page(500).default(100) }),
    response: journalPage,
  },
  "GET /api/v1/journal/verification": {
    ...json,
    access: { permission: "audit.read", on: "platform" },
    summary: "Recomputes the journal's chain of hashes.",
    response: journalVerification,
  },
  ...signInRoutes,
} as const satisfies Readonly<
  Record<`${"GET" | "POST" | "PUT" | "PATCH" | "DELETE"} /api/v1/${string}`, RouteSpec>
>;

type Part<K extends RouteKey, P extends string> = (typeof routes)[K] extends {
  readonly [Name in P]: infer Schema extends z.ZodType;
}
  ? Schema
  : undefined;

type Given<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** What a handler gets: parsed, with defaults filled in. */
export interface RouteInput<K extends RouteKey> {
  readonly params: Given<Part<K, "params">>;
  readonly query: Given<Part<K, "query">>;
  readonly body: Given<Part<K, "body">>;
}

/** What comes back; of a stream, each event's data. */
export type RouteOutput<K extends RouteKey> = z.output<(typeof routes)[K]["response"]>;

type KeysOfKind<Kind extends RouteSpec["kind"]> = {
  [K in RouteKey]: (typeof routes)[K]["kind"] extends Kind ? K : never;
}[RouteKey];
export type JsonRouteKey = KeysOfKind<"json">;
export type EventsRouteKey = KeysOfKind<"events">;
