/** Letting an app's user reach what it was given, and nothing beside it. */
import { chmodSync, lstatSync } from "node:fs";
import { dirname } from "node:path";

/** Lets others list and enter a directory. */
export function openDirectory(path: string): void {
  const { mode } = lstatSync(path);
  if ((mode & 0o005) !== 0o005) chmodSync(path, (mode & 0o777) | 0o055);
}

/** Lets others pass through (not list) every directory from `top` down to `path`. */
export function openAncestors(path: string, top: string): void {
  for (let at = dirname(path); at.startsWith(top); at = dirname(at)) {
    const { mode } = lstatSync(at);
    if ((mode & 0o001) === 0) chmodSync(at, (mode & 0o777) | 0o001);
  }
}
