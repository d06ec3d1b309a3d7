/**
 * kill -9 of any of the platform's own processes at random moments of deliveries, under load.
 *
 * What must hold afterwards: every acknowledged push has come to a final state, the journal's chain is
 * whole and tells of every effect once, users were served throughout (but for the connections that a
 * killed edge held), and no process is left that nobody wants.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { nodeApp } from "./kit/apps.ts";
import { type Author, openAuthor } from "./kit/author.ts";
import { begin } from "./kit/begin.ts";
import { type Failure, openCrowd } from "./kit/crowd.ts";
import { type Entry, journalOf, type Release, releasesOf } from "./kit/journal.ts";
import { openPlatform, type Platform } from "./kit/platform.ts";
import type { Report } from "./kit/report.ts";
import { judged, median, milliseconds } from "./kit/samples.ts";

const app = "node";
const perSecond = 50;
const users = 20;
const victims = ["server", "edge", "postgres", "supervisor"] as const;
type Victim = (typeof victims)[number];
/** A delivery takes about this long: the moment of the kill is anywhere in it. */
const momentMsMax = 1_200;
const recoveryMsMax = 60_000;
/** A killed edge is back, and its clients have seen their connections break, within this time. */
const edgeAwayMs = 5_000;
/** The live release and a warm one before it. */
const runningMax = 2;
const settleMsMax = 15_000;

interface Killing {
  readonly victim: Victim;
  readonly at: number;
  readonly isAcknowledged: boolean;
  readonly state: string;
  readonly recoveredMs: number;
}

export async function killBench({ isQuick }: { readonly isQuick: boolean }): Promise<Report> {
  const count = isQuick ? 10 : 50;
  await using platform = await openPlatform();
  await using author = await openAuthor();
  await begin(platform, author, { app, files: nodeApp({ mark: "mark-0-" }), mark: "mark-0-" });
  const crowd = openCrowd({ host: `${app}.localhost`, port: platform.edgePort, users, perSecond });
  const killings: Killing[] = [];
  for (let round = 1; round <= count; round += 1) {
    const victim = victims[(round - 1) % victims.length] ?? "server";
    killings.push(await killDuringPush({ platform, author }, { round, victim }));
  }
  const { failures, requests } = await crowd.stop();
  const edgeKills = killings.filter(({ victim }) => victim === "edge").map(({ at }) => at);
  const unexplained = failures.filter(
    ({ at }) => !edgeKills.some((killedAt) => at >= killedAt && at <= killedAt + edgeAwayMs),
  );
  const faults = await faultsIn(platform, killings);
  return {
    name: "kill",
    title: "kill -9",
    method:
      `${count} times a push is made and, at a random moment of its first ${momentMsMax / 1000} s, one ` +
      `of ${victims.join(", ")} is killed with SIGKILL, in turn; ${perSecond} requests/s by ` +
      `${users} users with keep-alive connections throughout. A push that was cut off is made again.`,
    columns: ["what", "value", "bar"],
    rows: [
      ...victims.map((victim) => recoveryRow(victim, killings)),
      ["pushes acknowledged at the first attempt", acknowledged(killings), ""],
      [
        "changes not in a final state",
        String(unfinished(killings)),
        judged(unfinished(killings) === 0, "0"),
      ],
      ["effects twice, or missing", String(faults.length), judged(faults.length === 0, "0")],
      ["requests", String(requests), ""],
      ["failed while an edge was away", String(failures.length - unexplained.length), ""],
      ["failed otherwise", String(unexplained.length), judged(unexplained.length === 0, "0")],
    ],
    notes: [...faults, ...unexplained.slice(0, 5).map(renderFailure)],
  };
}

function renderFailure({ at, why, body }: Failure): string {
  return `A request failed at ${new Date(at).toISOString()}: ${why} ${body.slice(0, 100).trim()}`;
}

function acknowledged(killings: readonly Killing[]): string {
  return `${killings.filter(({ isAcknowledged }) => isAcknowledged).length} of ${killings.length}`;
}

function unfinished(killings: readonly Killing[]): number {
  return killings.filter(({ state }) => state !== "live").length;
}

function recoveryRow(victim: Victim, killings: readonly Killing[]): readonly string[] {
  const tookMs = killings.filter((one) => one.victim === victim).map((one) => one.recoveredMs);
  const worst = milliseconds(Math.max(...tookMs));
  return [
    `${victim}: ${tookMs.length} kills, from kill to live (p50 / worst)`,
    `${milliseconds(median(tookMs))} / ${worst}`,
    "",
  ];
}

