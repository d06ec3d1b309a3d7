/** The server goes away in the middle of a build and comes back: the build goes on, and ran once. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { nodeApp } from "./kit/apps.ts";
import { type Author, openAuthor } from "./kit/author.ts";
import { begin } from "./kit/begin.ts";
import { openPlatform, type Platform } from "./kit/platform.ts";
import type { Report } from "./kit/report.ts";
import { judged } from "./kit/samples.ts";

const app = "node";
const buildSeconds = 8;
const deadlineMs = 90_000;

/** Counts its own starts: in the log that it prints, and in what it leaves in the artifact. */
function manifest(): string {
  const script = `echo build-started $(date +%s%N); echo ran >> starts.txt; sleep ${buildSeconds}; echo build-ended`;
  return `rollout:\n  strategy: all-at-once\nbuild:\n  command: sh -c '${script}'\n`;
}

export async function restartBuildBench({
  isQuick,
}: {
  readonly isQuick: boolean;
}): Promise<Report> {
  const rounds = isQuick ? 1 : 3;
  await using platform = await openPlatform();
  await using author = await openAuthor();
  await begin(platform, author, { app, files: nodeApp({ mark: "mark-0-" }), mark: "mark-0-" });
  const rows: (readonly string[])[] = [];
  const outcomes: boolean[] = [];
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    for (let round = 1; round <= rounds; round += 1) {
      const seen = await restartDuring({ platform, author }, `${signal} ${round}`, signal);
      outcomes.push(seen.starts === 1 && seen.state === "live");
      rows.push([signal, seen.state, String(seen.starts), `${(seen.tookMs / 1000).toFixed(1)} s`]);
    }
  }
  const kept = outcomes.filter((isKept) => isKept).length;
  return {
    name: "restart-build",
    title: "Restart of the server during a build",
    method:
      `A build that takes ${buildSeconds} s and counts its own starts; the server is stopped 2 s into ` +
      "it, and the supervisor starts it again.",
    columns: ["signal", "the change", "starts of the build", "from push to live"],
    rows,
    notes: [
      judged(
        kept === outcomes.length,
        `the build is not started again (${kept} of ${outcomes.length})`,
      ),
    ],
  };
}

interface Scene {
  readonly platform: Platform;
  readonly author: Author;
}

async function restartDuring(
  { platform, author }: Scene,
  name: string,
  signal: "SIGTERM" | "SIGKILL",
): Promise<{ readonly state: string; readonly starts: number; readonly tookMs: number }> {
  const startedAt = performance.now();
  const files = { ...nodeApp({ mark: `mark-${name}-` }), "tidegate.yaml": manifest() };
  const commit = await author.commit(name, files);
  const pushed = await author.push("tide", "detach");
  if (!pushed.isAccepted) throw new Error(pushed.output);
  await logHas(platform, commit, "build-started");
  await delay(2_000);
  process.kill(await platform.pidOf("server"), signal);
  const state = await finalState(platform, commit);
  const log = await buildLog(platform, commit);
  // Each start prints another time; the same line twice is a log that was read twice.
  const printed = new Set(log.filter((line) => /^build-started \d+$/.test(line))).size;
  const left = await startsLeft(platform, commit);
  return { state, starts: Math.max(printed, left), tookMs: performance.now() - startedAt };
}

async function logHas(platform: Platform, commit: string, text: string): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (performance.now() < deadline) {
    if ((await buildLog(platform, commit)).some((line) => line.startsWith(text))) return;
    await delay(50);
  }
  throw new Error(`the build of ${commit} never said ${text}`);
}

async function buildLog(platform: Platform, commit: string): Promise<readonly string[]> {
  const log = await platform.api("GET", `/changes/${commit}/logs/build`).catch(() => undefined);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the API's own type
  return (log as { lines: readonly string[] } | undefined)?.lines ?? [];
}

interface ChangeView {
  readonly state: string;
  readonly artifact?: { readonly directory?: string };
  readonly stages: readonly { readonly problem?: { readonly message: string } }[];
}

async function changeOf(platform: Platform, commit: string): Promise<ChangeView | undefined> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the API's own type
  return (await platform.api("GET", `/changes/${commit}`).catch(() => undefined)) as
    | ChangeView
    | undefined;
}

async function finalState(platform: Platform, commit: string): Promise<string> {
  const deadline = performance.now() + deadlineMs;
  let state = "unknown";
  while (performance.now() < deadline) {
    const change = await changeOf(platform, commit);
    state = change?.state ?? state;
    if (change !== undefined && state !== "delivering") return state;
    await delay(50);
  }
  return state;
}

/** Lines in the file that the build appends to; the work tree is kept if a build is started again. */
async function startsLeft(platform: Platform, commit: string): Promise<number> {
  const change = await changeOf(platform, commit);
  const directory = change?.artifact?.directory;
  if (directory === undefined) return 0;
  const file = join(platform.dataDir, directory, "starts.txt");
  const text = await readFile(file, "utf8").catch(() => "");
  return text.split("\n").filter((line) => line === "ran").length;
}
