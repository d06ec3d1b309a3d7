/** Which logs of changes go: the old, and the oldest of too many. */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Removed } from "#domain";
import { changeLogKeptMs, changeLogQuietMs, changeLogsBytesMax } from "./limits.ts";

interface KeptLogs {
  readonly directory: string;
  readonly writtenAt: number;
  readonly sizeBytes: number;
}

export async function removeOldLogs(place: string, now: number): Promise<Removed> {
  const names = await readdir(place).catch(() => []);
  const all: KeptLogs[] = [];
  for (const name of names) all.push(await logsIn(join(place, name)));
  let [count, keptBytes] = [0, 0];
  for (const logs of all.toSorted((a, b) => b.writtenAt - a.writtenAt)) {
    const quietMs = now - logs.writtenAt;
    keptBytes += logs.sizeBytes;
    const isBeyond = keptBytes > changeLogsBytesMax && quietMs > changeLogQuietMs;
    if (!isBeyond && quietMs <= changeLogKeptMs) continue;
    await rm(logs.directory, { recursive: true, force: true });
    count += 1;
  }
  return { count };
}

async function logsIn(directory: string): Promise<KeptLogs> {
  const names = await readdir(directory).catch(() => []);
  const found = await Promise.all(
    [directory, ...names.map((name) => join(directory, name))].map(
      async (path) => await stat(path).catch(() => undefined),
    ),
  );
  const known = found.filter((one) => one !== undefined);
  return {
    directory,
    writtenAt: Math.max(0, ...known.map(({ mtimeMs }) => mtimeMs)),
    sizeBytes: known.filter((one) => one.isFile()).reduce((sum, { size }) => sum + size, 0),
  };
}
