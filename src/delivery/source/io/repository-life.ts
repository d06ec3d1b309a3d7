/** How a repository comes and goes: whole or absent, and from the trash it can be taken back. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { AppName } from "#domain";
import { looseObjectsMax, packMsMax, trashMs } from "../limits.ts";
import { type GitPlaces, repositoryOf, runGit } from "./git.ts";

/** Made aside and renamed, so a repository is whole or absent. Existing ones are left as they are. */
export async function createRepository(
  places: GitPlaces,
  env: Readonly<Record<string, string>>,
  app: AppName,
): Promise<void> {
  const directory = repositoryOf(places, app);
  const existing = await stat(directory).catch(() => undefined);
  if (existing !== undefined) return;
  const aside = await mkdtemp(join(places.root, ".new-"));
  try {
    const argv = ["init", "--quiet", "--bare", "--template=", "--initial-branch=main"];
    await runGit({ ...env, GIT_DIR: aside }, argv);
    await mkdir(join(aside, "info"), { recursive: true });
    await writeFile(join(aside, "description"), `${app}, served by Tidegate\n`);
    await rename(aside, directory);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

/**
 * Empties the trash of what is old, and packs when more objects lie loose than git itself would bear.
 * What nothing leads to goes two weeks later, so that a push under way keeps what it has brought.
 */
export async function maintainRepository(
  places: GitPlaces,
  env: Readonly<Record<string, string>>,
  now: number,
): Promise<void> {
  await emptyTrash(places, now);
  const settings = [`gc.auto=${looseObjectsMax}`, "gc.autoDetach=false", "gc.autoPackLimit=20"];
  const argv = [...settings.flatMap((one) => ["-c", one]), "gc", "--auto", "--quiet"];
  await promisify(execFile)("git", argv, { env, cwd: env["HOME"], timeout: packMsMax });
}

/** What is older than `trashMs` goes. */
async function emptyTrash(places: GitPlaces, now: number): Promise<void> {
  await mkdir(places.trash, { recursive: true });
  for (const name of await readdir(places.trash)) {
    const deletedAt = Number(/^[a-z0-9-]+\.(\d+)\.git$/.exec(name)?.[1] ?? now);
    if (now - deletedAt < trashMs) continue;
    await rm(join(places.trash, name), { recursive: true, force: true });
  }
}

/** Kept for `trashMs`. */
export async function moveToTrash(places: GitPlaces, app: AppName, now: number): Promise<void> {
  await emptyTrash(places, now);
  await rename(repositoryOf(places, app), join(places.trash, `${app}.${now}.git`)).catch(
    (cause: unknown) => {
      const isGone = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
      if (!isGone) throw cause;
    },
  );
}
