/**
 * The processes that belong to a data directory, found the way an operator would: by what they were
 * started with, and for those in a sandbox by what is mounted there.
 */
import { readdir, readFile, readlink } from "node:fs/promises";
import path from "node:path";

export type Role = "supervisor" | "server" | "edge" | "postgres" | "other";

export interface Found {
  readonly pid: number;
  readonly role: Role;
  readonly argv: readonly string[];
}

/** Lists them; `dataDir` has a name that nothing else on the machine has. */
export async function processesOf(dataDir: string): Promise<readonly Found[]> {
  const name = path.basename(dataDir);
  const pids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => await look(pid, name)));
  return found.filter((one) => one !== undefined);
}

async function look(pid: number, name: string): Promise<Found | undefined> {
  if (pid === process.pid) return undefined;
  const argv = (await proc(pid, "cmdline")).split("\0").slice(0, -1);
  if (argv.length === 0) return undefined; // the kernel's own, and those that have ended
  const isOurs =
    argv.some((word) => word.includes(name)) ||
    (await readlink(`/proc/${pid}/cwd`).catch(() => "")).includes(name) ||
    (await proc(pid, "mountinfo")).includes(name);
  return isOurs ? { pid, role: roleOf(argv), argv } : undefined;
}

function roleOf(argv: readonly string[]): Role {
  const main = argv.findIndex((word) => /\/main\.[jt]s$/.test(word));
  const word = argv[main + 1];
  if (main > 0 && (word === "supervisor" || word === "server" || word === "edge")) return word;
  return /(?:^|\/)postgres$/.test(argv[0] ?? "") ? "postgres" : "other";
}

async function proc(pid: number, file: string): Promise<string> {
  // It may have ended in the meantime.
  return await readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
}
