/** The repositories port over system git: bare repositories below `dataDir/git`. */
import { err, ok, type Result, Turns } from "#std";
import type {
  AppName,
  CommitInfo,
  LimitReached,
  NotFound,
  ObjectId,
  Repositories,
  SourceTree,
  TreeEntry,
} from "#domain";
import { parseCommit } from "../commit-object.ts";
import { type CheckLimits, readerObjectBytesMax } from "../limits.ts";
import { parseTreeList } from "../tree-list.ts";
import { broughtBetween } from "./brought.ts";
import { checkoutTree } from "./checkout.ts";
import { diffBetween } from "./diff.ts";
import { createDiffStats, type DiffStats } from "./diff-stats.ts";
import { gitEnv, type GitPlaces, runGit } from "./git.ts";
import { createNoteWriter } from "./notes.ts";
import type { ObjectReader } from "./object-reader.ts";
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
  /** Measures a diff while its objects are still where `env` says; `diffStat` need not wait for it then. */
  measureDiff: DiffStats["measure"];
}

export function createRepositories(options: RepositoriesOptions): GitRepositories {
  const { places, limits, random } = options;
  const envOf = (app: AppName) => gitEnv(places, app, limits);
  const readers = createReaderPool(envOf);
  const trees = createTreeCache();
  const diffs = createDiffStats(envOf);
  const asked = new Turns();
  const notes = createNoteWriter({ envOf, readerOf: (app) => readers.of(app), random });

  const entriesOf = async (app: AppName, tree: ObjectId): Promise<readonly TreeEntry[]> => {
    const cached = trees.get(tree);
    if (cached !== undefined) return cached;
    const argv = ["ls-tree", "-r", "-z", "-l", "--full-tree", "--end-of-options", tree];
    const entries = parseTreeList(await runGit(envOf(app), argv));
    trees.set(tree, entries);
    return entries;
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
          return isFile ? readText(readers.of(app), entry, bytesMax) : notFound("file", path);
        },
      };
    },
    async checkout(app, tree, directory) {
      const entries = await entriesOf(app, tree);
      return checkoutTree({ reader: readers.of(app), env: envOf(app), entries, limits }, directory);
    },
    diffStat: diffs.of,
    // Each is a few processes, and whoever may read the code may ask: one after the other for an app.
    diff: async (app, from, to) =>
      await asked.take(app, async () => await diffBetween(envOf(app), from, to)),
    brought: (app, from, to) => broughtBetween(envOf(app), { from, to }),
    putNote: (app, commit, text) => notes.put({ app, commit, text }),
    remember: trees.set,
    listed: trees.get,
    measureDiff: diffs.measure,
    [Symbol.dispose]: () => readers[Symbol.dispose](),
  };
}

async function readText(
  reader: ObjectReader,
  entry: TreeEntry,
  bytesMax: number,
): Promise<Result<string, NotFound | LimitReached>> {
  const allowed = Math.min(bytesMax, readerObjectBytesMax);
  if (entry.sizeBytes > allowed) {
    const found = entry.sizeBytes;
    return err({ code: "limit_reached", limit: entry.path, allowed, unit: "bytes", found });
  }
  const object = await reader.read(entry.oid);
  if (object === undefined) return notFound("file", entry.path);
  return ok(new TextDecoder("utf-8").decode(object.content));
}

function notFound(what: string, name: string): Result<never, NotFound> {
  return err({ code: "not_found", what, name });
}

/** A name that cannot be anything but a branch to `git cat-file`. */
function isBranchName(branch: string): boolean {
  return branch.length <= 200 && /^[^\s~^:?*[\\@{}-][^\s~^:?*[\\{}]*$/u.test(branch);
}
