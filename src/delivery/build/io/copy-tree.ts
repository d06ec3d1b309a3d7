/**
 * Copying and linking directory trees. By `cp`, which is one process however many files there are and
 * does not hold up the event loop: 1,000 files take it 40 ms, and about as long as linking one by one
 * from here, but on the other core. A few files are linked from here: to start `cp` takes 8 ms.
 */
import { execFile } from "node:child_process";
import { linkSync, lstatSync, mkdirSync, opendirSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { linkedEntriesMax } from "../limits.ts";

const run = promisify(execFile);

/** Hard-links every file of `source` into the new directory `target`: for trees nobody will write to. */
export async function linkTree(source: string, target: string): Promise<void> {
  const few = fewEntries(source);
  if (few === undefined) {
    await run("cp", ["-a", "--link", "--", source, target]);
    return;
  }
  mkdirSync(target, modeOf(source));
  for (const { path, isDirectory } of few) {
    const to = join(target, path);
    if (isDirectory) mkdirSync(to, modeOf(join(source, path)));
    else linkSync(join(source, path), to);
  }
}

interface Entry {
  readonly path: string;
  readonly isDirectory: boolean;
}

/** What is below a directory, parents first; `undefined` when that is more than a few. */
function fewEntries(root: string): readonly Entry[] | undefined {
  const found: Entry[] = [];
  const queue = [""];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    using directory = opendirSync(join(root, at));
    for (let next = directory.readSync(); next !== null; next = directory.readSync()) {
      const entry = { path: join(at, next.name), isDirectory: next.isDirectory() };
      if (found.push(entry) > linkedEntriesMax) return undefined;
      if (entry.isDirectory) queue.push(entry.path);
    }
  }
  return found;
}

function modeOf(path: string): number {
  return lstatSync(path).mode & 0o777;
}

/** Copies `source` to the new directory `target`, sharing blocks where the file system can. */
export async function copyTree(source: string, target: string): Promise<void> {
  await run("cp", ["-a", "--reflink=auto", "--", source, target]);
}

/**
 * Takes a tree over from the step that wrote it: ours, readable by all and writable by nobody else, so
 * that an app which shares files with a cache can read them and no more.
 */
export async function takeOver(directory: string): Promise<void> {
  const { getuid, getgid } = process;
  if (getuid !== undefined && getgid !== undefined && getuid() === 0) {
    await run("chown", ["-R", "-h", "-P", `${getuid()}:${getgid()}`, "--", directory]);
  }
  await run("chmod", ["-R", "u+rwX,go+rX,go-w", "--", directory]);
}

/** Moves a finished tree to its name. False: somebody was faster, and what they made is the same. */
export async function moveInto(source: string, target: string): Promise<boolean> {
  try {
    await rename(source, target);
    return true;
  } catch (cause) {
    if (!isErrno(cause, "ENOTEMPTY") && !isErrno(cause, "EEXIST")) throw cause;
    await remove(source);
    return false;
  }
}

export async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
}

export function isErrno(cause: unknown, code: string): boolean {
  return cause instanceof Error && "code" in cause && cause.code === code;
}

/** Bytes of all files below `directory`, as they say themselves (links counted each). */
export async function treeBytes(directory: string): Promise<number> {
  const { stdout } = await run("du", ["-s", "-b", "-l", "--", directory]);
  return Number(/^(\d+)/.exec(stdout)?.[1] ?? 0);
}
