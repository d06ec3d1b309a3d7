/**
 * One uid for each app, for ever: what an app's sandbox wrote stays its own, and no other app's.
 * Each uid is a file named for it that holds the app's name; creating it exclusively is the lock, so
 * two servers on one data directory cannot give one uid to two apps.
 */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { err, ok, sha256Hex, type Result } from "#std";
import { uidFirst, uidRanges, uidsPerDataDirMax } from "./limits.ts";

export interface UidsExhausted {
  readonly code: "uids_exhausted";
  readonly allowed: number;
}

/** The uids of one data directory: a range of its own, so that two Tidegates of a machine share none. */
export interface UidRange {
  readonly first: number;
  readonly last: number;
}

export function uidRange(dataDir: string): UidRange {
  const nth = Number.parseInt(sha256Hex(dataDir).slice(0, 8), 16) % uidRanges;
  const first = uidFirst + nth * uidsPerDataDirMax;
  return { first, last: first + uidsPerDataDirMax - 1 };
}

export interface Uids {
  uidOf(app: string): Promise<Result<number, UidsExhausted>>;
}

/** Opens the map kept in `directory`. The last uid of the range is nobody's: the ladder is probed with it. */
export async function openUids(directory: string, range: UidRange): Promise<Uids> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const known = new Map<string, number>();
  let next = range.first;
  const load = async (): Promise<void> => {
    for (const name of await readdir(directory)) {
      const uid = Number(name);
      if (!Number.isInteger(uid)) continue;
      known.set(await readFile(join(directory, name), "utf8"), uid);
      next = Math.max(next, uid + 1);
    }
  };
  const allocate = async (app: string): Promise<Result<number, UidsExhausted>> => {
    await load();
    const found = known.get(app);
    if (found !== undefined) return ok(found);
    for (let uid = next; uid < range.last; uid += 1) {
      try {
        await writeFile(join(directory, String(uid)), app, { flag: "wx" });
        known.set(app, uid);
        next = uid + 1;
        return ok(uid);
      } catch (cause) {
        if (!isExists(cause)) throw cause;
        // Another server took this one meanwhile: try the next.
      }
    }
    return err({ code: "uids_exhausted", allowed: range.last - range.first });
  };
  let queue: Promise<unknown> = Promise.resolve();
  return {
    uidOf(app) {
      const found = known.get(app);
      if (found !== undefined) return Promise.resolve(ok(found));
      const turn = queue.then(() => allocate(app));
      queue = turn.catch(() => undefined); // a failed turn is told to its caller, not to the next one
      return turn;
    },
  };
}

function isExists(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "EEXIST";
}
