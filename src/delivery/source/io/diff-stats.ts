/** How large a change is. Measured once for each push, where its objects are at that moment. */
import { assert } from "#std";
import { parseObjectId, type AppName, type ObjectId, type Repositories } from "#domain";
import { diffsMax, gitOutputBytesMax } from "../limits.ts";
import { runGit } from "./git.ts";

type GitEnv = Readonly<Record<string, string>>;
type DiffStat = Awaited<ReturnType<Repositories["diffStat"]>>;

export interface DiffStats {
  readonly of: (app: AppName, from: ObjectId | undefined, to: ObjectId) => Promise<DiffStat>;
  /** Begins to measure while the objects are where `env` says; `of` waits for what is left of it. */
  readonly measure: (env: GitEnv, from: ObjectId, to: ObjectId) => void;
}

export function createDiffStats(envOf: (app: AppName) => GitEnv): DiffStats {
  const measured = new Map<string, Promise<DiffStat | undefined>>();
  return {
    of: async (app, from, to) =>
      (await measured.get(`${from}..${to}`)) ?? (await diffStat(envOf(app), from, to)),
    measure(env, from, to) {
      // One that fails, as when git moves the objects meanwhile, is measured anew by who needs it.
      const running = diffStat(env, from, to).catch(() => undefined);
      measured.set(`${from}..${to}`, running);
      const [oldest] = measured.keys();
      if (measured.size > diffsMax && oldest !== undefined) measured.delete(oldest);
    },
  };
}

async function diffStat(env: GitEnv, from: ObjectId | undefined, to: ObjectId): Promise<DiffStat> {
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
export function emptyTree(like: ObjectId): ObjectId {
  const known = parseObjectId(
    like.length === 40
      ? "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
      : "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
  );
  assert(known.ok);
  return known.value;
}
