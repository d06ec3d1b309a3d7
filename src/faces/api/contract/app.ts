/** An app on the wire, its configuration and what its processes print. */
import { z } from "zod";
import type { App, InstanceLogLine } from "#domain";
import type { Agree, AllAgree } from "./agreement.ts";
import { domain } from "./domain.ts";
import { errorBudget } from "./error-budget.ts";
import { health, restarts } from "./health.ts";
import { release, takenBack } from "./release.ts";
import { rollout } from "./rollout.ts";

const appEnvironment = z.object({
  name: z.literal("production"),
  live: release.optional(),
  /** Absent: no instance of what is live ended. */
  restarts: restarts.optional(),
  rollout: rollout.optional(),
  requestsPerSecond: z.number(),
  errorRatio: z.number(),
  /** Absent as long as nothing is live. */
  budget: errorBudget.optional(),
  health,
});

/** A version of the configuration; `at`: epoch ms. */
const configTakenBack = takenBack.extend({ version: z.number(), at: z.number() });

export const app = z.object({
  name: z.string(),
  /** Where users reach it. */
  url: z.string(),
  /** What `git push` goes to. */
  gitUrl: z.string(),
  /** Absent: SSH is off. */
  sshUrl: z.string().optional(),
  /** Names of its own beside `url`, the oldest first. */
  domains: z.array(domain),
  trackedBranch: z.string(),
  createdAt: z.number(),
  createdBy: z.string(),
  /** The team whose app it is. */
  team: z.string().optional(),
  /** What a next release gets: the newest that was not taken back; `live.configVersion` is what users have. */
  configVersion: z.number(),
  /** The one that was taken back last, until another is set or it is brought back. */
  configTakenBack: configTakenBack.optional(),
  environments: z.array(appEnvironment),
});

export const appList = z.object({ apps: z.array(app) });
export const appName = z.object({ name: z.string() });
export const createAppRequest = z.strictObject({ name: z.string().max(200) });

/** Environment variables: names as a shell knows them, values of at most 32 KiB. */
const variableName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]{0,127}$/,
    "a name of letters, digits and _, not starting with a digit",
  );
const variableValueCharactersMax = 32_768;

/** Whose configuration it is: what a next release gets, and how that stands to what users have. */
const configStanding = z.object({
  version: z.number(),
  /** The newest that was ever set: higher where that was taken back. */
  newest: z.number(),
  /** What users have; absent: nothing is live. */
  live: z.number().optional(),
  /** It is on its way to them. */
  isRolledOut: z.boolean(),
  /** The one that was taken back last, until another is set or it is brought back. */
  takenBack: configTakenBack.optional(),
});

export const config = configStanding.extend({ values: z.record(z.string(), z.string()) });

export const changedConfig = z.object({
  version: z.number(),
  values: z.record(z.string(), z.string()),
  /** It was so already: there is no new version, and nothing is rolled out. */
  isUnchanged: z.literal(true).optional(),
});

/** Without the values, which are secrets as often as not. */
export const configNames = configStanding.extend({ names: z.array(z.string()) });

export const changeConfigRequest = z.strictObject({
  set: z.record(variableName, z.string().max(variableValueCharactersMax)).default({}),
  unset: z.array(variableName).max(200).default([]),
});

export const logLine = z.object({
  instance: z.string(),
  processType: z.string(),
  release: z.string(),
  at: z.number().optional(),
  text: z.string(),
});

export const logLines = z.object({ lines: z.array(logLine) });

export type AppResource = z.output<typeof app>;
export type ConfigResource = z.output<typeof config>;
export type LogLineResource = z.output<typeof logLine>;

export type AppAgreement = AllAgree<
  [
    Agree<
      Omit<AppResource, "url" | "gitUrl" | "sshUrl" | "domains" | "environments">,
      Omit<
        App,
        | "configsMade"
        | "nextReleaseNumber"
        | "liveRelease"
        | "activeRollout"
        | "domains"
        | "deletedAt"
      >
    >,
    Agree<LogLineResource, InstanceLogLine>,
  ]
>;
