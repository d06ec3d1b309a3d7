/** Many apps at a glance: what is live, what is on its way, who is exposed, and how it goes. */
import { z } from "zod";
import type { OverviewShow } from "#domain";
import type { Agree, AllAgree } from "./agreement.ts";
import { changeStanding, changeState } from "./change.ts";
import { errorBudget } from "./error-budget.ts";
import { health, restarts } from "./health.ts";
import { rolloutState, verdict } from "./rollout.ts";

export const overviewShow = z.enum(["all", "under_way", "held", "failed", "empty"]);

const live = z.object({
  release: z.string(),
  number: z.number(),
  change: z.string(),
  publishedAt: z.number().optional(),
  instances: z.number(),
  /** Of them, those that answer. */
  instancesReady: z.number(),
  /** Absent: none ended. */
  restarts: restarts.optional(),
});

const rolloutUnderWay = z.object({
  id: z.string(),
  change: z.string(),
  /** The candidate's number; absent when its release is gone. */
  number: z.number().optional(),
  state: rolloutState,
  exposurePercent: z.number(),
  usersExposed: z.number(),
  reason: z.string(),
  verdict,
  /** Counted from 1; 0 before the first. */
  stepNumber: z.number(),
  steps: z.number(),
  startedAt: z.number(),
});

const lastChange = z.object({
  id: z.string(),
  commit: z.string(),
  subject: z.string(),
  author: z.string(),
  state: changeState,
  standing: changeStanding,
  receivedAt: z.number(),
  finishedAt: z.number().optional(),
  /** The stage that is under way or that failed. */
  stage: z.string().optional(),
});

export const overviewApp = z.object({
  name: z.string(),
  url: z.string(),
  createdAt: z.number(),
  live: live.optional(),
  rollout: rolloutUnderWay.optional(),
  change: lastChange.optional(),
  requestsPerSecond: z.number(),
  errorRatio: z.number(),
  /** Absent as long as nothing is live. */
  budget: errorBudget.optional(),
  health,
});

/** `next`: what to give as `after` for the apps that follow; absent: there are none. */
export const overview = z.object({ apps: z.array(overviewApp), next: z.string().optional() });

export type OverviewResource = z.output<typeof overview>;
export type OverviewAppResource = z.output<typeof overviewApp>;

export type OverviewAgreement = AllAgree<[Agree<z.output<typeof overviewShow>, OverviewShow>]>;
