/**
 * The shelf: takes away what nobody needs, while builds go on beside it.
 *
 * A build that finds something here touches its record and then looks whether it is still there; we set
 * it aside by one rename and then look whether its record was touched. Whoever comes second sees the
 * other: the build makes it anew, or we put it back.
 */
import { mkdir, readdir, readFile, rename, rm, stat, statfs, utimes } from "node:fs/promises";
import { basename, join } from "node:path";
import { appCacheDirectory, digestOf, type Shelf, type ShelfUse } from "#domain";
import {
  appCacheBytesMax,
  artifactUnusedMs,
  leftoverMs,
  stepUnusedMs,
  stepUnusedMsMin,
  stepsBytesMax,
} from "../limits.ts";
import { isErrno, moveInto, remove, treeBytes } from "./copy-tree.ts";
import { artifactDirectory } from "./layout.ts";

export function openShelf({ dataDir }: { readonly dataDir: string }): Shelf {
  const tmp = join(dataDir, "tmp");
  return {
    use: async () => await useOf(dataDir),
    async disk() {
      const { bsize, blocks, bavail } = await statfs(dataDir);
      return { sizeBytes: bsize * blocks, freeBytes: bsize * bavail };
    },
    async holds(artifact) {
      const found = await stat(artifactDirectory(dataDir, artifact)).catch(() => undefined);
      return found?.isDirectory() === true;
    },
    async removeArtifacts(app, now, isNeeded) {
      let count = 0;
      for (const kept of await recordsIn(join(dataDir, "artifacts"))) {
        const isOld = now - kept.usedAt > artifactUnusedMs;
        if (!isOld || (await ownerOf(kept)) !== app) continue;
        const digest = digestOf(basename(kept.directory));
        if (await isNeeded(digest)) continue;
        const isAsked = async (): Promise<boolean> => await isNeeded(digest);
        if (await takeOff(kept, { tmp, now, isNeeded: isAsked })) count += 1;
      }
      return { count };
    },
    async removeUnusedSteps(app, now) {
      const all = await recordsIn(join(dataDir, "cache", "steps", app));
      const newestFirst = all.toSorted((a, b) => b.usedAt - a.usedAt);
      let [count, keptBytes] = [0, 0];
      for (const kept of newestFirst) {
        const unusedMs = now - kept.usedAt;
        keptBytes += await sizeOf(kept);
        const isBeyond = keptBytes > stepsBytesMax && unusedMs > stepUnusedMsMin;
        if (!isBeyond && unusedMs <= stepUnusedMs) continue;
        if (await takeOff(kept, { tmp, now, isNeeded: nobodyElse })) count += 1;
      }
      return { count };
    },
    async removeOutgrownCache(app) {
      const directory = appCacheDirectory(dataDir, app);
      const sizeBytes = await treeBytes(directory).catch(() => 0);
      if (sizeBytes <= appCacheBytesMax) return { count: 0 };
      const aside = await asideIn(tmp, directory);
      await rename(directory, aside);
      await remove(aside);
      return { count: 1 };
    },
    async removeApp(app) {
      for (const kept of await recordsIn(join(dataDir, "artifacts"))) {
        if ((await ownerOf(kept)) !== app) continue;
        await remove(kept.directory);
        await rm(kept.record, { force: true });
      }
      await remove(join(dataDir, "cache", "steps", app));
      await remove(join(dataDir, "work", app));
      await remove(appCacheDirectory(dataDir, app));
    },
    async removeLeftovers(now) {
      const work = await namesIn(join(dataDir, "work"));
      const places = [tmp, join(dataDir, "scratch"), ...work];
      const counts = await Promise.all(
        places.map(async (place) => await removeOlder(place, now - leftoverMs)),
      );
      return { count: counts.reduce((sum, count) => sum + count, 0) };
    },
  };
}

