/** What lies between two commits: for people, so bounded, and with nothing run that a repository names. */
import { err, ok, type Result } from "#std";
import {
  type Diff,
  type DiffCommit,
  type DiffFile,
  type NotFound,
  type ObjectId,
  parseObjectId,
} from "#domain";
import { diffCommitsMax, diffFilesMax, diffListBytesMax, diffPatchBytesMax } from "../limits.ts";
import { plainLine } from "../plain-line.ts";
import { emptyTree } from "./diff-stats.ts";
import { GitFailed, readGit } from "./git.ts";

type GitEnv = Readonly<Record<string, string>>;

/** Neither a program of the configuration nor a filter of the repository takes part. */
const plainly = ["--no-ext-diff", "--no-textconv", "--no-color", "--no-renames"] as const;

export async function diffBetween(
  env: GitEnv,
  from: ObjectId | undefined,
  to: ObjectId,
): Promise<Result<Diff, NotFound>> {
  try {
    const [files, commits, patch] = await Promise.all([
      filesBetween(env, from ?? emptyTree(to), to),
      commitsBetween(env, from, to),
      patchBetween(env, from ?? emptyTree(to), to),
    ]);
    return ok({ ...files, ...commits, ...patch });
  } catch (error) {
    // A branch that was rewritten may have lost a commit to git's own cleaning.
    if (error instanceof GitFailed) return err({ code: "not_found", what: "commit", name: to });
    throw error;
  }
}

async function filesBetween(
  env: GitEnv,
  from: ObjectId,
  to: ObjectId,
): Promise<Pick<Diff, "files" | "filesLeftOut">> {
  const argv = ["diff-tree", "-r", "-z", "--numstat", ...plainly, "--end-of-options", from, to];
  const { output } = await readGit(env, argv, { bytesMax: diffListBytesMax });
  const all = output.toString("utf8").split("\0").flatMap(fileOf);
  return {
    files: all.slice(0, diffFilesMax),
    filesLeftOut: Math.max(0, all.length - diffFilesMax),
  };
}

function fileOf(record: string): readonly DiffFile[] {
  const [, added, removed, path] = /^(\d+|-)\t(\d+|-)\t(.+)$/s.exec(record) ?? [];
  if (added === undefined || removed === undefined || path === undefined) return [];
  // A binary file has `-` for its lines.
  if (added === "-" || removed === "-") return [{ path }];
  return [{ path, added: Number(added), removed: Number(removed) }];
}

async function commitsBetween(
  env: GitEnv,
  from: ObjectId | undefined,
  to: ObjectId,
): Promise<Pick<Diff, "commits" | "hasMoreCommits">> {
  const count = `--max-count=${diffCommitsMax + 1}`;
  const format = "--format=tformat:%H%x1f%ct%x1f%an%x1f%s";
  const range = from === undefined ? [to] : [to, `^${from}`];
  const argv = ["log", "-z", "--no-show-signature", count, format, "--end-of-options", ...range];
  const { output } = await readGit(env, argv, { bytesMax: diffListBytesMax });
  const all = output.toString("utf8").split("\0").flatMap(commitOf);
  return { commits: all.slice(0, diffCommitsMax), hasMoreCommits: all.length > diffCommitsMax };
}

function commitOf(record: string): readonly DiffCommit[] {
  const [id = "", at, author = "", subject = ""] = record.split("\u001f");
  const commit = parseObjectId(id);
  if (!commit.ok) return [];
  const said = { subject: plainLine(subject), author: plainLine(author) };
  return [{ commit: commit.value, ...said, committedAt: Number(at) * 1000 }];
}

async function patchBetween(
  env: GitEnv,
  from: ObjectId,
  to: ObjectId,
): Promise<Pick<Diff, "patch" | "isPatchCut">> {
  const argv = ["diff-tree", "-r", "-p", ...plainly, "--end-of-options", from, to];
  const { output, isCut } = await readGit(env, argv, { bytesMax: diffPatchBytesMax });
  const whole = isCut ? output.subarray(0, output.lastIndexOf(10) + 1) : output;
  return { patch: whole.toString("utf8"), isPatchCut: isCut };
}
