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
  readonly directory: string;
  readonly endedAt: number;
}

/**
 * Removes the oldest beyond the bounds, and gives how many. Beyond the size, what ended lately stays for
 * `jobQuietMs`: a delivery that is taken up again finds what its steps left.
 */
export function pruneFinished(top: string, now: number, bounds: Bounds): number {
  let [count, keptBytes] = [0, 0];
  const newestFirst = endedIn(top, bounds).toSorted((a, b) => b.endedAt - a.endedAt);
  for (const [index, { directory, endedAt }] of newestFirst.entries()) {
    keptBytes += bytesIn(directory);
    const isBeyond = keptBytes > bounds.bytesMax && now - endedAt > jobQuietMs;
    if (!isBeyond && index < bounds.countMax) continue;
    rmSync(directory, { recursive: true, force: true });
    count += 1;
  }
  return count;
}

function endedIn(top: string, { endFile, toldFiles }: Bounds): readonly Ended[] {
  return readdirSync(top).flatMap((name) => {
    const directory = join(top, name);
    const end = statSync(join(directory, endFile), { throwIfNoEntry: false });
    const isTold = toldFiles?.some((file) => existsSync(join(directory, file))) ?? true;
    return end === undefined || !isTold ? [] : [{ directory, endedAt: end.mtimeMs }];
  });
}

/** Of the files in it: logs, and what is written down. A job's work is elsewhere. */
function bytesIn(directory: string): number {
  return readdirSync(directory)
    .map((name) => statSync(join(directory, name), { throwIfNoEntry: false }))
    .reduce((sum, found) => sum + (found?.isFile() === true ? found.size : 0), 0);
}
