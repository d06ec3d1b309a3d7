/**
 * Two hundred people watch everything while changes are delivered: what their open streams cost the server,
 * and whether each of them gets each entry once.
 */
import { readFile } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { nodeApp } from "./kit/apps.ts";
import { type Author, openAuthor } from "./kit/author.ts";
import { begin } from "./kit/begin.ts";
import { openPlatform, type Platform } from "./kit/platform.ts";
import type { Report } from "./kit/report.ts";
import { judged, quantile } from "./kit/samples.ts";

const app = "node";
const followersCount = 200;
const cpuMaxPercent = 30;
const growthMaxMb = 50;
/** Linux counts a process's time in these, and always has. */
const ticksPerSecond = 100;
const settleMs = 5_000;
/** A delivery a second is a busy day for hundreds of people; without a pause it is a machine at its limit. */
const paceMs = 1_000;
const caughtUpMs = 10_000;

export async function streamsBench({ isQuick }: { readonly isQuick: boolean }): Promise<Report> {
  const count = isQuick ? 6 : 20;
  await using platform = await openPlatform();
  await using author = await openAuthor();
  await begin(platform, author, { app, files: nodeApp({ mark: "mark-0-" }), mark: "mark-0-" });
  // Once before, so that what grows with the first deliveries is not put down to the followers.
  await deliver(author, { from: 1, count });
  await delay(settleMs);
  const alone = await measured(platform, () => deliver(author, { from: count + 1, count }));
  await delay(settleMs);
  const followers = await Promise.all(
    Array.from({ length: followersCount }, () => follow(platform)),
  );
  await delay(settleMs);
  const start = await journalEnd(platform);
  const watched = await measured(platform, () => deliver(author, { from: 2 * count + 1, count }));
  const paced = await measured(platform, () =>
    deliver(author, { from: 3 * count + 1, count, everyMs: paceMs }),
  );
  const end = await journalEnd(platform);
  await caughtUp(followers, end);
  const complete = followers.filter(({ ids }) => isEach(ids(), start, end)).length;
  const lagMs = followers.flatMap(({ lagsMs }) => lagsMs());
  for (const { close } of followers) close();
  return {
    name: "streams",
    title: "Open event streams during deliveries",
    method:
      `${followersCount} connections follow \`GET /api/v1/events\` while ${count} changes are delivered one ` +
      "after the other (`git push -o wait`, policy all-at-once, nobody visits): without a pause, and one a second. CPU " +
      "and resident memory are the server's own, from /proc, over those deliveries; they are compared with as many " +
      "deliveries before, without followers. How late an entry comes is measured by its own time.",
    columns: [
      "what",
      "no followers, no pause",
      `${followersCount} followers, no pause`,
      `${followersCount} followers, one a second`,
      "bar",
    ],
    rows: [
      [
        "server CPU, share of one core",
        percent(alone.cpuPercent),
        percent(watched.cpuPercent),
        percent(paced.cpuPercent),
        `<= ${cpuMaxPercent} %: ${verdictOf(watched)} without a pause, ${verdictOf(paced)} at one a second`,
      ],
      [
        "server CPU per delivery",
        ...[alone, watched, paced].map(({ cpuMs }) => seconds(cpuMs / count)),
        "",
      ],
      [
        "time per delivery",
        ...[alone, watched, paced].map(({ tookMs }) => seconds(tookMs / count)),
        "",
      ],
      [
        "server memory, most above its beginning",
        ...[alone, watched, paced].map(({ growthMb }) => mb(growthMb)),
        judged(Math.max(watched.growthMb, paced.growthMb) <= growthMaxMb, `<= ${growthMaxMb} MB`),
      ],
      [
        "followers who got each entry once",
        "",
        "",
        `${complete} of ${followersCount}`,
        judged(complete === followersCount, "all"),
      ],
      ["entries", "", "", String(end - start), ""],
      [
        "entry to follower p50 / p95",
        "",
        "",
        `${quantile(lagMs, 0.5).toFixed(0)} / ${quantile(lagMs, 0.95).toFixed(0)} ms`,
        "",
      ],
    ],
    notes: [],
  };
}

