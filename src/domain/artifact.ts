/** The immutable result of a build, and what was said about it. */
import type { AppName, ChangeId, Digest, ObjectId } from "./ids.ts";
import type { Plan, StepName } from "./plan.ts";

export interface StepRecord {
  readonly name: StepName;
  /** Digest over input object ids, commands, toolchain and declared environment. */
  readonly key: Digest;
  readonly isCached: boolean;
  readonly startedAt: number;
  readonly finishedAt: number;
}

export interface Artifact {
  /** Digest of inputs and contents; two builds of one tree and plan give one artifact. */
  readonly digest: Digest;
  readonly app: AppName;
  readonly change: ChangeId;
  readonly commit: ObjectId;
  readonly tree: ObjectId;
  readonly plan: Plan;
  readonly steps: readonly StepRecord[];
  /** Directory below the data directory; read-only once made. */
  readonly directory: string;
  readonly sizeBytes: number;
  readonly createdAt: number;
}

export type CaseState = "passed" | "failed" | "skipped";

export interface TestCase {
  readonly name: string;
  readonly file?: string;
  readonly state: CaseState;
  readonly durationMs?: number;
  /** First lines of the failure. */
  readonly message?: string;
}

export interface TestReport {
  /** `none`: the project has no tests, which is said and not hidden. */
  readonly outcome: "passed" | "failed" | "none";
  /** Where the cases were read from; `exit-code` when no report could be read. */
  readonly source: "junit" | "tap" | "node" | "go" | "exit-code" | "none";
  readonly counts: { readonly passed: number; readonly failed: number; readonly skipped: number };
  /** Failed first; at most `testCasesMax` are kept. */
  readonly cases: readonly TestCase[];
  readonly isCached: boolean;
  readonly durationMs: number;
}

/** One rule of the gate, what went in and what came out. */
export interface GateRule {
  readonly name: string;
  readonly rule: string;
  readonly inputs: Readonly<Record<string, string | number | boolean>>;
  readonly outcome: "passed" | "failed" | "error";
  /** Why, as a sentence. */
  readonly because: string;
  /** It asks about tests and holds, and none was run: nothing spoke against the change, nor for it. */
  readonly isUntested?: true;
}

export interface GateDecision {
  readonly passed: boolean;
  readonly rules: readonly GateRule[];
}

/** A signed statement about an artifact: a sigstore bundle holding an in-toto statement. */
export interface Evidence {
  readonly artifact: Digest;
  readonly predicateType: string;
  /** Digest of the bundle's bytes, under which it is stored as a blob. */
  readonly bundle: Digest;
  readonly createdAt: number;
}
