/** A release on the wire: artifact and configuration, numbered for people, and its processes. */
import { z } from "zod";
import type { Instance, Problem, Release } from "#domain";
import type { Agree, AllAgree } from "./agreement.ts";
import { slo } from "./error-budget.ts";

/** Why a stage or release did not go on; errors of the API itself are problems (problem.ts). */
export const stageProblem = z.object({
  code: z.string(),
  message: z.string(),
  where: z.string().optional(),
  next: z.string().optional(),
  log: z.array(z.string()).optional(),
});

const instance = z.object({
  id: z.string(),
  processType: z.string(),
  host: z.string().optional(),
  port: z.number().optional(),
  state: z.enum(["starting", "ready", "draining", "exited"]),
  restarts: z.number(),
  freshFor: z.string().optional(),
});

/** `by` absent: its own numbers did. */
export const takenBack = z.object({ by: z.string().optional(), reason: z.string() });

export const release = z.object({
  id: z.string(),
  number: z.number(),
  app: z.string(),
  environment: z.literal("production"),
  artifact: z.string(),
  change: z.string(),
  configVersion: z.number(),
  formation: z.record(z.string(), z.number()),
  state: z.enum(["starting", "ready", "exposed", "live", "warm", "stopped", "failed"]),
  sandboxLevel: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]).optional(),
  instances: z.array(instance),
  createdAt: z.number(),
  cause: z.enum(["push", "config", "rollback"]),
  restores: z.string().optional(),
  /** Of one with another configuration: it was taken away from users. */
  takenBack: takenBack.optional(),
  freshBaseline: z.string().optional(),
  slo: slo.optional(),
  problem: stageProblem.optional(),
  publishedAt: z.number().optional(),
  crash: z
    .object({ exitsAt: z.array(z.number()), lastExit: z.string(), isLoop: z.boolean() })
    .optional(),
});

const listedRelease = release.extend({
  /** Whether it could serve again: it still runs, or what was built of it is kept. */
  isKept: z.boolean(),
  /** It was taken away from users, or its change was and is not live again. */
  takenBack: takenBack.optional(),
  /** Of its change; absent when that is kept no more. */
  commit: z.string().optional(),
  subject: z.string().optional(),
  /** Of the release that `restores` names. */
  restoresNumber: z.number().optional(),
});
export const releaseList = z.object({ releases: z.array(listedRelease) });

/** Without `to`, the newest release that was live before the live one and was not taken back. */
export const rollbackRequest = z.strictObject({
  to: z.number().int().min(1).max(1_000_000_000).optional(),
  /** For the journal, and for whose change it was. */
  reason: z.string().trim().max(500).default(""),
});

/** A release as people call it. */
export const codeOf = z.object({
  number: z.number(),
  /** With `subject` absent when the change is kept no more. */
  commit: z.string().optional(),
  subject: z.string().optional(),
});

export const rollbackResult = z.object({
  /** What is live now. */
  release,
  elapsedMs: z.number(),
  /** What it restores, which may have been taken back; absent: a candidate was taken away. */
  restored: codeOf.extend({ takenBack: takenBack.optional() }).optional(),
  /** What was live until then. */
  left: codeOf.optional(),
  /** The version of the configuration that was taken back with it; absent: it stays. */
  configTakenBack: z.number().optional(),
});

export type ReleaseResource = z.output<typeof release>;
export type ListedReleaseResource = z.output<typeof listedRelease>;
export type WentBackResource = z.output<typeof rollbackResult>;
export type StageProblemResource = z.output<typeof stageProblem>;

export type ReleaseAgreement = AllAgree<
  [
    Agree<ReleaseResource, Release>,
    Agree<z.output<typeof instance>, Instance>,
    Agree<StageProblemResource, Problem>,
  ]
>;
