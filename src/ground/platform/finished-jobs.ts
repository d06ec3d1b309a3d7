/** Which directories of jobs that have ended go: the oldest beyond a count or a size. What runs is never touched. */
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { jobQuietMs } from "./limits.ts";

export interface Bounds {
  /** The file that a job's directory has once it has ended. */
  readonly endFile: string;
  readonly countMax: number;
  readonly bytesMax: number;
  /** Without one of these its end has not been told yet; absent: nobody waits to be told. */
  readonly toldFiles?: readonly string[];
}

interface Ended {
  readonly name: string;
  readonly endedAt: number;
}

export interface Pruned {
  /** Directories that were removed. */
  readonly count: number;
  /** What could not be read or removed, each with the reason: "stp_1: EACCES". It stays as it is. */
  readonly odd: readonly string[];
}

/**
 * Removes the oldest beyond the bounds. Beyond the size, what ended lately stays for `jobQuietMs`: a
 * delivery that is taken up again finds what its steps left. One odd directory keeps no other from going.
 */
export function pruneFinished(top: string, now: number, bounds: Bounds): Pruned {
  const odd: string[] = [];
  const orOdd = <T>(name: string, act: () => T): T | undefined => {
    try {
      return act();
    } catch (error) {
      odd.push(`${name}: ${codeOf(error)}`);
      return undefined;
    }
  };
  const names = orOdd(".", () => readdirSync(top)) ?? [];
  const newestFirst = names
    .flatMap((name) => orOdd(name, () => endedIn(top, name, bounds)) ?? [])
    .toSorted((a, b) => b.endedAt - a.endedAt);
  let [count, keptBytes] = [0, 0];
  for (const [index, { name, endedAt }] of newestFirst.entries()) {
    const directory = join(top, name);
    const bytes = orOdd(name, () => bytesIn(directory));
    if (bytes === undefined) continue;
    keptBytes += bytes;
    const isBeyond = keptBytes > bounds.bytesMax && now - endedAt > jobQuietMs;
    if (!isBeyond && index < bounds.countMax) continue;
    count += orOdd(name, () => removed(directory)) ?? 0;
  }
  return { count, odd };
}

/** A job that has ended, and whose end was told. */
function endedIn(top: string, name: string, { endFile, toldFiles }: Bounds): readonly Ended[] {
  const directory = join(top, name);
  const end = statSync(join(directory, endFile), { throwIfNoEntry: false });
  const isTold = toldFiles?.some((file) => existsSync(join(directory, file))) ?? true;
  return end === undefined || !isTold ? [] : [{ name, endedAt: end.mtimeMs }];
}

function removed(directory: string): 1 {
  rmSync(directory, { recursive: true, force: true });
  return 1;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

/** Of the files in it: logs, and what is written down. A job's work is elsewhere. */
function bytesIn(directory: string): number {
  return readdirSync(directory)
    .map((name) => statSync(join(directory, name), { throwIfNoEntry: false }))
    .reduce((sum, found) => sum + (found?.isFile() === true ? found.size : 0), 0);
}
