/** Judges what a tree wants to be called on disk. No path from a repository is trusted without this. */
import type { CheckLimits } from "./limits.ts";

/** Why a path may not be written; completes the sentence "the name …". */
export function judgePath(path: string, limits: CheckLimits): string | undefined {
  if (path.includes("\u{fffd}")) return "is not valid UTF-8";
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(path)) return "contains a control character";
  if (Buffer.byteLength(path) > limits.pathBytesMax) {
    return `is longer than ${limits.pathBytesMax} bytes`;
  }
  for (const part of path.split("/")) {
    if (part === "") return "is absolute or has an empty part";
    if (part === "." || part === "..") return `has the part "${part}"`;
    if (isDotGit(part)) return `has the part "${part}", which git keeps for itself`;
    if (Buffer.byteLength(part) > limits.pathPartBytesMax) {
      return `has a part longer than ${limits.pathPartBytesMax} bytes`;
    }
  }
  return undefined;
}

/** `.git` under any spelling that some file system takes for it. */
function isDotGit(part: string): boolean {
  const folded = part
    // Characters that HFS+ ignores when it compares names.
    .replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/gu, "")
    .toLowerCase()
    .replace(/[ .]+$/, "");
  return folded === ".git" || folded === "git~1";
}

/**
 * Whether following `target` from the symlink at `path` could leave the tree. `..` is only allowed in
 * front: after a name it would be resolved against whatever another symlink of that name points at.
 * With this rule for every symlink of a tree, no chain of them leads outside.
 */
export function leavesTree(path: string, target: string): boolean {
  if (target === "" || target.startsWith("/") || target.includes("\0")) return true;
  let depth = path.split("/").length - 1;
  let isInFront = true;
  for (const part of target.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") isInFront = false;
    else if (!isInFront || depth === 0) return true;
    else depth -= 1;
  }
  return false;
}

/** Pairs of paths that are one file where names ignore case. */
export function caseCollisions(paths: readonly string[]): readonly (readonly [string, string])[] {
  const seen = new Map<string, string>();
  const pairs: [string, string][] = [];
  for (const path of paths) {
    const folded = path.normalize("NFC").toLowerCase();
    const other = seen.get(folded);
    if (other === undefined) seen.set(folded, path);
    else pairs.push([other, path]);
  }
  return pairs;
}
