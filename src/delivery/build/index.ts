/**
 * Build: a change becomes an artifact.
 *
 * Answers: how a tree is built, tested and run, and why we think so (the plan); and what would run (the
 * artifact: an immutable directory that is named by what went into it).
 * Leaves to others: running commands (Runtime), reading git (Repositories), testing (test).
 * Invariants: the same tree and plan give the same artifact without any work; what a step leaves enters
 * a cache whole or not at all; nothing that runs can change a cached file or a sealed artifact.
 * Read next: plan.ts, then io/build-artifact.ts.
 */
export { manifestSchema, parseManifest, rolloutSection } from "./manifest.ts";
export { planTree } from "./plan.ts";
export type { NoAppFound, PlanError, ToolMissing } from "./draft.ts";
export type { Toolchain, ToolName } from "./toolchain.ts";
export { renderPlan } from "./render-plan.ts";
export { directoryTree } from "./io/directory-tree.ts";
export { findToolchain } from "./io/find-toolchain.ts";
export { findRegistryEnvironment, type RegistryEnvironment } from "./io/registry-environment.ts";
export { openShelf } from "./io/shelf.ts";
export {
  buildArtifact,
  type BuildInput,
  type BuildPorts,
  type Built,
} from "./io/build-artifact.ts";
