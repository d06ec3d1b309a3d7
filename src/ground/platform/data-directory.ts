/** Where Tidegate keeps everything, from the environment. Pure, given the user. */
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

export interface User {
  readonly uid: number | undefined;
  readonly home: string;
  readonly cwd: string;
}

/**
 * Gives the absolute data directory: TIDEGATE_DATA; else /var/lib/tidegate for root; else
 * XDG_DATA_HOME/tidegate; else ~/.local/share/tidegate.
 */
export function dataDirectory(
  env: Readonly<Record<string, string | undefined>>,
  user: User = { uid: process.getuid?.(), home: homedir(), cwd: process.cwd() },
): string {
  const named = env["TIDEGATE_DATA"];
  if (named !== undefined && named !== "") return resolve(user.cwd, named);
  if (user.uid === 0) return "/var/lib/tidegate";
  const xdg = env["XDG_DATA_HOME"];
  // The XDG specification says to ignore a relative path.
  const base = xdg !== undefined && isAbsolute(xdg) ? xdg : join(user.home, ".local", "share");
  return join(base, "tidegate");
}
