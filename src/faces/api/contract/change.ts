/** A change on the wire: one commit, how far its delivery has come, and what came of it. */
import { z } from "zod";
import {
  changeStandings,
  type Artifact,
  type Change,
  type ChangeStanding,
  type Evidence,
  type StageRecord,
} from "#domain";
import type { Agree, AllAgree } from "./agreement.ts";
import { codeOf, release, stageProblem } from "./release.ts";
import { rollout } from "./rollout.ts";

export const stage = z.object({
  name: z.enum(["source", "build", "test", "assure", "rollout", "feedback"]),
  state: z.enum(["waiting", "running", "passed", "failed", "skipped"]),
  startedAt: z.number().optional(),
  finishedAt: z.number().optional(),
  summary: z.string().optional(),
  problem: stageProblem.optional(),
});

const expectation = z.object({
  id: z.string(),
  text: z.string(),
  parsed: z
    .object({
      metric: z.string(),
      direction: z.enum(["up", "down"]),
      byRatio: z.number().optional(),
      unit: z.string().optional(),
      withinMs: z.number().optional(),
    })
    .optional(),
});

export const changeState = z.enum([
  "delivering",
  "held",
  "live",
  "failed",
  "rolled_back",
  "superseded",
  "unchanged",
]);

/** As its state, and `paused` while a person has paused its rollout, `replaced` once another change is live. */
export const changeStanding = z.enum(changeStandings);

const changeBase = z.object({
  id: z.string(),
  app: z.string(),
  environment: z.literal("production"),
  branch: z.string(),
  commit: z.string(),
  tree: z.string(),
  previousCommit: z.string().optional(),
  subject: z.string(),
  author: z.object({ name: z.string(), email: z.string() }),
  committedAt: z.number(),
  receivedAt: z.number(),
  pushedBy: z.string(),
  trailers: z.array(z.object({ key: z.string(), value: z.string() })),
  expectations: z.array(expectation),
  diffStat: z.object({ files: z.number(), added: z.number(), removed: z.number() }).optional(),
  state: changeState,
  stages: z.array(stage),
  /** It is ready and waits, at most until then, for changes of the apps it goes together with. */
  gathering: z.object({ untilAt: z.number() }).optional(),
  supersededBy: z.string().optional(),
  /** Of one that is rolled back: the person who took it away, if one did. */
  takenBackBy: z
    .object({
      name: z.string(),
      reason: z.string(),
      wasLive: z.boolean(),
      release: z.number().optional(),
    })
    .optional(),
  /** Changes that were taken back from everybody when it was pushed, and that it contains and does not revert. */
  contains: z
    .array(
      z.object({
        change: z.string(),
        commit: z.string(),
        /** It has several parents, and is undone against the first. */
        isMerge: z.boolean().optional(),
        subject: z.string(),
        by: z.string(),
        reason: z.string(),
        at: z.number().optional(),
      }),
    )
    .optional(),
  /** When everybody got it: the last time, of one that came back. One that is rolled back had it until `finishedAt`. */
  everybodyAt: z.number().optional(),
  finishedAt: z.number().optional(),
});

/** A change in a list: what belongs to it is named by its id. */
export const changeSummary = changeBase.extend({
  standing: changeStanding,
  artifactDigest: z.string().optional(),
  releaseId: z.string().optional(),
  rolloutId: z.string().optional(),
});

export const stepRecord = z.object({
  name: z.enum(["install", "build", "test"]),
  key: z.string(),
  isCached: z.boolean(),
  startedAt: z.number(),
  finishedAt: z.number(),
});

const artifact = z.object({
  digest: z.string(),
  sizeBytes: z.number(),
  createdAt: z.number(),
  steps: z.array(stepRecord),
  plan: z.object({
    digest: z.string(),
    stack: z.enum(["node", "python", "go", "static", "custom"]),
    title: z.string(),
    reasons: z.array(z.object({ decided: z.string(), because: z.string() })),
  }),
});

const evidence = z.object({
  artifact: z.string(),
  predicateType: z.string(),
  bundle: z.string(),
  createdAt: z.number(),
});

/** A change by itself: with its artifact, its release and its rollout. */
export const change = changeBase.extend({
  standing: changeStanding,
  /** Of one that is replaced: what is live. */
  liveNow: codeOf.optional(),
  artifact: artifact.optional(),
  evidence: z.array(evidence).optional(),
  release: release.optional(),
  rollout: rollout.optional(),
});

/** `next`: what to give as `before` for the changes that follow; absent: there are none. */
export const changeList = z.object({
  changes: z.array(changeSummary),
  next: z.string().optional(),
});
export const changeLog = z.object({ lines: z.array(z.string()) });

export type ChangeResource = z.output<typeof change>;
export type ChangeSummaryResource = z.output<typeof changeSummary>;
export type StageResource = z.output<typeof stage>;

export type ChangeAgreement = AllAgree<
  [
    Agree<z.output<typeof changeBase>, Omit<Change, "artifact" | "release" | "rollout">>,
    Agree<StageResource, StageRecord>,
    Agree<z.output<typeof changeStanding>, ChangeStanding>,
    Agree<z.output<typeof evidence>, Evidence>,
    Agree<
      Omit<z.output<typeof artifact>, "plan">,
      Pick<Artifact, "digest" | "sizeBytes" | "createdAt" | "steps">
    >,
    Agree<
      z.output<typeof artifact>["plan"],
      Pick<Artifact["plan"], "digest" | "stack" | "title" | "reasons">
    >,
  ]
>;