async function useOf(dataDir: string): Promise<readonly ShelfUse[]> {
  const all = new Map<string, { artifacts: Sum; steps: Sum }>();
  const of = (app: string) => {
    const found = all.get(app) ?? { artifacts: noSum(), steps: noSum() };
    all.set(app, found);
    return found;
  };
  for (const kept of await recordsIn(join(dataDir, "artifacts"))) {
    const owner = await ownerOf(kept);
    if (typeof owner === "string") add(of(owner).artifacts, await sizeOf(kept));
  }
  const steps = join(dataDir, "cache", "steps");
  for (const app of await readdir(steps).catch(() => [])) {
    for (const kept of await recordsIn(join(steps, app))) add(of(app).steps, await sizeOf(kept));
  }
  return [...all]
    .map(([app, sums]) => ({ app, ...sums }))
    .toSorted((a, b) => bytes(b) - bytes(a) || (a.app < b.app ? -1 : 1));
}

function bytes({ artifacts, steps }: Omit<ShelfUse, "app">): number {
  return artifacts.sizeBytes + steps.sizeBytes;
}

interface Sum {
  count: number;
  sizeBytes: number;
}
const noSum = (): Sum => ({ count: 0, sizeBytes: 0 });
function add(sum: Sum, sizeBytes: number): void {
  sum.count += 1;
  sum.sizeBytes += sizeBytes;
}

/** A directory with its record `NAME.json` beside it, whose time is that of its last use. */
interface Kept {
  readonly directory: string;
  readonly record: string;
  readonly usedAt: number;
}

/** Says that a record's directory is in use; false when it is being taken away, or is not there. */
export async function touch(directory: string, now: number): Promise<boolean> {
  try {
    await utimes(`${directory}.json`, now / 1000, now / 1000);
    return (await stat(directory)).isDirectory();
  } catch {
    return false;
  }
}

/** Gives whether it is gone: not when somebody took it into use meanwhile. */
async function takeOff(
  kept: Kept,
  {
    tmp,
    now,
    isNeeded,
  }: {
    readonly tmp: string;
    readonly now: number;
    readonly isNeeded: () => Promise<boolean>;
  },
): Promise<boolean> {
  const aside = await asideIn(tmp, kept.directory);
  try {
    await utimes(kept.directory, now / 1000, now / 1000); // aside, it must not look like a leftover
    await rename(kept.directory, aside);
  } catch (cause) {
    if (!isErrno(cause, "ENOENT")) throw cause;
    await rm(kept.record, { force: true }); // we died here before
    return true;
  }
  const used = await stat(kept.record).catch(() => undefined);
  const isUsed = used !== undefined && used.mtimeMs > kept.usedAt;
  if (isUsed || (await isNeeded())) {
    await moveInto(aside, kept.directory);
    return false;
  }
  await rm(kept.record, { force: true });
  await remove(aside);
  return true;
}

const nobodyElse = async (): Promise<boolean> => await Promise.resolve(false);

/** A name of ours beside everything else that is under way; what is left there is a leftover. */
async function asideIn(tmp: string, directory: string): Promise<string> {
  await mkdir(tmp, { recursive: true });
  const aside = join(tmp, `off-${basename(directory)}`);
  await remove(aside);
  return aside;
}

async function recordsIn(place: string): Promise<readonly Kept[]> {
  const names = (await readdir(place).catch(() => [])).filter((name) => name.endsWith(".json"));
  const all = await Promise.all(
    names.map(async (name): Promise<readonly Kept[]> => {
      const record = join(place, name);
      const found = await stat(record).catch(() => undefined);
      const directory = record.slice(0, -".json".length);
      return found === undefined ? [] : [{ directory, record, usedAt: found.mtimeMs }];
    }),
  );
  return all.flat();
}

async function ownerOf({ record }: Kept): Promise<unknown> {
  return (await readRecord(record))["app"];
}

async function sizeOf({ record }: Kept): Promise<number> {
  const { sizeBytes } = await readRecord(record);
  return typeof sizeBytes === "number" ? sizeBytes : 0;
}

async function readRecord(record: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = JSON.parse(await readFile(record, "utf8"));
    return typeof value === "object" && value !== null
      ? Object.fromEntries(Object.entries(value))
      : {};
  } catch {
    return {}; // taken off by another server
  }
}

async function namesIn(place: string): Promise<readonly string[]> {
  return (await readdir(place).catch(() => [])).map((name) => join(place, name));
}

async function removeOlder(place: string, beforeAt: number): Promise<number> {
  let count = 0;
  for (const path of await namesIn(place)) {
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || found.mtimeMs >= beforeAt) continue;
    await remove(path);
    count += 1;
  }
  return count;
}
