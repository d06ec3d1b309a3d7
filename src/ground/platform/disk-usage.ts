/** How much a directory tree holds, and whether it is worth measuring again. */
import type { Dirent } from "node:fs";
import { lstat, readdir, statfs } from "node:fs/promises";
import { join } from "node:path";
import { diskMeasureMs } from "./limits.ts";

/**
 * Bytes on disk of the files below `root`. Files with several names belong to a cache or a release that
 * stays when this tree goes, so they do not count. Stops counting past `bytesMax`.
 */
export async function treeBytes(root: string, bytesMax: number): Promise<number> {
  let total = 0;
  const queue = [root];
  for (let path = queue.pop(); path !== undefined && total <= bytesMax; path = queue.pop()) {
    for (const entry of await entries(path)) {
      const child = join(path, entry.name);
      if (entry.isDirectory()) queue.push(child);
      else total += await fileBytes(child);
    }
  }
  return total;
}

async function entries(path: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch {
    return []; // removed while we looked, as builds do
  }
}

async function fileBytes(path: string): Promise<number> {
  try {
    const { blocks, nlink } = await lstat(path);
    return nlink === 1 ? blocks * 512 : 0;
  } catch {
    return 0; // removed while we looked
  }
}

/**
 * Watches a tree against a bound. Walking 30,000 files costs half a second, asking the file system for
 * its free space costs microseconds: so the tree is walked only once the file system has lost at least
 * half of what the tree may still grow.
 */
export function diskWatch(
  roots: readonly string[],
  bytesMax: number,
): { isOver(now: number): Promise<boolean> } {
  const [first = "/"] = roots;
  let usedBytes = 0;
  let freeBytes: number | undefined;
  let measuredAt = 0;
  return {
    async isOver(now) {
      const { bavail, bsize } = await statfs(first);
      const free = bavail * bsize;
      freeBytes ??= free;
      const lost = freeBytes - free;
      if (lost < (bytesMax - usedBytes) / 2 || now - measuredAt < diskMeasureMs) return false;
      measuredAt = now;
      usedBytes = 0;
      for (const root of roots) usedBytes += await treeBytes(root, bytesMax);
      freeBytes = free;
      return usedBytes > bytesMax;
    },
  };
}
