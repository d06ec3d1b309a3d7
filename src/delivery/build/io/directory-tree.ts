/** A plain directory as a source tree, for `tidegate plan DIR`: nothing needs to be committed. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { lstat, open, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  parseObjectId,
  type InvalidInput,
  type LimitReached,
  type NotFound,
  type SourceTree,
  type TreeEntry,
} from "#domain";
import { assert, err, ok, type Result } from "#std";
import { directoryFilesMax } from "../limits.ts";

const run = promisify(execFile);
const gitOutputBytesMax = 64 * 1024 ** 2;
const skippedDirectories = new Set([".git", "node_modules", ".venv", "venv", "__pycache__"]);

/**
 * Reads what a push of this directory would contain: tracked and new files that are not ignored when
 * it is a git work tree, else everything but dependencies. Object ids stand for size and change time
 * only, as a plan does not need contents hashed.
 */
export async function directoryTree(
  directory: string,
): Promise<Result<SourceTree, InvalidInput | LimitReached>> {
  const isDirectory = await lstat(directory).then(
    (stat) => stat.isDirectory(),
    () => false,
  );
  if (!isDirectory) {
    return err({
      code: "invalid_input",
      field: "directory",
      found: directory,
      expected: "a directory",
    });
  }
  const paths = (await gitPaths(directory)) ?? (await walkedPaths(directory));
  if (paths.length > directoryFilesMax) {
    const limit = {
      code: "limit_reached",
      limit: "files in the directory",
      unit: "files",
    } as const;
    return err({ ...limit, allowed: directoryFilesMax, found: paths.length });
  }
  const entries: TreeEntry[] = [];
  for (const path of paths.toSorted()) {
    const entry = await entryOf(directory, path);
    if (entry !== undefined) entries.push(entry);
  }
  const known = new Set(entries.map((entry) => entry.path));
  return ok({
    entries,
    read: async (path, bytesMax) =>
      known.has(path) ? await readText(join(directory, path), path, bytesMax) : err(absent(path)),
  });
}

async function gitPaths(directory: string): Promise<readonly string[] | undefined> {
  try {
    const argv = ["-C", directory, "ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    const { stdout } = await run("git", argv, { maxBuffer: gitOutputBytesMax });
    return [...new Set(stdout.split("\0").filter((path) => path !== ""))];
  } catch {
    return undefined; // not a work tree, or no git: walking gives the same but for ignored files
  }
}

async function walkedPaths(directory: string): Promise<readonly string[]> {
  const paths: string[] = [];
  const queue = [""];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const entry of await readdir(join(directory, next), { withFileTypes: true })) {
      const path = next === "" ? entry.name : `${next}/${entry.name}`;
      if (!entry.isDirectory()) paths.push(path);
      else if (!skippedDirectories.has(entry.name)) queue.push(path);
    }
    if (paths.length > directoryFilesMax) break;
  }
  return paths;
}

async function entryOf(directory: string, path: string): Promise<TreeEntry | undefined> {
  const stat = await lstat(join(directory, path)).catch(() => undefined);
  if (stat === undefined || !(stat.isFile() || stat.isSymbolicLink())) return undefined;
  const target = stat.isSymbolicLink() ? await readlink(join(directory, path)) : "";
  const seen = `${path}\0${stat.size}\0${stat.mtimeMs}\0${target}`;
  const oid = parseObjectId(createHash("sha1").update(seen).digest("hex"));
  assert(oid.ok, "a SHA-1 digest has 40 hex digits");
  const isRunnable = (stat.mode & 0o100) !== 0;
  const mode = stat.isSymbolicLink() ? "120000" : isRunnable ? "100755" : "100644";
  return { path, mode, oid: oid.value, sizeBytes: stat.size };
}

async function readText(
  file: string,
  path: string,
  bytesMax: number,
): Promise<Result<string, NotFound | LimitReached>> {
  await using handle = await open(file, "r").catch(() => undefined);
  if (handle === undefined) return err(absent(path));
  const { size } = await handle.stat();
  if (size <= bytesMax) return ok(await handle.readFile("utf8"));
  return err({ code: "limit_reached", limit: path, allowed: bytesMax, unit: "bytes", found: size });
}

function absent(path: string): NotFound {
  return { code: "not_found", what: "file", name: path };
}
