/** What a detector found: a plan before the manifest, the Procfile and the defaults are applied. */
import type { InvalidInput, Reason, Stack } from "#domain";
import type { Files } from "./files.ts";
import type { Toolchain, ToolName } from "./toolchain.ts";

export interface StepDraft {
  readonly commands: readonly (readonly string[])[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Draft {
  readonly stack: Stack;
  /** "Node 24, npm". */
  readonly title: string;
  readonly reasons: readonly Reason[];
  readonly tools: readonly ToolName[];
  /** Relative directories that come first in `PATH`. */
  readonly binDirectories: readonly string[];
  readonly install: StepDraft | undefined;
  readonly build: StepDraft | undefined;
  readonly test: StepDraft | undefined;
  readonly testReports: readonly string[];
  /** How to start the web process; `undefined` when only a Procfile or manifest can tell. */
  readonly web: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string>>;
}

/** A tree in which nothing says how to run it. */
export interface NoAppFound {
  readonly code: "no_app_found";
  /** What would have been recognised, in the order it was looked for. */
  readonly lookedFor: readonly string[];
  /** What was there that came close: "web/package.json". */
  readonly found: readonly string[];
  /** What to add, as a sentence. */
  readonly next: string;
}

/** The plan needs a program that this machine lacks. */
export interface ToolMissing {
  readonly code: "tool_missing";
  readonly tool: ToolName;
  readonly because: string;
  readonly next: string;
}

export type PlanError = InvalidInput | NoAppFound | ToolMissing;

export interface Surroundings {
  readonly files: Files;
  readonly toolchain: Toolchain;
}
