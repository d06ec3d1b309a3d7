/** What the platform holds when it has delivered once and nothing happens any more. */
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { nodeApp } from "./kit/apps.ts";
import { openAuthor } from "./kit/author.ts";
import { begin } from "./kit/begin.ts";
import { openPlatform, type Platform } from "./kit/platform.ts";
import type { Report } from "./kit/report.ts";
import { judged } from "./kit/samples.ts";

const barMb = 250;
/** Long enough for what a delivery leaves to be collected, and for idle connections to close. */
const settleMs = 20_000;
const quickMs = 2_000;

export async function memoryBench({ isQuick }: { readonly isQuick: boolean }): Promise<Report> {
  await using platform = await openPlatform();
  const fresh = await memory(platform);
  await using author = await openAuthor();
  await begin(platform, author, {
    app: "node",
    files: nodeApp({ mark: "mark-0" }),
    mark: "mark-0",
  });
  const quietMs = isQuick ? quickMs : settleMs;
  await delay(quietMs);
  const idle = await memory(platform);
  const ours = idle.filter(({ name }) => name !== "postgres");
  const sum = (field: "rssMb" | "pssMb"): number =>
    ours.reduce((total, part) => total + part[field], 0);
  return {
    name: "memory",
    title: "Idle resident memory",
    method:
      `After the first delivery and ${quietMs / 1000} s of quiet, from /proc. PSS counts what ` +
      "processes share (Node's own program, above all) once; RSS counts it for each.",
    columns: ["process", "RSS", "PSS", "PSS before the first delivery"],
    rows: [
      ...idle.map(({ name, rssMb, pssMb }) => [
        name,
        mb(rssMb),
        mb(pssMb),
        mb(fresh.find((part) => part.name === name)?.pssMb ?? Number.NaN),
      ]),
      ["**server + edge + supervisor**", mb(sum("rssMb")), mb(sum("pssMb")), ""],
    ],
    notes: [
      judged(sum("rssMb") <= barMb, `RSS <= ${barMb} MB`),
      judged(sum("pssMb") <= barMb, `PSS <= ${barMb} MB`),
    ],
  };
}

function mb(value: number): string {
  return `${Math.round(value)} MB`;
}

interface Part {
  readonly name: string;
  readonly rssMb: number;
  readonly pssMb: number;
}

async function memory(platform: Platform): Promise<readonly Part[]> {
  const pids = [
    ["supervisor", platform.supervisor().pid ?? 0],
    ["server", await platform.pidOf("server")],
    ["edge", await platform.pidOf("edge-0")],
  ] as const;
  const parts = await Promise.all(
    pids.map(async ([name, pid]) => ({ name, ...(await residentMb(pid)) })),
  );
  const database = await Promise.all((await postgresPids(platform)).map(residentMb));
  return [
    ...parts,
    {
      name: "postgres",
      rssMb: database.reduce((total, { rssMb }) => total + rssMb, 0),
      pssMb: database.reduce((total, { pssMb }) => total + pssMb, 0),
    },
  ];
}

async function residentMb(pid: number): Promise<Omit<Part, "name">> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  const of = (field: string): number =>
    Number(new RegExp(`^${field}: +(\\d+) kB`, "m").exec(text)?.[1] ?? 0) / 1024;
  return { rssMb: of("Rss"), pssMb: of("Pss") };
}

async function postgresPids({ dataDir }: Platform): Promise<readonly number[]> {
  const text = await readFile(`${dataDir}/postgres/data/postmaster.pid`, "utf8").catch(() => "");
  const postmaster = Number(text.split("\n", 1)[0]);
  const all = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = await Promise.all(all.map(async (pid) => [pid, await parentOf(pid)] as const));
  return parents
    .filter(([pid, parent]) => pid === postmaster || parent === postmaster)
    .map(([pid]) => pid);
}

async function parentOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[1]);
}