async function deliver(
  author: Author,
  {
    from,
    count,
    everyMs = 0,
  }: { readonly from: number; readonly count: number; readonly everyMs?: number },
): Promise<void> {
  for (let round = from; round < from + count; round += 1) {
    const turn = delay(everyMs);
    await author.commit(`Change ${round}`, nodeApp({ mark: `mark-${round}-` }));
    const { isAccepted, output } = await author.push("tide", "wait");
    if (!isAccepted) throw new Error(output);
    await turn;
  }
}

function verdictOf({ cpuPercent }: Measured): string {
  return cpuPercent <= cpuMaxPercent ? "met" : "**missed**";
}

interface Measured {
  readonly cpuMs: number;
  readonly cpuPercent: number;
  readonly tookMs: number;
  readonly growthMb: number;
}

async function measured(platform: Platform, work: () => Promise<void>): Promise<Measured> {
  const pid = await platform.pidOf("server");
  const over = new AbortController();
  const [cpuBefore, rssBefore, startedAt] = [
    await cpuMsOf(pid),
    await rssMbOf(pid),
    performance.now(),
  ];
  let rssMax = rssBefore;
  const watching = (async () => {
    while (!over.signal.aborted) {
      rssMax = Math.max(rssMax, await rssMbOf(pid));
      await delay(200);
    }
  })();
  await work();
  const [cpuMs, tookMs] = [(await cpuMsOf(pid)) - cpuBefore, performance.now() - startedAt];
  over.abort();
  await watching;
  return { cpuMs, tookMs, cpuPercent: (cpuMs / tookMs) * 100, growthMb: rssMax - rssBefore };
}

async function cpuMsOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
}

async function rssMbOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) / 1024;
}

interface Follower {
  readonly ids: () => readonly number[];
  readonly lagsMs: () => readonly number[];
  readonly close: () => void;
}

/** Resolves when the stream has said where it begins. */
async function follow({ port, token }: Platform): Promise<Follower> {
  const asked = request({
    host: "127.0.0.1",
    port,
    path: "/api/v1/events",
    headers: { authorization: `Bearer ${token}` },
    agent: false,
  });
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    asked.once("response", resolve).once("error", reject).end(),
  );
  if (response.statusCode !== 200) throw new Error(`no stream: ${response.statusCode}`);
  const [ids, lagsMs]: [number[], number[]] = [[], []];
  const begun = Promise.withResolvers<void>();
  let rest = "";
  response.setEncoding("utf8").on("error", () => undefined);
  response.on("data", (chunk: string) => {
    const frames = `${rest}${chunk}`.split("\n\n");
    rest = frames.pop() ?? "";
    for (const frame of frames) {
      const [, id, name] = /^id: (\d+)\nevent: (\w+)$/m.exec(frame) ?? [];
      if (name === "place") begun.resolve();
      if (name !== "entry") continue;
      ids.push(Number(id));
      lagsMs.push(Date.now() - Number(/"at":(\d+)/.exec(frame)?.[1]));
    }
  });
  await begun.promise;
  return { ids: () => ids, lagsMs: () => lagsMs, close: () => asked.destroy() };
}

async function caughtUp(followers: readonly Follower[], end: number): Promise<void> {
  const deadline = performance.now() + caughtUpMs;
  const isBehind = ({ ids }: Follower): boolean => (ids().at(-1) ?? 0) < end;
  while (followers.some(isBehind) && performance.now() < deadline) await delay(50);
}

function isEach(ids: readonly number[], after: number, end: number): boolean {
  const counted = ids.filter((id) => id > after && id <= end);
  return counted.length === end - after && counted.every((id, index) => id === after + index + 1);
}

async function journalEnd(platform: Platform): Promise<number> {
  const status = await platform.api("GET", "/status");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the contract's StatusResource
  return (status as { readonly journalEntries: number }).journalEntries;
}

const percent = (value: number): string => `${value.toFixed(1)} %`;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const mb = (value: number): string => `${Math.round(value)} MB`;
