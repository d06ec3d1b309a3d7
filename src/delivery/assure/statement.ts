/**
 * in-toto statements: who says what about which artifact (in-toto Attestation Framework v1,
 * SLSA Provenance v1, test-result v0.1). Pure: times are given, as ISO strings.
 */
import type { Artifact, Change, Digest, TestReport } from "#domain";
import type { Json, JsonObject } from "#std";
import { testNamesMax } from "./limits.ts";

export const statementType = "https://in-toto.io/Statement/v1";
export const payloadType = "application/vnd.in-toto+json";
export const provenanceType = "https://slsa.dev/provenance/v1";
export const testResultType = "https://in-toto.io/attestation/test-result/v0.1";

const buildType = "https://tidegate.dev/build/plan/v1";

// A builder's id stands for what its operator can promise. Ours runs on whatever machine its user
// starts it on and signs with a key of that machine: Build L1, provenance exists. L2 asks for a hosted
// platform, L3 for a build that cannot reach the key's host; neither is claimed.
const builderId = "https://tidegate.dev/builder/self-hosted/v1";
const buildLevel = "SLSA_BUILD_LEVEL_1";

export interface Statement {
  readonly predicateType: string;
  readonly json: JsonObject;
}

/** A statement whose signature, subject and form were checked. */
export interface VerifiedStatement {
  readonly artifact: Digest;
  readonly predicateType: string;
  readonly predicate: JsonObject;
  /** The builder that a provenance names. */
  readonly builder?: string;
  /** Digest of the bundle it came from. */
  readonly bundle: Digest;
}

export interface BuildTimes {
  /** ISO 8601, UTC. */
  readonly startedOn: string;
  readonly finishedOn: string;
}

/** Says how an artifact came to be: from which commit and tree, by which plan, on what builder. */
export function provenanceStatement(
  artifact: Artifact,
  change: Change,
  times: BuildTimes,
): Statement {
  const predicate: JsonObject = {
    buildDefinition: {
      buildType,
      externalParameters: {
        app: artifact.app,
        branch: change.branch,
        commit: artifact.commit,
        plan: { title: artifact.plan.title, digest: { sha256: hexOf(artifact.plan.digest) } },
        steps: artifact.plan.steps.map((step) => ({
          name: step.name,
          commands: step.commands,
          hasNetwork: step.hasNetwork,
        })),
      },
      internalParameters: { toolchain: artifact.plan.toolchain },
      resolvedDependencies: [
        {
          name: "source",
          uri: `git+tidegate:${artifact.app}@refs/heads/${change.branch}`,
          digest: { gitCommit: artifact.commit, gitTree: artifact.tree },
        },
      ],
    },
    runDetails: {
      builder: { id: builderId },
      metadata: { invocationId: artifact.change, ...times },
      byproducts: artifact.steps.map((step) => ({
        name: `step ${step.name}`,
        digest: { sha256: hexOf(step.key) },
        annotations: { isCached: step.isCached },
      })),
    },
    // Extension fields carry a vendor's prefix (SLSA Provenance v1, "Extension fields").
    tidegate_slsaLevel: buildLevel,
  };
  return statementOf(artifact, provenanceType, predicate);
}

/**
 * Says how the tests went. `undefined` when the project has none: the predicate knows only PASSED,
 * WARNED and FAILED, and none of them is true of a suite that does not exist.
 */
export function testResultStatement(artifact: Artifact, report: TestReport): Statement | undefined {
  if (report.outcome === "none") return undefined;
  const named = (state: string): string[] =>
    report.cases
      .filter((test) => test.state === state)
      .slice(0, testNamesMax)
      .map((test) => (test.file === undefined ? test.name : `${test.file}: ${test.name}`));
  const predicate: JsonObject = {
    result: report.outcome === "passed" ? "PASSED" : "FAILED",
    configuration: [{ name: "plan", digest: { sha256: hexOf(artifact.plan.digest) } }],
    passedTests: named("passed"),
    failedTests: named("failed"),
    tidegate_counts: { ...report.counts },
    tidegate_source: report.source,
  };
  return statementOf(artifact, testResultType, predicate);
}

/**
 * Whether a provenance says that its artifact was built from this tree. Not the commit: several commits may have one
 * tree, hence one artifact, and its provenance names the first of them that was built.
 */
export function isBuiltFrom(
  { predicateType, predicate }: VerifiedStatement,
  tree: string,
): boolean {
  if (predicateType !== provenanceType) return false;
  const { buildDefinition } = predicate;
  const sources = isObject(buildDefinition) ? buildDefinition["resolvedDependencies"] : undefined;
  return (
    Array.isArray(sources) &&
    sources.some(
      (source) =>
        isObject(source) && isObject(source["digest"]) && source["digest"]["gitTree"] === tree,
    )
  );
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The hex digits of a digest. */
export function hexOf(digest: Digest): string {
  return digest.slice("sha256:".length);
}

function statementOf(artifact: Artifact, predicateType: string, predicate: JsonObject): Statement {
  const subject = [{ name: artifact.app, digest: { sha256: hexOf(artifact.digest) } }];
  return { predicateType, json: { _type: statementType, subject, predicateType, predicate } };
}
