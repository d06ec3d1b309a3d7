/** Finds cases in whatever a test run left: report files first, then what it printed. */
import { glob, lstat, readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import type { TestCase } from "#domain";
import { readGoEvents } from "../go-json.ts";
import { reportBytesMax, reportFilesMax } from "../limits.ts";
import type { ReadCases } from "../report.ts";
import { readSpecOutput } from "../spec-output.ts";
import { readJunit } from "./read-junit.ts";
import { readTap } from "./read-tap.ts";

/** `undefined`: nothing could be read, so the exit code alone decides. */
export async function readCases(
  reports: readonly string[],
  tree: string,
  lines: readonly string[],
): Promise<ReadCases | undefined> {
  const read = await readReports(reports, tree);
  if (read !== undefined) return read;
  return readGoEvents(lines) ?? readTap(lines.join("\n")) ?? readSpecOutput(lines);
}

async function readReports(
  patterns: readonly string[],
  tree: string,
): Promise<ReadCases | undefined> {
  const cases: TestCase[] = [];
  let source: ReadCases["source"] | undefined;
  for (const path of await matching(patterns, tree)) {
    const text = await readBounded(tree, path);
    if (text === undefined) continue;
    const read = readTap(text) ?? (await readJunit(text, tree));
    if (read === undefined) continue;
    source ??= read.source;
    cases.push(...read.cases);
  }
  return source === undefined ? undefined : { source, cases };
}

async function matching(patterns: readonly string[], tree: string): Promise<readonly string[]> {
  const paths = new Set<string>();
  for await (const path of glob([...patterns], { cwd: tree })) {
    if (paths.size >= reportFilesMax) break;
    paths.add(path);
  }
  return [...paths].toSorted();
}

/**
 * A regular file of bounded size that is really in the tree: tests may leave a link or a pipe under the
 * name of a report, and we may read what they may not.
 */
async function readBounded(tree: string, path: string): Promise<string | undefined> {
  try {
    const [root, file] = await Promise.all([realpath(tree), realpath(join(tree, path))]);
    // Braces and dots in a pattern can spell a way out that no link is needed for.
    if (file !== join(root, path) || !file.startsWith(`${root}/`)) return undefined;
    const stats = await lstat(file);
    if (!stats.isFile() || stats.size > reportBytesMax) return undefined;
    return await readFile(file, "utf8");
  } catch {
    return undefined; // gone since it was listed
  }
}
