/**
 * Where the build stage keeps things, below the data directory:
 *
 *   cache/apps/APP/          what package managers fetched; steps of this app write it
 *   cache/steps/APP/KEY/     what a step left, whole; named by the step's key, never changed
 *   work/APP/KEY/            a step under way: `attempt`, and `tree`, the work tree
 *   artifacts/DIGEST/        sealed artifacts; beside each `DIGEST.json`, written before it
 *   tmp/                     what is being put together; a rename makes it one of the above
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { appCacheDirectory, type AppName, type Digest } from "#domain";

export interface Layout {
  readonly caches: string;
  readonly tmp: string;
  step(key: Digest): string;
  work(key: Digest): string;
}

export async function openLayout(dataDir: string, app: AppName): Promise<Layout> {
  const steps = join(dataDir, "cache", "steps", app);
  const work = join(dataDir, "work", app);
  const tmp = join(dataDir, "tmp");
  const caches = appCacheDirectory(dataDir, app);
  const all = [caches, steps, work, tmp, join(dataDir, "artifacts")];
  await Promise.all(all.map(async (directory) => await mkdir(directory, { recursive: true })));
  return {
    caches,
    tmp,
    step: (key) => join(steps, hexOf(key)),
    work: (key) => join(work, hexOf(key)),
  };
}

export function artifactDirectory(dataDir: string, digest: Digest): string {
  return join(dataDir, "artifacts", hexOf(digest));
}

export function hexOf(digest: Digest): string {
  return digest.slice("sha256:".length);
}
