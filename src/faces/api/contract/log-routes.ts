/** The routes of logs. A part of the table in routes.ts. */
import { z } from "zod";
import { logHits, logSources, logWindow } from "./logs.ts";
import { newErrors } from "./new-errors.ts";
import { events, json, name, ofApp, ofChange, page } from "./route-parts.ts";

const line = z.coerce.number().int().min(1).max(1_000_000_000);
const window = z.strictObject({ from: line.default(1), count: page(2_000).default(500) });
const search = z.strictObject({ text: z.string().min(1).max(200) });
const follow = z.strictObject({
  after: z.coerce.number().int().min(0).max(1_000_000_000).default(0),
});
const ofStage = z.strictObject({ change: name, stage: z.enum(["build", "test"]) });
const ofInstance = z.strictObject({ app: name, instance: name });

export const logRoutes = {
  "GET /api/v1/changes/:change/logs/:stage/window": {
    ...json,
    access: { permission: "app.read", on: "change" },
    summary: "Gives lines of a change's build or test log by their number.",
    params: ofStage,
    query: window,
    response: logWindow,
  },
  "GET /api/v1/changes/:change/logs/:stage/search": {
    ...json,
    access: { permission: "app.read", on: "change" },
    summary: "Finds text in a change's build or test log.",
    params: ofStage,
    query: search,
    response: logHits,
  },
  "GET /api/v1/changes/:change/logs/:stage/events": {
    ...events,
    access: { permission: "app.read", on: "change" },
    summary: "Follows a change's build or test log to its end; resumes after Last-Event-ID.",
    params: ofStage,
    query: follow,
    response: logWindow,
  },
  "GET /api/v1/changes/:change/errors": {
    ...json,
    access: { permission: "log.read", on: "change" },
    summary:
      "Gives the errors that a change has and the release before does not, one example each.",
    params: ofChange,
    response: newErrors,
  },
  "GET /api/v1/apps/:app/instances/logs": {
    ...json,
    access: { permission: "log.read", on: "environment" },
    summary: "Lists the kept logs of an app's instances, newest first.",
    params: ofApp,
    response: logSources,
  },
  "GET /api/v1/apps/:app/instances/:instance/logs/window": {
    ...json,
    access: { permission: "log.read", on: "environment" },
    summary: "Gives lines of an instance's log by their number.",
    params: ofInstance,
    query: window,
    response: logWindow,
  },
  "GET /api/v1/apps/:app/instances/:instance/logs/search": {
    ...json,
    access: { permission: "log.read", on: "environment" },
    summary: "Finds text in an instance's log.",
    params: ofInstance,
    query: search,
    response: logHits,
  },
  "GET /api/v1/apps/:app/instances/:instance/logs/events": {
    ...events,
    access: { permission: "log.read", on: "environment" },
    summary: "Follows an instance's log to its end; resumes after Last-Event-ID.",
    params: ofInstance,
    query: follow,
    response: logWindow,
  },
} as const;
