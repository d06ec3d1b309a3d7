/** The data directory: made once by initdb, whole or not at all. */
import { execFile } from "node:child_process";
import { chmod, chown, mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { err, ok, type Result } from "#std";
import type { Unavailable } from "#domain";
import { initdbTimeoutMs } from "../limits.ts";
import type { Binaries } from "./binaries.ts";
import { commandFor, viewOf, type Identity } from "./identity.ts";
import type { Layout } from "./layout.ts";
import { unavailable } from "./unavailable.ts";

const run = promisify(execFile);

export const databaseUser = "tidegate";

/** The major version that made the data directory; absent when there is none yet. */
export async function clusterMajor(cluster: string): Promise<number | undefined> {
  const text = await readFile(join(cluster, "PG_VERSION"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : Number(text.trim());
}

/**
 * Runs initdb unless that was done, in a directory beside, which then takes its name: an initdb that was
 * killed leaves nothing that looks like a database. It skips its own fsync (1 s); the server's
 * first checkpoints write everything again.
 */
export async function makeCluster(
  identity: Identity,
  layout: Layout,
  binaries: Binaries,
): Promise<Result<void, Unavailable>> {
  if ((await clusterMajor(layout.cluster)) !== undefined) return own(identity, layout.cluster);
  const draft = `${layout.cluster}.new`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await own(identity, draft);
  // Without a private view the programs see the draft itself.
  const view = viewOf(identity, { ...layout, cluster: draft }, binaries);
  const settings = [
    "--locale=C",
    "--encoding=UTF8",
    "--auth=trust",
    "--no-sync",
    "--no-instructions",
  ];
  const { argv, env, ...ids } = commandFor(identity, layout, {
    binaries,
    cluster: draft,
    argv: [join(view.bin, "initdb"), "-D", view.cluster, "-U", databaseUser, ...settings],
  });
  const [program, ...args] = argv;
  try {
    await run(program, args, { env: { ...env }, ...ids, timeout: initdbTimeoutMs, cwd: "/" });
  } catch (error) {
    return err(unavailable(`initdb failed: ${lastLines(error)}`));
  }
  await rename(draft, layout.cluster);
  return ok(undefined);
}

/** Gives the directory to the identity, also when another one made it. */
async function own(identity: Identity, cluster: string): Promise<Result<void, Unavailable>> {
  // A copy may have lost the mode (`cp -r` under a usual umask), and PostgreSQL refuses any wider one.
  await chmod(cluster, 0o700);
  if (identity.kind === "self") return ok(undefined);
  const { uid, gid } = identity;
  if ((await stat(cluster)).uid !== uid) {
    await chown(cluster, uid, gid);
    await run("chown", ["-R", `${uid}:${gid}`, "--", cluster]);
  }
  return ok(undefined);
}

function lastLines(error: unknown): string {
  const hasOutput = typeof error === "object" && error !== null && "stderr" in error;
  const text = hasOutput && error.stderr !== "" ? String(error.stderr) : String(error);
  return text.trim().split("\n").slice(-4).join("; ").slice(0, 600);
}
