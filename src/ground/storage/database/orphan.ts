/**
 * A postgres that a killed supervisor left behind: it goes on, adopted by init, and holds the data
 * directory. postmaster.pid names it; that the process is really the one is seen by its working
 * directory, which is the data directory itself, because pids are used again.
 */
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "#domain";
import { stopTimeoutMs } from "../limits.ts";

/** These waits have their own deadline. */
export const unaborted = new AbortController().signal;

export interface Postmaster {
  readonly pid: number;
  readonly socketDirectory: string;
}

/** The living postmaster of a data directory. A file that names somebody else's process is removed. */
export async function findPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const path = join(cluster, "postmaster.pid");
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const lines = text.split("\n");
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined; // postgres clears it itself
  if (await worksIn(pid, cluster)) return { pid, socketDirectory: lines[4] ?? "" };
  await rm(path, { force: true });
  return undefined;
}

/** Asks it to stop, more firmly each time; every way keeps what was acknowledged. */
export async function stopPostmaster(clock: Clock, pid: number): Promise<void> {
  for (const signal of ["SIGINT", "SIGQUIT", "SIGKILL"] as const) {
    if (!isAlive(pid)) return;
    process.kill(pid, signal);
    const until = clock.now() + stopTimeoutMs;
    // It is not our child: there is no event to wait for.
    while (isAlive(pid) && clock.now() < until) await clock.sleep(20, unaborted);
  }
}

/**
 * Waits for what a killed postmaster's children still do, and ends those that hang: while one lives,
 * another postmaster refuses to start.
 */
export async function outlastChildren(clock: Clock, cluster: string): Promise<void> {
  const until = clock.now() + stopTimeoutMs;
  for (;;) {
    const children = await childrenIn(cluster);
    if (children.length === 0) return;
    if (clock.now() > until) for (const pid of children) process.kill(pid, "SIGKILL");
    await clock.sleep(10, unaborted);
  }
}

async function childrenIn(cluster: string): Promise<readonly number[]> {
  const names = await readdir("/proc").catch(() => []); // not Linux: nothing to see
  const pids = names.map(Number).filter((pid) => pid > 0);
  const works = await Promise.all(pids.map((pid) => worksIn(pid, cluster)));
  return pids.filter((_, index) => works[index]);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Compares the directories themselves: in its mount namespace the path is another. */
async function worksIn(pid: number, cluster: string): Promise<boolean> {
  if (process.platform !== "linux") return true; // no /proc to ask; postgres refuses on its own
  try {
    const [its, ours] = await Promise.all([stat(`/proc/${pid}/cwd`), stat(cluster)]);
    return its.ino === ours.ino && its.dev === ours.dev;
  } catch {
    return false; // gone in between, or not ours to look at
  }
}
