/**
 * Paths in a tree that a step wrote. The step may have left a symbolic link where a directory was, and
 * we may follow it where the step could not (we are root): so every directory on the way is looked at.
 * Nothing of the step runs any more when we look, so what was seen stays so.
 */
import { lstat, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { remove } from "./copy-tree.ts";

/** Whether `path` is there (be it as a link) and everything above it in `root` is a directory itself. */
export async function isReallyIn(root: string, path: string): Promise<boolean> {
  for (const directory of directoriesOf(path)) {
    if ((await kindOf(join(root, directory))) !== "directory") return false;
  }
  return (await kindOf(join(root, path))) !== "nothing";
}

/** Makes the directories above `path` in `root`; one takes the place of whatever else has its name. */
export async function makeDirectories(root: string, path: string): Promise<void> {
  for (const directory of directoriesOf(path)) {
    const at = join(root, directory);
    const kind = await kindOf(at);
    if (kind === "directory") continue;
    if (kind === "other") await remove(at);
    await mkdir(at);
  }
}

/** From the top down, without the root: `a` and `a/b` for `a/b/c`. */
function directoriesOf(path: string): readonly string[] {
  const parts = dirname(path)
    .split("/")
    .filter((part) => part !== "" && part !== ".");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

async function kindOf(path: string): Promise<"directory" | "other" | "nothing"> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return "nothing";
  return found.isDirectory() ? "directory" : "other";
}
