/** How a repository comes and goes: whole or absent, and from the trash it can be taken back. */
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type AppName } from "#domain";
import { trashMs } from "../limits.ts";
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

/** Kept for `trashMs`; what is older goes on the way. */
export async function moveToTrash(places: GitPlaces, app: AppName, now: number): Promise<void> {
  await mkdir(places.trash, { recursive: true });
  for (const name of await readdir(places.trash)) {
    const deletedAt = Number(/^[a-z0-9-]+\.(\d+)\.git$/.exec(name)?.[1] ?? now);
    if (now - deletedAt < trashMs) continue;
    await rm(join(places.trash, name), { recursive: true, force: true });
  }
  await rename(repositoryOf(places, app), join(places.trash, `${app}.${now}.git`)).catch(
    (cause: unknown) => {
      const isGone = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
      if (!isGone) throw cause;
    },
  );
}
