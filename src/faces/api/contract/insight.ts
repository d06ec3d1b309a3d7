/** What people look closer at: a change's story, its tests, diffs, and how deliveries fare over time. */
import { z } from "zod";
import type { Diff, GateRule } from "#domain";
import type { Agree, AllAgree } from "./agreement.ts";
import { stage, stepRecord } from "./change.ts";
import { dora } from "./platform.ts";
import { release } from "./release.ts";
import { failedRequest } from "./rollout.ts";

const caseState = z.enum(["passed", "failed", "skipped"]);

/** Times in ms. `waitedMs`: since the stage before ended; `waitedForPersonMs`: of its own time. */
const stageTime = stage.extend({
  waitedMs: z.number().optional(),
  waitedForPersonMs: z.number().optional(),
  workedMs: z.number().optional(),
});

const reason = z.object({ decided: z.string(), because: z.string() });

const build = z.object({
  outcome: z.enum(["success", "failure"]),
  artifact: z.string().optional(),
  steps: z.array(stepRecord),
  isCached: z.boolean(),
  sizeBytes: z.number().optional(),
  title: z.string().optional(),
  reasons: z.array(reason).optional(),
});

const testSummary = z.object({
  outcome: z.enum(["passed", "failed", "none"]),
  source: z.enum(["junit", "tap", "node", "go", "exit-code", "none"]),
  counts: z.object({ passed: z.number(), failed: z.number(), skipped: z.number() }),
  isCached: z.boolean(),
  durationMs: z.number(),
});

const gateRule = z.object({
  name: z.string(),
  rule: z.string(),
  inputs: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  outcome: z.enum(["passed", "failed", "error"]),
  because: z.string(),
  /** It holds for want of tests. */
  isUntested: z.literal(true).optional(),
});

export const story = z.object({
  change: z.string(),
  app: z.string(),
  stages: z.array(stageTime),
  build: build.optional(),
  tests: testSummary.extend({ because: z.string().optional() }).optional(),
  gate: z.object({ passed: z.boolean(), rules: z.array(gateRule) }).optional(),
  deployed: z
    .object({
      number: z.number(),
      instances: z.number(),
      sandboxLevel: z.number(),
      readyMs: z.number(),
    })
    .optional(),
  /** Requests that failed during its rollout, in either arm: at most 20, newest last. */
  failures: z.array(failedRequest),
});

const runChange = z.object({
  id: z.string(),
  commit: z.string(),
  tree: z.string(),
  subject: z.string(),
});

const testCase = z.object({
  name: z.string(),
  file: z.string().optional(),
  state: caseState,
  durationMs: z.number().optional(),
  message: z.string().optional(),
});

/** `since`: against the last run that passed. `isFlaky`: one tree gave both results. */
export const tests = z.object({
  change: runChange,
  at: z.number(),
  summary: testSummary,
  lastPass: z.object({ change: runChange, at: z.number() }).optional(),
  /** Failed first. */
  cases: z.array(
    testCase.extend({
      since: z.enum(["new", "newly_failing", "still", "mended"]).optional(),
      isFlaky: z.boolean(),
    }),
  ),
  gone: z.array(z.string()),
});

export const testHistory = z.object({
  /** Newest first, at most 50. */
  runs: z.array(z.object({ change: runChange, at: z.number(), summary: testSummary })),
  /** Cases that failed in any of them; flaky first, then by how often. `results` are in the order of `runs`. */
  cases: z.array(
    z.object({
      name: z.string(),
      file: z.string().optional(),
      results: z.array(z.enum(["passed", "failed", "skipped", "absent"])),
      failed: z.number(),
      turned: z.number(),
      isFlaky: z.boolean(),
      message: z.string().optional(),
    }),
  ),
});

export const diff = z.object({
  files: z.array(
    z.object({ path: z.string(), added: z.number().optional(), removed: z.number().optional() }),
  ),
  filesLeftOut: z.number(),
  commits: z.array(
    z.object({
      commit: z.string(),
      subject: z.string(),
      author: z.string(),
      committedAt: z.number(),
    }),
  ),
  hasMoreCommits: z.boolean(),
  /** At most 512 kB, cut off at the end of a line. */
  patch: z.string(),
  isPatchCut: z.boolean(),
});

export const changeDiff = diff.extend({
  /** What users had, with the number of its release; or the push before it, without one; or nothing. */
  comparedWith: z.object({ commit: z.string().optional(), release: z.number().optional() }),
});

export const evidenceList = z.object({
  artifact: z.string(),
  evidence: z.array(
    z.object({
      artifact: z.string(),
      predicateType: z.string(),
      bundle: z.string(),
      createdAt: z.number(),
    }),
  ),
  /** Whether all of it is signed by this instance and about this artifact, checked when asked. */
  isGenuine: z.boolean(),
  problem: z.string().optional(),
  /** PEM. */
  publicKey: z.string(),
});

/** A sigstore bundle, as text so that not a byte of what was signed changes. */
export const evidenceBundle = z.object({ bundle: z.string() });

export const releaseDiff = z.object({
  from: release,
  to: release,
  code: diff,
  /** Names only; absent for those who may not read them. */
  config: z
    .object({
      added: z.array(z.string()),
      removed: z.array(z.string()),
      changed: z.array(z.string()),
    })
    .optional(),
  isSameArtifact: z.boolean(),
});

export const doraOverTime = z.object({
  periods: z.array(dora.extend({ periodFromAt: z.number() })),
});

/** In ms. */
const spread = z.object({
  count: z.number(),
  p50: z.number(),
  p90: z.number(),
  p99: z.number(),
});

export const durations = z.object({
  changes: z.number(),
  fromAt: z.number().optional(),
  toAt: z.number().optional(),
  pushToLiveMs: spread.optional(),
  stages: z.array(
    z.object({ name: stage.shape.name, tookMs: spread.optional(), waitedMs: spread.optional() }),
  ),
});

const sum = z.object({ count: z.number(), sizeBytes: z.number() });

export const storageUse = z.object({
  databaseBytes: z.number(),
  journalEntries: z.number(),
  disk: z.object({ sizeBytes: z.number(), freeBytes: z.number() }),
  apps: z.array(z.object({ app: z.string(), artifacts: sum, steps: sum })),
});

export type StoryResource = z.output<typeof story>;
export type TestsResource = z.output<typeof tests>;
export type TestHistoryResource = z.output<typeof testHistory>;
export type DiffResource = z.output<typeof diff>;
export type ChangeDiffResource = z.output<typeof changeDiff>;
export type EvidenceListResource = z.output<typeof evidenceList>;
export type ReleaseDiffResource = z.output<typeof releaseDiff>;
export type DoraOverTimeResource = z.output<typeof doraOverTime>;
export type DurationsResource = z.output<typeof durations>;
export type StorageUseResource = z.output<typeof storageUse>;

export type InsightAgreement = AllAgree<
  [Agree<z.output<typeof gateRule>, GateRule>, Agree<DiffResource, Diff>]
>;
