/**
 * Where the embedded database keeps what. Its files are below the data directory; its socket must have
 * a short path in a directory that only its own user may enter.
 */
import { chmod, chown, lstat, mkdir, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { err, ok, sha256Hex, type Result } from "#std";
import type { Unavailable } from "#domain";
import { socketDirectoryBytesMax } from "../limits.ts";
import { unavailable } from "./unavailable.ts";

export interface Layout {
  /** PostgreSQL's data directory. */
  readonly cluster: string;
  /** Ours: holds the socket's directory, and the places that a private view is mounted on. */
  readonly runtime: string;
  readonly socket: string;
}

/** Makes `dataDir` and names the rest; as root the runtime directory is in /run, as a user beside the data. */
export async function layOut(dataDir: string, isRoot: boolean): Promise<Layout> {
  await mkdir(join(dataDir, "postgres"), { recursive: true });
  const home = join(await realpath(dataDir), "postgres");
  const cluster = join(home, "data");
  const name = sha256Hex(home).slice(0, 12);
  const beside = join(home, "run");
  let runtime = beside;
  if (isRoot) runtime = join("/run", `tidegate-${name}`);
  else if (Buffer.byteLength(join(beside, "socket")) > socketDirectoryBytesMax) {
    runtime = join(tmpdir(), `tidegate-${process.getuid?.() ?? 0}-${name}`);
  }
  return { cluster, runtime, socket: join(runtime, "socket") };
}

/**
 * Makes the runtime directory and the socket's, the latter for its owner alone. A directory that somebody
 * else put there first (its name in /tmp can be guessed) is refused.
 */
export async function makeRuntime(
  { runtime, socket }: Layout,
  owner: { readonly uid: number; readonly gid: number } | undefined,
): Promise<Result<void, Unavailable>> {
  await mkdir(runtime, { recursive: true, mode: 0o755 });
  const found = await lstat(runtime);
  const isOurs = found.isDirectory() && found.uid === (process.getuid?.() ?? found.uid);
  if (!isOurs) return err(unavailable(`${runtime} belongs to somebody else; remove it`));
  await mkdir(socket, { recursive: true, mode: 0o700 });
  if (owner !== undefined) await chown(socket, owner.uid, owner.gid);
  await chmod(socket, 0o700);
  return ok(undefined);
}
