/** Cases from whatever a test run left, folded into one report. Pure. */
import type { TestCase, TestReport } from "#domain";
import { messageCharacters, messageLines, testCasesMax } from "./limits.ts";

export interface ReadCases {
  readonly source: TestReport["source"];
  readonly cases: readonly TestCase[];
}

/** How the test command ended. */
export interface TestRun {
  readonly isSuccess: boolean;
  /** "exit code 1", for people. */
  readonly end: string;
  readonly durationMs: number;
}

const order: Readonly<Record<TestCase["state"], number>> = { failed: 0, skipped: 1, passed: 2 };

/**
 * Folds cases and the way the process ended into a report. The process has the last word: a run that
 * crashed after its report was written has failed, and gets a case that says so.
 */
export function foldReport(read: ReadCases | undefined, run: TestRun): TestReport {
  const found = read?.cases ?? [];
  const hasFailed = found.some((one) => one.state === "failed");
  const crash: TestCase = {
    name: "the test command",
    state: "failed",
    message: `it ended with ${run.end}, though no case was reported as failed`,
  };
  const cases = run.isSuccess || hasFailed ? found : [crash, ...found];
  const count = (state: TestCase["state"]): number =>
    cases.filter((one) => one.state === state).length;
  const counts = { passed: count("passed"), failed: count("failed"), skipped: count("skipped") };
  return {
    outcome: run.isSuccess && counts.failed === 0 ? "passed" : "failed",
    source: read === undefined || found.length === 0 ? "exit-code" : read.source,
    counts,
    cases: cases.toSorted((a, b) => order[a.state] - order[b.state]).slice(0, testCasesMax),
    isCached: false,
    durationMs: run.durationMs,
  };
}

/** Keeps the first lines of a failure, without the colours of a terminal. */
export function firstLines(message: string): string {
  const lines = withoutColours(message)
    .split(/\r?\n/)
    .map((line) => line.trimEnd());
  const filled = lines.filter((line) => line !== "");
  return filled.slice(0, messageLines).join("\n").slice(0, messageCharacters);
}

export function withoutColours(text: string): string {
  // oxlint-disable-next-line eslint/no-control-regex -- the escape is what starts a colour
  return text.replaceAll(/\u001B\[[\d;]*[A-Za-z]/g, "");
}

/** Paths relative to the tree, as authors know them. */
export function relativeFile(file: string, workDir: string): string {
  const path = file.replace(/^file:\/\//, "");
  return path.startsWith(`${workDir}/`) ? path.slice(workDir.length + 1) : path;
}
