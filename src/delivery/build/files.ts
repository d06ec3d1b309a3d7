/** A source tree as detection asks about it: is there such a file, and what does it say? */
import type { SourceTree, TreeEntry } from "#domain";
import { readBytesMax } from "./limits.ts";

export interface Files {
  readonly paths: readonly string[];
  has(path: string): boolean;
  /** Gives the first of `paths` that exists. */
  first(paths: readonly string[]): string | undefined;
  /** Text of a regular file; `undefined` when it is absent or larger than `readBytesMax`. */
  text(path: string): Promise<string | undefined>;
}

export function filesOf(tree: SourceTree): Files {
  const regular = tree.entries.filter((entry) => isRegular(entry));
  const paths = regular.map((entry) => entry.path);
  const known = new Set(paths);
  return {
    paths,
    has: (path) => known.has(path),
    first: (candidates) => candidates.find((path) => known.has(path)),
    text: async (path) => {
      if (!known.has(path)) return undefined;
      const read = await tree.read(path, readBytesMax);
      return read.ok ? read.value : undefined;
    },
  };
}

/** Detection never follows a symbolic link: what it points at is not the file the author named. */
function isRegular(entry: TreeEntry): boolean {
  return entry.mode === "100644" || entry.mode === "100755";
}
