/** The place of an instance's data, before there is one: whether it can be, made step by step, and taken back. */
import { access, constants, mkdir, rm, rmdir, stat } from "node:fs/promises";
import path from "node:path";
import { CommandFailed } from "./command-failed.ts";
import { runDirectory } from "./endpoint.ts";
import { exitCodes } from "./exit-code.ts";

/**
 * Gives the directories that are missing for the data, from the outermost; none where all are there. Rejects with
 * CommandFailed where the data directory cannot be: something else is in its way, or it is not ours to write to.
 */
export async function missingFor(dataDir: string): Promise<readonly string[]> {
  const missing: string[] = [];
  let place = runDirectory(dataDir);
  for (;;) {
    const kind = await kindOf(place);
    if (kind === "none" && path.dirname(place) !== place) {
      missing.unshift(place);
      place = path.dirname(place);
      continue;
    }
    if (kind === "directory") break;
    throw cannotBe(dataDir, kind === "file" ? `${place} is not a directory` : refusedAt(place));
  }
  try {
    await access(place, constants.W_OK | constants.X_OK);
  } catch {
    throw cannotBe(dataDir, refusedAt(place));
  }
  return missing;
}

/**
 * Makes them, private, and gives those that it made: somebody else may have made some since. One by one: `mkdir` for
 * all at once never ends where a file system takes none, as /proc.
 */
export async function makeAll(
  dataDir: string,
  missing: readonly string[],
): Promise<readonly string[]> {
  const made: string[] = [];
  for (const directory of missing) {
    try {
      await mkdir(directory, { mode: 0o700 });
      made.push(directory);
    } catch (error) {
      if (codeOf(error) === "EEXIST") continue;
      throw cannotBe(dataDir, refusedAt(path.dirname(directory)));
    }
  }
  return made;
}

/** Takes back what was made for a start that was refused; what has come to hold something else stays. */
export async function unmakeAll(dataDir: string, made: readonly string[]): Promise<void> {
  for (const directory of made.toReversed()) {
    if (directory === runDirectory(dataDir)) await rm(directory, { recursive: true, force: true });
    else if (!(await isRemoved(directory))) return;
  }
}

async function isRemoved(directory: string): Promise<boolean> {
  return rmdir(directory).then(
    () => true,
    () => false,
  );
}

async function kindOf(place: string): Promise<"directory" | "file" | "none" | "hidden"> {
  try {
    return (await stat(place)).isDirectory() ? "directory" : "file";
  } catch (error) {
    // Below a file, too, there is nothing: what is in the way is found one step up.
    return ["ENOENT", "ENOTDIR"].includes(codeOf(error)) ? "none" : "hidden";
  }
}

function refusedAt(place: string): string {
  return `no directory can be made in ${place}`;
}

function cannotBe(dataDir: string, why: string): CommandFailed {
  const what = dataDir === why.split(" ")[0] ? "" : `the data directory ${dataDir} cannot be: `;
  return new CommandFailed(`${what}${why}; expected a directory that is yours to write to`, {
    exitCode: exitCodes.usage,
    next: "tidegate up --data DIR with another one",
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
