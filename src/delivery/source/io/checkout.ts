/**
 * Writes a tree's files. Directories first, then files, symlinks last, and each with a call that fails
 * if the name exists: nothing is ever written through a link, whatever the tree says. decisions/0062
 * has the measurements behind writing files ourselves.
 */
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, symlinkSync, writeSync } from "node:fs";
import { mkdir, open, readdir } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { assert, err, ok, type Result } from "#std";
import type { LimitReached, TreeEntry } from "#domain";
import { type CheckLimits, checkoutSliceMs, readerObjectBytesMax } from "../limits.ts";
import { judgePath, leavesTree } from "../tree-path.ts";
import { GitFailed } from "./git.ts";
import type { GitObject, ObjectReader } from "./object-reader.ts";

export interface CheckoutSource {
  readonly reader: ObjectReader;
  readonly env: Readonly<Record<string, string>>;
  readonly entries: readonly TreeEntry[];
  readonly limits: CheckLimits;
}

export async function checkoutTree(
  source: CheckoutSource,
  directory: string,
): Promise<Result<void, LimitReached>> {
  assert(isAbsolute(directory), "a checkout goes to an absolute path");
  const { entries, limits } = source;
  if (entries.length > limits.filesMax) return reached("files", limits.filesMax, entries.length);
  if (entries.some(({ path }) => judgePath(path, limits) !== undefined)) {
    return reached("files with a name that is refused", 0, 1);
  }
  const links = entries.filter(({ mode }) => mode === "120000");
  if (links.some(({ sizeBytes }) => sizeBytes > limits.symlinkBytesMax)) {
    return reached("bytes of a symlink's target", limits.symlinkBytesMax);
  }
  const targets = await Promise.all(links.map(({ oid }) => source.reader.read(oid)));
  const symlinks = links.map(({ path }, index) => ({ path, target: textOf(targets[index]) }));
  const leaving = symlinks.filter(({ path, target }) => leavesTree(path, target));
  if (leaving.length > 0) return reached("symlinks that leave the tree", 0, leaving.length);

  await mkdir(directory, { recursive: true });
  assert((await readdir(directory)).length === 0, "a checkout goes to an empty directory");
  for (const path of directoriesOf(entries)) mkdirSync(join(directory, path));
  await writeFiles(source, directory);
  for (const { path, target } of symlinks) symlinkSync(target, join(directory, path));
  return ok(undefined);
}

function textOf(object: GitObject | undefined): string {
  return object === undefined ? "" : new TextDecoder("utf-8").decode(object.content);
}

function reached(limit: string, allowed: number, found?: number): Result<never, LimitReached> {
  const seen = found === undefined ? {} : { found };
  return err({ code: "limit_reached", limit, allowed, unit: "count", ...seen });
}

/** Every directory, parents before children. A submodule is an empty directory, as in git. */
function directoriesOf(entries: readonly TreeEntry[]): readonly string[] {
  const directories = new Set<string>();
  const add = (path: string): void => {
    if (path === "." || directories.has(path)) return;
    add(dirname(path));
    directories.add(path);
  };
  for (const { path, mode } of entries) add(mode === "160000" ? path : dirname(path));
  return [...directories];
}

async function writeFiles(source: CheckoutSource, directory: string): Promise<void> {
  const files = source.entries.filter(({ mode }) => mode === "100644" || mode === "100755");
  let sliceFrom = performance.now();
  for (const batch of batches(files)) {
    const objects = await Promise.all(
      batch.map(({ oid, sizeBytes }) =>
        sizeBytes > readerObjectBytesMax ? Promise.resolve(undefined) : source.reader.read(oid),
      ),
    );
    for (const [index, entry] of batch.entries()) {
      const object = objects[index];
      const target = { path: join(directory, entry.path), mode: modeOf(entry) };
      if (object === undefined) await writeLarge(source, entry, target);
      else writeSmall(target, object.content);
      if (performance.now() - sliceFrom < checkoutSliceMs) continue;
      await setImmediate();
      sliceFrom = performance.now();
    }
  }
}

function modeOf(entry: TreeEntry): number {
  return entry.mode === "100755" ? 0o755 : 0o644;
}

// Asks for many small files at once, yet holds at most some megabytes of them.
function* batches(files: readonly TreeEntry[]): Generator<readonly TreeEntry[]> {
  let batch: TreeEntry[] = [];
  let bytes = 0;
  for (const file of files) {
    batch.push(file);
    bytes += file.sizeBytes;
    if (batch.length < 256 && bytes < 2 * readerObjectBytesMax) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

interface Target {
  readonly path: string;
  readonly mode: number;
}

/** Synchronous on purpose: 25 us a file instead of 100 us through the thread pool. */
function writeSmall({ path, mode }: Target, content: Buffer): void {
  const file = openSync(path, "wx", mode);
  try {
    for (let done = 0; done < content.length;) done += writeSync(file, content, done);
  } finally {
    closeSync(file);
  }
}

/** Git writes straight to the file; a missing object ends here too, as an error. */
async function writeLarge(source: CheckoutSource, entry: TreeEntry, target: Target): Promise<void> {
  await using file = await open(target.path, "wx", target.mode);
  const argv = ["cat-file", "blob", entry.oid];
  const child = spawn("git", argv, {
    env: source.env,
    cwd: source.env["HOME"],
    stdio: ["ignore", file.fd, "ignore"],
  });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject).on("close", resolve);
  });
  if (exitCode !== 0) throw new GitFailed(argv, exitCode ?? undefined, entry.path);
}
