/** The routes of those who look closer. A part of the table in routes.ts. */
import { z } from "zod";
import {
  changeDiff,
  doraOverTime,
  durations,
  evidenceBundle,
  evidenceList,
  releaseDiff,
  storageUse,
  story,
  testHistory,
  tests,
} from "./insight.ts";
import { json, name, ofApp, ofChange, page } from "./route-parts.ts";

const dayMs = 86_400_000;
const releaseNumber = page(1_000_000_000);

export const insightRoutes = {
  "GET /api/v1/changes/:change/story": {
    ...json,
    access: { permission: "app.read", on: "change" },
    summary:
      "Tells each stage of a change with its time, waiting apart from work, and what it found.",
    params: ofChange,
    response: story,
  },
  "GET /api/v1/changes/:change/tests": {
    ...json,
    access: { permission: "app.read", on: "change" },
    summary: "Gives a change's test results, failed first, compared with the last run that passed.",
    params: ofChange,
    response: tests,
  },
  "GET /api/v1/changes/:change/diff": {
    ...json,
    access: { permission: "source.read", on: "change" },
    summary:
      "Gives files, commits and patch of what users get with a change: compared with what was live, as much as fits.",
    params: ofChange,
    response: changeDiff,
  },
  "GET /api/v1/changes/:change/evidence": {
    ...json,
    access: { permission: "app.read", on: "change" },
    summary: "Lists what was signed about a change's artifact, and whether it is genuine.",
    params: ofChange,
    response: evidenceList,
  },
  "GET /api/v1/changes/:change/evidence/:bundle": {
    ...json,
    access: { permission: "app.read", on: "change" },
    summary: "Gives a signed statement about a change's artifact as a sigstore bundle.",
    params: z.strictObject({ change: name, bundle: name }),
    response: evidenceBundle,
  },
  "GET /api/v1/apps/:app/diff": {
    ...json,
    access: { permission: "source.read", on: "environment" },
    summary: "Compares two releases: code, and the names of configuration that differ.",
    params: ofApp,
    query: z.strictObject({ from: releaseNumber, to: releaseNumber }),
    response: releaseDiff,
  },
  "GET /api/v1/apps/:app/tests": {
    ...json,
    access: { permission: "app.read", on: "app" },
    summary: "Tells how an app's tests fared in its last runs, flaky ones first.",
    params: ofApp,
    response: testHistory,
  },
  "GET /api/v1/dora/periods": {
    ...json,
    access: { permission: "app.read", on: "query" },
    summary: "Reports DORA's delivery metrics period by period, oldest first.",
    query: z.strictObject({
      app: name.optional(),
      periodMs: page(31 * dayMs).default(7 * dayMs),
      periods: page(53).default(12),
    }),
    response: doraOverTime,
  },
  "GET /api/v1/durations": {
    ...json,
    access: { permission: "app.read", on: "query" },
    summary: "Reports how long the newest deliveries took, stage by stage and from push to live.",
    query: z.strictObject({ app: name.optional() }),
    response: durations,
  },
  "GET /api/v1/storage": {
    ...json,
    access: { permission: "platform.read", on: "platform" },
    summary: "Reports what the database, artifacts and the build cache take.",
    response: storageUse,
  },
} as const;
