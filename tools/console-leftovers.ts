/** What a build of the console that was killed has left behind. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** Each build makes its files in a folder that carries its pid, and moves the old ones beside it for a moment. */
const ofBuild = /^\.console-(\d+)(?:-old)?$/;

/** Where a build with this pid makes its files. */
export function buildFolder(directory: string, pid: number): string {
  return join(directory, `.console-${pid}`);
}

/** Removes from `directory` the folders of builds that run no more; one that is not there has none. */
export async function removeLeftovers(
  directory: string,
  isRunning: (pid: number) => boolean,
): Promise<void> {
  for (const name of await readdir(directory).catch(() => [])) {
    const pid = ofBuild.exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    await rm(join(directory, name), { recursive: true, force: true });
  }
}
