/** What gate rules may ask about: a fixed set of named facts, each with one type. */
import { some } from "#std";
import type { Artifact, Change, TestReport } from "#domain";
import { gateFactCharsMax } from "./limits.ts";
import { provenanceType, type VerifiedStatement } from "./statement.ts";

export interface GateFacts {
  readonly app: string;
  /** Who pushed the change, by the name they signed in with; a commit's own author is whoever it says. */
  readonly author: string;
  /** Who says yes to a step of its rollout; not known before somebody does. */
  readonly approver?: string;
  readonly tests: {
    readonly passed: number;
    readonly failed: number;
    readonly skipped: number;
    readonly total: number;
    /** "passed", "failed" or "none". */
    readonly outcome: string;
  };
  /** New secrets in the pushed commits, and those an allow-list let through. */
  readonly secrets: { readonly found: number; readonly allowed: number };
  /** Whether a signed provenance of this artifact was verified, and the builder it names. */
  readonly provenance: { readonly verified: boolean; readonly builder: string };
  /** Without `files`, `added` and `removed` when the diff is not known: rules that ask for them fail. */
  readonly change: {
    readonly files?: number;
    readonly added?: number;
    readonly removed?: number;
    /** The author's e-mail address. */
    readonly author: string;
    readonly branch: string;
    readonly subject: string;
  };
  readonly artifact: { readonly sizeBytes: number };
}

type FactType<T> = T extends number
  ? "int"
  : T extends boolean
    ? "bool"
    : T extends string
      ? "string"
      : { readonly [K in keyof Required<T>]: FactType<NonNullable<T[K]>> };

/** The types of all facts; a fact without a type does not compile. */
export const factTypes: FactType<GateFacts> = {
  app: "string",
  author: "string",
  approver: "string",
  tests: { passed: "int", failed: "int", skipped: "int", total: "int", outcome: "string" },
  secrets: { found: "int", allowed: "int" },
  provenance: { verified: "bool", builder: "string" },
  change: {
    files: "int",
    added: "int",
    removed: "int",
    author: "string",
    branch: "string",
    subject: "string",
  },
  artifact: { sizeBytes: "int" },
};

/** Every fact by the name a rule uses for it: `app`, `tests.passed`, … */
export const factNames: readonly string[] = Object.entries(factTypes).flatMap(([name, type]) =>
  typeof type === "string" ? [name] : Object.keys(type).map((field) => `${name}.${field}`),
);

export interface GateFactsInput {
  readonly change: Change;
  readonly artifact: Artifact;
  readonly report: TestReport;
  readonly secrets: { readonly found: number; readonly allowed: number };
  /** What `verifyEvidence` gave; empty when it refused. */
  readonly statements: readonly VerifiedStatement[];
  readonly approver?: string;
}

/** Gathers the facts about one change. */
export function gateFacts(input: GateFactsInput): GateFacts {
  const { change, artifact, report } = input;
  const { passed, failed, skipped } = report.counts;
  const provenance = input.statements.find(
    (statement) =>
      statement.predicateType === provenanceType && statement.artifact === artifact.digest,
  );
  return {
    app: change.app,
    author: change.pushedBy,
    ...some("approver", input.approver),
    tests: {
      passed,
      // A suite that failed without naming a case (it crashed, or had no report) counts as one.
      failed: report.outcome === "failed" ? Math.max(1, failed) : failed,
      skipped,
      total: passed + failed + skipped,
      outcome: report.outcome,
    },
    secrets: input.secrets,
    provenance: { verified: provenance !== undefined, builder: provenance?.builder ?? "" },
    change: {
      ...change.diffStat,
      author: change.author.email.slice(0, gateFactCharsMax),
      branch: change.branch.slice(0, gateFactCharsMax),
      subject: change.subject.slice(0, gateFactCharsMax),
    },
    artifact: { sizeBytes: artifact.sizeBytes },
  };
}
