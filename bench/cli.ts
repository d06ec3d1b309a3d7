/** How long a person waits for the first line of a command, against a Node that does nothing. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { nodeApp } from "./kit/apps.ts";
import { openAuthor } from "./kit/author.ts";
import { begin } from "./kit/begin.ts";
import { openPlatform } from "./kit/platform.ts";
import type { Report } from "./kit/report.ts";
import { judged, median, spread } from "./kit/samples.ts";

const barMs = 150;
const samplesFull = 31;
const samplesQuick = 7;
/** Turns that are thrown away: the first ones fill the compile cache. */
const warmUps = 2;

const tidegate = fileURLToPath(new URL("../bin/tidegate", import.meta.url));

type Argv = readonly [string, ...string[]];

const floor: readonly [string, Argv] = [
  "Node that prints a word",
  [process.execPath, "-e", 'console.log("x")'],
];
const commands: readonly (readonly [string, Argv])[] = [
  ["tidegate --version", [tidegate, "--version"]],
  ["tidegate help rollout", [tidegate, "help", "rollout"]],
  ["tidegate app list", [tidegate, "app", "list"]],
  ["tidegate change show", [tidegate, "change", "show", "--app", "node"]],
  ["tidegate rollout show", [tidegate, "rollout", "show", "node"]],
  ["tidegate status", [tidegate, "status"]],
  ["completion of an app's name", [tidegate, "__complete", "--", "app", "show", ""]],
];

export async function cliBench({ isQuick }: { readonly isQuick: boolean }): Promise<Report> {
  await using platform = await openPlatform();
  await using author = await openAuthor();
  await begin(platform, author, {
    app: "node",
    files: nodeApp({ mark: "mark-0" }),
    mark: "mark-0",
  });
  const env = { ...process.env, TIDEGATE_DATA: platform.dataDir };
  const all = [floor, ...commands];
  const samples = new Map<string, number[]>(all.map(([name]) => [name, []]));
  const turns = (isQuick ? samplesQuick : samplesFull) + warmUps;
  for (let turn = 0; turn < turns; turn += 1) {
    for (const [name, argv] of all) {
      const tookMs = await firstOutputMs(argv, env);
      if (turn >= warmUps) samples.get(name)?.push(tookMs);
    }
  }
  const slowest = Math.max(...commands.map(([name]) => median(samples.get(name) ?? [])));
  return {
    name: "cli",
    title: "The command line, to its first output",
    method:
      "From starting the process to the first byte it prints, warm, in a pipe; commands take turns. " +
      "Those that ask the instance have their answer by then.",
    columns: ["what", "p50", "p95", "n"],
    rows: all.map(([name]) => [name, ...spread(samples.get(name) ?? [])]),
    notes: [judged(slowest <= barMs, `p50 <= ${barMs} ms, each of them`)],
  };
}

async function firstOutputMs([file, ...argv]: Argv, env: NodeJS.ProcessEnv): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(file, argv, { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code));
  });
  const first = new Promise<number>((resolve) => {
    child.stdout.once("data", () => resolve(performance.now() - startedAt));
  });
  child.stderr.resume();
  const code = await ended;
  if (code !== 0) throw new Error(`${file} ${argv.join(" ")} ended with ${code}`);
  return first;
}
