/** Listed trees, by object id: a tree never changes, so an entry is right for ever. Oldest go first. */
import type { ObjectId, TreeEntry } from "#domain";
import { treeCacheEntriesMax } from "../limits.ts";

export interface TreeCache {
  readonly get: (tree: ObjectId) => readonly TreeEntry[] | undefined;
  readonly set: (tree: ObjectId, entries: readonly TreeEntry[]) => void;
}

export function createTreeCache(): TreeCache {
  const trees = new Map<ObjectId, readonly TreeEntry[]>();
  let size = 0;
  const remove = (tree: ObjectId): void => {
    size -= trees.get(tree)?.length ?? 0;
    trees.delete(tree);
  };
  return {
    get: (tree) => trees.get(tree),
    set(tree, entries) {
      remove(tree);
      trees.set(tree, entries);
      size += entries.length;
      for (const oldest of trees.keys()) {
        if (size <= treeCacheEntriesMax) break;
        remove(oldest);
      }
    },
  };
}
