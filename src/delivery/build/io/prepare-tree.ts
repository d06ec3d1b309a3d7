/** Puts a work tree together beside where it will be: the checkout, and what earlier steps left. */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Problem } from "#domain";
import { err, ok, type Result } from "#std";
import type { Build } from "./build-artifact.ts";
import { copyTree, linkTree, remove } from "./copy-tree.ts";
import { isReallyIn, makeDirectories } from "./real-directories.ts";
import type { CachedStep } from "./run-step.ts";
import { ship } from "./ship.ts";

export interface Prepared {
  /** Ours alone; holds `tree` and `attempt`. */
  readonly parent: string;
  readonly tree: string;
}

/**
 * Prepares a tree in `tmp`. `link` shares files with the cache and is for trees in which nothing
 * will run; `copy` is for those in which a step may write anywhere.
 */
export async function prepareTree(
  job: Build,
  cached: readonly CachedStep[],
  how: "link" | "copy",
): Promise<Result<Prepared, Problem>> {
  const { ports, change, layout } = job;
  const attempt = Math.floor(ports.clock.random() * 36 ** 8).toString(36);
  const parent = join(layout.tmp, `${change.id}-${attempt}`);
  const tree = join(parent, "tree");
  await mkdir(parent, { recursive: true });
  const restore = how === "link" ? linkTree : copyTree;
  const restored = cached.map((_, index) => join(parent, `restored-${index}`));
  // The checkout and the links are put together side by side, then moved into each other.
  const [checkedOut] = await Promise.all([
    ports.repositories.checkout(change.app, change.tree, tree),
    writeFile(join(parent, "attempt"), attempt),
    ...cached.map(async (step, index) => await restore(step.directory, restored[index] ?? "")),
  ]);
  if (!checkedOut.ok) {
    await remove(parent);
    const { limit, allowed, unit } = checkedOut.error;
    const message = `the tree could not be checked out: ${limit}; at most ${allowed} ${unit}`;
    return err({ code: "checkout_refused", message });
  }
  for (const [index, step] of cached.entries()) {
    await moveOutputs(step.outputs, restored[index] ?? "", tree);
    await remove(restored[index] ?? "");
  }
  await ship(job.shipped, tree);
  return ok({ parent, tree });
}

/**
 * Moves outputs from one tree into another, in place of what is there under the same name. One that is
 * not there stays out: an output inside another one has moved with it.
 */
export async function moveOutputs(
  outputs: readonly string[],
  source: string,
  target: string,
): Promise<void> {
  for (const output of outputs) {
    if (!(await isReallyIn(source, output))) continue;
    const to = join(target, output);
    await makeDirectories(target, output);
    await remove(to);
    await rename(join(source, output), to);
  }
}
