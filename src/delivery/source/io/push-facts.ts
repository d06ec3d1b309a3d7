/** Gathers what the checks judge, out of the quarantine: nothing of it is in the repository yet. */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { createInterface } from "node:readline";
import { parseObjectId, type ObjectId, type TreeEntry } from "#domain";
import type { PushFacts, SecretFinding } from "../checks.ts";
import type { CheckLimits } from "../limits.ts";
import type { RefUpdate } from "../push.ts";
import type { SourceText } from "../secret-batches.ts";
import { parseTreeList } from "../tree-list.ts";
import { runGit } from "./git.ts";
import { createObjectReader, type ObjectReader } from "./object-reader.ts";
import type { SecretScanner } from "./secrets.ts";

export interface FactsSource {
  /** With the quarantine as the object directory. */
  readonly env: Readonly<Record<string, string>>;
  readonly limits: CheckLimits;
  readonly scanner: SecretScanner;
  /** A tree that was listed before: a tree's id is its content, so it is listed once. */
  readonly listed: (tree: ObjectId) => readonly TreeEntry[] | undefined;
}

/** The facts, and the tip trees that were listed on the way. */
export interface GatheredFacts {
  readonly facts: PushFacts;
  readonly trees: readonly { readonly tree: ObjectId; readonly entries: readonly TreeEntry[] }[];
}

export async function gatherFacts(
  source: FactsSource,
  updates: readonly RefUpdate[],
): Promise<GatheredFacts> {
  const news = updates.flatMap(({ ref, after }) => (after === undefined ? [] : [{ ref, after }]));
  using reader = createObjectReader(source.env);
  const [objects, ...tips] = await Promise.all([
    listNewObjects(source, [...new Set(news.map(({ after }) => after))]),
    ...news
      .filter(({ ref }) => ref.startsWith("refs/heads/"))
      .map(({ ref, after }) => listTip({ source, reader }, ref, after)),
  ]);
  const scanned = await scanSecrets({ source, reader }, objects.texts);
  return {
    facts: {
      tips: tips.map(({ ref, entries, symlinks }) => ({ ref, entries, symlinks })),
      objects: objects.count,
      totalBytes: objects.totalBytes,
      largest: objects.largest,
      secrets: scanned.secrets,
      unscanned: scanned.unscanned,
    },
    trees: tips.map(({ tree, entries }) => ({ tree, entries })),
  };
}

interface Reading {
  readonly source: FactsSource;
  readonly reader: ObjectReader;
}

async function listTip({ source, reader }: Reading, ref: string, commit: ObjectId) {
  const object = await reader.read(commit);
  const tree = parseObjectId(
    /^tree ([0-9a-f]+)\n/.exec(object?.content.toString("latin1") ?? "")?.[1],
  );
  if (!tree.ok) throw new Error(`${commit} is no commit`);
  const argv = ["ls-tree", "-r", "-z", "-l", "--full-tree", "--end-of-options", tree.value];
  const entries = source.listed(tree.value) ?? parseTreeList(await runGit(source.env, argv));
  const symlinks = new Map<string, string>();
  for (const { path, mode, oid, sizeBytes } of entries) {
    if (mode !== "120000" || sizeBytes > source.limits.symlinkBytesMax) continue;
    const target = await reader.read(oid);
    symlinks.set(path, new TextDecoder("utf-8").decode(target?.content));
  }
  return { ref, tree: tree.value, entries, symlinks };
}

interface NewText {
  readonly oid: ObjectId;
  readonly path: string;
  readonly sizeBytes: number;
}

interface NewObjects {
  count: number;
  totalBytes: number;
  largest: { path: string; sizeBytes: number }[];
  texts: NewText[];
}

/** What no ref reached before: `git rev-list --objects` piped into `git cat-file --batch-check`. */
async function listNewObjects(
  source: FactsSource,
  commits: readonly ObjectId[],
): Promise<NewObjects> {
  const seen: NewObjects = { count: 0, totalBytes: 0, largest: [], texts: [] };
  if (commits.length === 0) return seen;
  const { env, limits } = source;
  const lister = start(env, ["rev-list", "--objects", "--stdin", "--not", "--all"]);
  const sizer = start(env, [
    "cat-file",
    "--buffer",
    "--batch-check=%(objecttype) %(objectname) %(objectsize) %(rest)",
  ]);
  try {
    const ended = Promise.all([endOf(lister), endOf(sizer)]);
    lister.stdin.end(`${commits.join("\n")}\n`);
    lister.stdout.pipe(sizer.stdin);
    for await (const line of createInterface({ input: sizer.stdout, crlfDelay: Infinity })) {
      note(seen, line, limits);
      if (seen.count > limits.objectsMax) return seen;
    }
    await ended;
    return seen;
  } finally {
    lister.kill("SIGKILL");
    sizer.kill("SIGKILL");
  }
}

function note(seen: NewObjects, line: string, limits: CheckLimits): void {
  const [, type, name, size, path = ""] = /^([a-z]+) ([0-9a-f]+) (\d+) ?(.*)$/.exec(line) ?? [];
  const oid = parseObjectId(name);
  if (!oid.ok) return;
  const sizeBytes = Number(size);
  seen.count += 1;
  seen.totalBytes += sizeBytes;
  if (type !== "blob") return;
  if (sizeBytes > limits.blobBytesMax && seen.largest.length < 20) {
    seen.largest.push({ path, sizeBytes });
  }
  if (sizeBytes > 0 && sizeBytes <= limits.secretFileBytesMax) {
    seen.texts.push({ oid: oid.value, path, sizeBytes });
  }
}

function start(
  env: Readonly<Record<string, string>>,
  argv: readonly string[],
): ChildProcessByStdio<Writable, Readable, null> {
  const child = spawn("git", [...argv], {
    env,
    cwd: env["HOME"],
    stdio: ["pipe", "pipe", "ignore"],
  });
  // It ended before it read everything: its exit code tells.
  child.stdin.on("error", () => undefined);
  return child;
}

function endOf(child: ChildProcessByStdio<Writable, Readable, null>): Promise<void> {
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`git ended with ${code ?? "a signal"} while listing a push`));
    });
  });
}

async function scanSecrets(
  { source, reader }: Reading,
  candidates: readonly NewText[],
): Promise<{ readonly secrets: readonly SecretFinding[]; readonly unscanned: number }> {
  const { secretTotalBytesMax, secretScanMsMax } = source.limits;
  const texts: SourceText[] = [];
  let bytes = 0;
  // Newest first, as rev-list gives them: what is live is read before what is history.
  for (const { oid, path, sizeBytes } of candidates) {
    bytes += sizeBytes;
    if (bytes > secretTotalBytesMax) break;
    const content = (await reader.read(oid))?.content;
    texts.push({
      path,
      text: content === undefined || isBinary(content) ? "" : content.toString(),
    });
  }
  const { secrets, unscanned } = await source.scanner.scan(texts, secretScanMsMax);
  return { secrets, unscanned: unscanned + candidates.length - texts.length };
}

/** As git decides it: a zero byte near the start. */
function isBinary(content: Buffer): boolean {
  return content.subarray(0, 8000).includes(0);
}
