/** Where Tidegate keeps its data when nobody says otherwise: the platform's usual place. */
import { userInfo } from "node:os";
import path from "node:path";

type Env = Readonly<Record<string, string | undefined>>;

export interface Person {
  readonly isRoot: boolean;
  readonly cwd: string;
}

/** Gives the data directory: TIDEGATE_DATA, else root's own place, else the user's. Absolute. */
export function dataDirectory(env: Env, { isRoot, cwd }: Person): string {
  const named = env["TIDEGATE_DATA"];
  if (named !== undefined && named !== "") return path.resolve(cwd, named);
  if (isRoot) return "/var/lib/tidegate";
  const shared = env["XDG_DATA_HOME"];
  // The specification says to ignore a relative path.
  if (shared !== undefined && path.isAbsolute(shared)) return path.join(shared, "tidegate");
  return path.join(home(env), ".local", "share", "tidegate");
}

/** Gives the user's directory for settings, for what belongs to no local instance. */
export function configDirectory(env: Env): string {
  const shared = env["XDG_CONFIG_HOME"];
  if (shared !== undefined && path.isAbsolute(shared)) return path.join(shared, "tidegate");
  return path.join(home(env), ".config", "tidegate");
}

/** HOME, else what the system's accounts say: an empty or relative one would put the data wherever we stand. */
export function home(env: Env): string {
  const named = env["HOME"];
  return named !== undefined && path.isAbsolute(named) ? named : userInfo().homedir;
}
