/**
 * The way back: until the first answer of the restored release, warm (its processes still run) and cold
 * (they have to be started). Asked of the API; once more through the command line, whose own start is
 * part of what a person waits for.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { nodeApp } from "./kit/apps.ts";
import { type Author, openAuthor } from "./kit/author.ts";
import { openPlatform, type Platform } from "./kit/platform.ts";
import type { Report } from "./kit/report.ts";
import { judged, median, spread } from "./kit/samples.ts";
import { begin } from "./kit/begin.ts";
import { firstAnswerWith, openVisitor, type Visitor } from "./kit/visitor.ts";

const run = promisify(execFile);
const bars = { warmMs: 150, coldMs: 700 };
const app = "node";

export async function rollbackBench({ isQuick }: { readonly isQuick: boolean }): Promise<Report> {
  const count = isQuick ? 5 : 31;
  await using platform = await openPlatform();
  await using author = await openAuthor();
  await begin(platform, author, { app, files: nodeApp({ mark: "mark-0-" }), mark: "mark-0-" });
  using visitor = openVisitor(`${app}.localhost`, platform.edgePort);
  const scene = { platform, author, visitor };
  const ask = async (to: number): Promise<void> => {
    await platform.api("POST", `/apps/${app}/rollback`, { to });
  };
  const series = [
    ["warm, through the API", await measure(scene, { count, steps: 1, ask })],
    ["cold, through the API", await measure(scene, { count, steps: 2, ask })],
    [
      "warm, through the command line",
      await measure(scene, { count: Math.ceil(count / 3), steps: 1, ask: commandLine(platform) }),
    ],
  ] as const;
  return {
    name: "rollback",
    title: "Rollback",
    method:
      "From the request to the first answer of the restored release through the edge, looked for " +
      "every 5 ms. Warm: the release before the live one. Cold: the one before that, whose " +
      "processes have been stopped. A Node app without build.",
    columns: ["what", "p50", "p95", "n", "bar"],
    rows: series.map(([name, valuesMs], index) => [
      name,
      ...spread(valuesMs),
      index === 0
        ? judged(median(valuesMs) <= bars.warmMs, "p50 <= 0.15 s")
        : index === 1
          ? judged(median(valuesMs) <= bars.coldMs, "p50 <= 0.7 s")
          : "",
    ]),
    notes: [],
  };
}

interface Scene {
  readonly platform: Platform;
  readonly author: Author;
  readonly visitor: Visitor;
}

interface Way {
  readonly count: number;
  /** How many releases to go back: one is warm, two is cold. */
  readonly steps: number;
  readonly ask: (to: number) => Promise<void>;
}

interface Numbered {
  readonly number: number;
  readonly state: string;
}

let serial = 0;

async function measure(scene: Scene, { count, steps, ask }: Way): Promise<readonly number[]> {
  const tookMs: number[] = [];
  for (let round = 0; round < count; round += 1) {
    const marks: string[] = [];
    for (let release = 0; release <= steps; release += 1) {
      serial += 1;
      marks.push(`mark-${serial}-`);
      await deliver(scene, `mark-${serial}-`);
    }
    const target = await releaseBack(scene.platform, steps);
    await isIn(scene.platform, target, steps === 1 ? "warm" : "stopped");
    const startedAt = performance.now();
    const asked = ask(target);
    tookMs.push(await firstAnswerWith(marks[0] ?? "", scene.visitor, { startedAt }));
    await asked;
  }
  return tookMs;
}

async function deliver({ author, visitor }: Scene, mark: string): Promise<void> {
  await author.commit(mark, nodeApp({ mark }));
  const { isAccepted, output } = await author.push("tide", "wait");
  if (!isAccepted) throw new Error(output);
  await firstAnswerWith(mark, visitor, { startedAt: performance.now() });
}

async function releases(platform: Platform): Promise<readonly Numbered[]> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the API's own type
  const page = (await platform.api("GET", `/apps/${app}/releases?limit=10`)) as {
    releases: readonly Numbered[];
  };
  return page.releases;
}

async function releaseBack(platform: Platform, steps: number): Promise<number> {
  return (await releases(platform))[steps]?.number ?? Number.NaN;
}

/** Waits until the release is what the measurement says it is: cooling goes on after a push ends. */
async function isIn(platform: Platform, number: number, state: string): Promise<void> {
  const deadline = performance.now() + 15_000;
  let found: string | undefined;
  while (performance.now() < deadline) {
    found = (await releases(platform)).find((release) => release.number === number)?.state;
    if (found === state) return;
  }
  throw new Error(`v${number} is ${found ?? "gone"}; expected ${state}`);
}

function commandLine(platform: Platform): (to: number) => Promise<void> {
  const program = fileURLToPath(new URL("../bin/tidegate", import.meta.url));
  const env = { ...process.env, TIDEGATE_DATA: platform.dataDir };
  return async (to) => {
    await run(program, ["release", "rollback", `v${to}`, "--app", app], { env });
  };
}
