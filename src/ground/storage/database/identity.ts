/**
 * Who PostgreSQL runs as. It refuses to run as root, so as root it gets a user of its own:
 *
 * - `self`: we are not root; it runs as we do.
 * - `private`: a uid that nothing else uses and that needs no entry in /etc/passwd, in a mount namespace in
 *   which the data and the programs are shown at a place that this uid may reach, wherever they are (a
 *   home directory is closed to it). Needs `unshare`, `mount` and `setpriv` (util-linux) and the right to mount.
 * - `user`: where mounting is forbidden, the system's `postgres` or `nobody`. Data and programs must then be
 *   in directories that everybody may pass through.
 *
 * In each the process we start becomes postgres itself (every step is an `exec`), so that its pid, its
 * signals and its exit status are the supervisor's to watch.
 */
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { err, ok, type Result } from "#std";
import type { Unavailable } from "#domain";
import type { Binaries } from "./binaries.ts";
import type { Layout } from "./layout.ts";
import { unavailable } from "./unavailable.ts";

/** Outside of what useradd gives out by default (system below 1000, people from 1000 to 60000 in use). */
export const privateUid = 47_432;

export type Identity =
  | { readonly kind: "self" }
  | { readonly kind: "private"; readonly uid: number; readonly gid: number }
  | { readonly kind: "user"; readonly uid: number; readonly gid: number };

export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly gid?: number;
}

/** TZ spares initdb a search through all time zones; no locale of the caller's leaks in. */
const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C", TZ: "UTC" };

const run = promisify(execFile);

/** Probes what this machine allows. */
export async function chooseIdentity(): Promise<Result<Identity, Unavailable>> {
  if (process.getuid?.() !== 0) return ok({ kind: "self" });
  const probe = ["--mount", "--propagation", "private", "/bin/sh", "-c"];
  const steps = "mount --bind /etc /etc && exec setpriv --reuid 1 --regid 1 --clear-groups true";
  try {
    await run("unshare", [...probe, steps], { env });
    return ok({ kind: "private", uid: privateUid, gid: privateUid });
  } catch {
    return systemUser();
  }
}

/** The fallback: a user that the system has. */
export async function systemUser(): Promise<Result<Identity, Unavailable>> {
  const entries = (await readFile("/etc/passwd", "utf8"))
    .split("\n")
    .map((line) => line.split(":"));
  for (const name of ["postgres", "nobody"]) {
    const [, , uid, gid] = entries.find(([entry]) => entry === name) ?? [];
    if (uid !== undefined && gid !== undefined) {
      return ok({ kind: "user", uid: Number(uid), gid: Number(gid) });
    }
  }
  return err(
    unavailable(
      "PostgreSQL does not run as root, this machine does not allow mount namespaces, and it has " +
        "neither a user postgres nor nobody; start as another user, or set DATABASE_URL",
    ),
  );
}

/** What the programs see: where the data and the programs are for them. */
export interface View {
  readonly cluster: string;
  readonly bin: string;
}

export function viewOf(identity: Identity, layout: Layout, binaries: Binaries): View {
  if (identity.kind !== "private") {
    return { cluster: layout.cluster, bin: join(binaries.directory, "bin") };
  }
  // The system's programs find their own files by the path they were built for.
  const programs = binaries.source === "system" ? binaries.directory : programsView(layout);
  return { cluster: clusterView(layout), bin: join(programs, "bin") };
}

function clusterView(layout: Layout): string {
  return join(layout.runtime, "data");
}

function programsView(layout: Layout): string {
  return join(layout.runtime, "postgresql");
}

/** Makes what `commandFor` mounts on, and the passwd that initdb wants to find its uid in. */
export async function makeView(identity: Identity, layout: Layout): Promise<void> {
  if (identity.kind !== "private") return;
  await mkdir(clusterView(layout), { recursive: true });
  await mkdir(programsView(layout), { recursive: true });
  const { uid, gid } = identity;
  const lines = ["root:x:0:0::/root:/bin/sh", `tidegate:x:${uid}:${gid}::/nonexistent:/bin/false`];
  await writeFile(join(layout.runtime, "passwd"), `${lines.join("\n")}\n`, { mode: 0o644 });
}

/** Mounts pairs of paths up to `--`, then becomes what follows. No path is part of the script. */
const mountAndRun = `
  while [ "$1" != "--" ]; do mount --bind "$1" "$2" || exit 125; shift 2; done
  shift
  exec "$@"
`;

/** The command that becomes `argv` under the identity; `cluster` is shown at the view's place. */
export function commandFor(
  identity: Identity,
  layout: Layout,
  { binaries, cluster, argv }: { binaries: Binaries; cluster: string; argv: [string, ...string[]] },
): Command {
  if (identity.kind === "self") return { argv, env };
  const { uid, gid } = identity;
  if (identity.kind === "user") return { argv, env, uid, gid };
  const mounts = [
    cluster,
    clusterView(layout),
    ...(binaries.source === "system" ? [] : [binaries.directory, programsView(layout)]),
    join(layout.runtime, "passwd"),
    "/etc/passwd",
  ];
  const user = ["--reuid", String(uid), "--regid", String(gid), "--clear-groups"];
  const unshare = ["unshare", "--mount", "--propagation", "private", "/bin/sh", "-c"] as const;
  return {
    argv: [...unshare, mountAndRun, "sh", ...mounts, "--", "setpriv", ...user, ...argv],
    env,
  };
}
