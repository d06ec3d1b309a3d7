/**
 * Reads what a test run left, on a thread of its own with bounds on time and memory: the text is
 * whatever the tests wrote, and some megabytes of brackets keep a parser busy for minutes.
 */
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import type { TestReport } from "#domain";
import { readingMemoryMebibytes, readingMsMax } from "../limits.ts";
import { foldReport, type TestRun } from "../report.ts";
import { readCases } from "./read-cases.ts";

export interface LeftByTests {
  /** Patterns of report files, as the plan has them. */
  readonly reports: readonly string[];
  /** Absolute. */
  readonly tree: string;
  readonly lines: readonly string[];
  readonly run: TestRun;
}

/** Gives the report; by the exit code alone when there is nothing to read or reading it takes too much. */
export async function readReport(
  left: LeftByTests,
  wallMs: number = readingMsMax,
): Promise<TestReport> {
  const thread = new Worker(fileURLToPath(import.meta.url), {
    workerData: { [mark]: left },
    resourceLimits: { maxOldGenerationSizeMb: readingMemoryMebibytes },
  });
  const answer = Promise.withResolvers<TestReport | undefined>();
  const nothing = (): void => answer.resolve(undefined);
  thread.once("message", answer.resolve).once("error", nothing).once("exit", nothing);
  const late = setTimeout(nothing, wallMs);
  try {
    return (await answer.promise) ?? foldReport(undefined, left.run);
  } finally {
    clearTimeout(late);
    await thread.terminate();
  }
}

const mark = "tidegate.leftByTests";

async function onThread(left: LeftByTests): Promise<void> {
  const read = await readCases(left.reports, left.tree, left.lines);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, no window's
  parentPort?.postMessage(foldReport(read, left.run));
}

const given: unknown = workerData;
if (!isMainThread && typeof given === "object" && given !== null && mark in given) {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- given by `readReport`
  await onThread(given[mark] as LeftByTests);
}
