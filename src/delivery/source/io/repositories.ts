/** The repositories port over system git: bare repositories below `dataDir/git`. */
import { assert, err, ok, type Result } from "#std";
import {
  parseObjectId,
  type AppName,
  type CommitInfo,
  type LimitReached,
  type NotFound,
  type ObjectId,
  type Repositories,
  type SourceTree,
  type TreeEntry,
} from "#domain";
import { parseCommit } from "../commit-object.ts";
import { type CheckLimits, gitOutputBytesMax, readerObjectBytesMax } from "../limits.ts";
import { parseTreeList } from "../tree-list.ts";
import { checkoutTree } from "./checkout.ts";
import { gitEnv, type GitPlaces, runGit } from "./git.ts";
import { createNoteWriter } from "./notes.ts";
import { createReaderPool } from "./reader-pool.ts";
import { createRepository, maintainRepository, moveToTrash } from "./repository-life.ts";
import { createTreeCache } from "./tree-cache.ts";

export interface RepositoriesOptions {
  readonly places: GitPlaces;
  readonly limits: CheckLimits;
  readonly now: () => number;
  readonly random: () => number;
}

export interface GitRepositories extends Repositories, Disposable {
  /** A tree that was listed already, so that nobody lists it again. */
  remember(tree: ObjectId, entries: readonly TreeEntry[]): void;
  /** What a tree was last listed as, if it is still remembered. */
  listed(tree: ObjectId): readonly TreeEntry[] | undefined;
}

export function createRepositories(options: RepositoriesOptions): GitRepositories {
  const { places, limits, random } = options;
  const envOf = (app: AppName) => gitEnv(places, app, limits);
  const readers = createReaderPool(envOf);
  const trees = createTreeCache();
  const notes = createNoteWriter({ envOf, readerOf: (app) => readers.of(app), random });

  const entriesOf = async (app: AppName, tree: ObjectId): Promise<readonly TreeEntry[]> => {
    const cached = trees.get(tree);
    if (cached !== undefined) return cached;
    const argv = ["ls-tree", "-r", "-z", "-l", "--full-tree", "--end-of-options", tree];
    const entries = parseTreeList(await runGit(envOf(app), argv));
    trees.set(tree, entries);
    return entries;
  };

  const read = async (
    app: AppName,
    entry: TreeEntry,
    bytesMax: number,
  ): Promise<Result<string, NotFound | LimitReached>> => {
    const allowed = Math.min(bytesMax, readerObjectBytesMax);
    if (entry.sizeBytes > allowed) {
      const found = entry.sizeBytes;
      return err({ code: "limit_reached", limit: entry.path, allowed, unit: "bytes", found });
    }
    const object = await readers.of(app).read(entry.oid);
    if (object === undefined) return notFound("file", entry.path);
    return ok(new TextDecoder("utf-8").decode(object.content));
  };

  return {
    create: (app) => createRepository(places, envOf(app), app),
    async delete(app) {
      readers.close(app);
      await moveToTrash(places, app, options.now());
    },
    maintain: (app) => maintainRepository(places, envOf(app), options.now()),
    async commit(app, commit): Promise<Result<CommitInfo, NotFound>> {
      const object = await readers.of(app).read(commit);
      if (object?.type !== "commit") return notFound("commit", commit);
      const parsed = parseCommit(commit, object.content);
      return parsed.ok ? parsed : notFound("commit", commit);
    },
    async head(app, branch) {
      if (!isBranchName(branch)) return undefined;
      const object = await readers.of(app).read(`refs/heads/${branch}`);
      return object?.type === "commit" ? object.oid : undefined;
    },
    async tree(app, tree): Promise<SourceTree> {
      const entries = await entriesOf(app, tree);
      const byPath = new Map(entries.map((entry) => [entry.path, entry]));
      return {
        entries,
        async read(path, bytesMax) {
          const entry = byPath.get(path);
          const isFile = entry?.mode === "100644" || entry?.mode === "100755";
          return isFile ? read(app, entry, bytesMax) : notFound("file", path);
        },
      };
    },
    async checkout(app, tree, directory) {
      const entries = await entriesOf(app, tree);
      return checkoutTree({ reader: readers.of(app), env: envOf(app), entries, limits }, directory);
    },
    diffStat: (app, from, to) => diffStat(envOf(app), from, to),
    putNote: (app, commit, text) => notes.put({ app, commit, text }),
    remember: (tree, entries) => trees.set(tree, entries),
    listed: (tree) => trees.get(tree),
    [Symbol.dispose]: () => readers[Symbol.dispose](),
  };
}

function notFound(what: string, name: string): Result<never, NotFound> {
  return err({ code: "not_found", what, name });
}

/** A name that cannot be anything but a branch to `git cat-file`. */
function isBranchName(branch: string): boolean {
  return branch.length <= 200 && /^[^\s~^:?*[\\@{}-][^\s~^:?*[\\{}]*$/u.test(branch);
}

async function diffStat(
  env: Readonly<Record<string, string>>,
  from: ObjectId | undefined,
  to: ObjectId,
): Promise<{ readonly files: number; readonly added: number; readonly removed: number }> {
  const base = from ?? emptyTree(to);
  const argv = ["diff-tree", "-r", "-z", "--numstat", "--no-renames", "--end-of-options", base, to];
  const output = await runGit(env, argv);
  assert(output.length < gitOutputBytesMax);
  const total = { files: 0, added: 0, removed: 0 };
  for (const record of output.toString("latin1").split("\0")) {
    const [, added, removed] = /^(\d+|-)\t(\d+|-)\t/.exec(record) ?? [];
    if (added === undefined || removed === undefined) continue;
    total.files += 1;
    // A binary file has `-` for its lines.
    total.added += added === "-" ? 0 : Number(added);
    total.removed += removed === "-" ? 0 : Number(removed);
  }
  return total;
}

/** The id of the tree without files, in the hash that `like` is in; git knows it without storing it. */
function emptyTree(like: ObjectId): ObjectId {
  const known = parseObjectId(
    like.length === 40
      ? "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
      : "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
  );
  assert(known.ok);
  return known.value;
}