interface Scene {
  readonly platform: Platform;
  readonly author: Author;
}

async function killDuringPush(
  { platform, author }: Scene,
  { round, victim }: { readonly round: number; readonly victim: Victim },
): Promise<Killing> {
  const commit = await author.commit(`Change ${round}`, nodeApp({ mark: `mark-${round}-` }));
  const pushing = author.push("tide");
  await delay(Math.random() * momentMsMax);
  const at = Date.now();
  process.kill(await pidOf(platform, victim), "SIGKILL");
  if (victim === "supervisor") await platform.startAgain();
  const first = await pushing;
  const deadline = at + recoveryMsMax;
  for (let { isAccepted } = first; !isAccepted && Date.now() < deadline; await delay(100)) {
    ({ isAccepted } = await author.push("tide"));
  }
  const state = await finalState(platform, commit, deadline);
  return { victim, at, isAcknowledged: first.isAccepted, state, recoveredMs: Date.now() - at };
}

async function pidOf(platform: Platform, victim: Victim): Promise<number> {
  if (victim === "supervisor") return platform.supervisor().pid ?? 0;
  if (victim === "server") return await platform.pidOf("server");
  if (victim === "edge") return await platform.pidOf("edge-0");
  const file = join(platform.dataDir, "postgres", "data", "postmaster.pid");
  return Number((await readFile(file, "utf8")).split("\n", 1)[0]);
}

async function finalState(platform: Platform, commit: string, deadline: number): Promise<string> {
  let state = "unknown";
  while (Date.now() < deadline) {
    // The API is away for a moment after some kills; that is what the deadline is for.
    const change = await platform.api("GET", `/changes/${commit}`).catch(() => undefined);
    if (change !== undefined) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the API's own type
      ({ state } = change as { state: string });
      if (state !== "delivering") return state;
    }
    await delay(20);
  }
  return state;
}

/** What the journal, the releases and the processes tell that must not be so. */
async function faultsIn(
  platform: Platform,
  killings: readonly Killing[],
): Promise<readonly string[]> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the API's own type
  const chain = (await platform.api("GET", "/journal/verification")) as { brokenAt?: number };
  const entries = await journalOf(platform);
  const releases = await releasesOf(platform, app);
  const numbers = releases.map(({ number }) => number).toSorted((a, b) => a - b);
  const running = await settled(platform);
  const merged = entries.filter(({ type }) => type === "dev.cdevents.change.merged");
  return [
    ...(chain.brokenAt === undefined
      ? []
      : [`The journal's chain is broken at ${chain.brokenAt}.`]),
    ...(merged.length === killings.length + 1
      ? []
      : [`${merged.length} changes of ${killings.length + 1} commits.`]),
    ...onceEach(entries, "dev.cdevents.change.merged", ({ change }) => change),
    ...onceEach(entries, "dev.tidegate.delivery.finished", ({ change }) => change),
    ...onceEach(entries, "dev.cdevents.service.deployed", ({ data }) => data.release),
    ...onceEach(entries, "dev.cdevents.service.published", ({ data }) => data.release),
    ...numbers.flatMap((number, index) =>
      number === index + 1 ? [] : [`Release v${number} is at place ${index + 1}.`],
    ),
    ...tooManyRunning(running),
  ];
}

/** Who still runs when what was left to stop had its time. */
async function settled(platform: Platform): Promise<readonly Release[]> {
  const deadline = Date.now() + settleMsMax;
  for (;;) {
    const releases = await releasesOf(platform, app);
    const running = releases.filter(({ instances }) => instances.length > 0);
    if (running.length <= runningMax || Date.now() > deadline) return running;
    await delay(100);
  }
}

function tooManyRunning(running: readonly Release[]): readonly string[] {
  const states = running.map(({ number, state }) => `v${number} (${state})`).join(", ");
  return running.length <= runningMax ? [] : [`More releases run than should: ${states}.`];
}

function onceEach(
  entries: readonly Entry[],
  type: string,
  keyOf: (entry: Entry) => string | undefined,
): readonly string[] {
  const groups = Map.groupBy(
    entries.filter((entry) => entry.type === type),
    keyOf,
  );
  return [...groups].flatMap(([key, all]) =>
    all.length === 1 ? [] : [`${type} of ${key ?? "nothing"}: ${all.length} times.`],
  );
}
