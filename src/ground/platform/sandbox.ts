/**
 * What a sandboxed program sees, as an argument list. Pure: `ladder.ts` finds out what works here,
 * `launch.ts` starts it. The rule: an empty root, then what is named, read-only unless said otherwise.
 */
import { dirname } from "node:path";
import type { SandboxLevel } from "#domain";
import { mappedBytesSpare, tmpfsBytesMax } from "./limits.ts";
import { systemPath, withoutNested } from "./toolchains.ts";

/** What the machine offers; the outcome of the probe. */
export interface Rung {
  readonly level: SandboxLevel;
  /** Absolute path of bubblewrap from level 2 on. */
  readonly bwrap?: string;
  /** Whether each app runs under a uid of its own (needs root). */
  readonly hasOwnUid: boolean;
  /** Whether control groups bound memory and processes; otherwise limits of each process do. */
  readonly hasCgroups: boolean;
  readonly hasSeccomp: boolean;
  /** Mounts of the system's own directories, already as bubblewrap arguments. */
  readonly systemArgs: readonly string[];
  readonly toolPath: readonly string[];
  readonly toolMounts: readonly string[];
}

export interface View {
  readonly workDir: string;
  readonly isWorkDirWritable: boolean;
  readonly readOnly: readonly string[];
  readonly writable: readonly string[];
  /** Synthetic `/etc/passwd` and `/etc/group`. */
  readonly passwd: string;
  readonly group: string;
  readonly enterScript: string;
  /** The app's uid; absent when it runs as ourselves. */
  readonly uid?: number;
  readonly hasNetwork: boolean;
  readonly memoryBytes: number;
  readonly processes: number;
}

export const insideHome = "/home/app";
const insideScript = "/run/tidegate/enter.sh";
/** Descriptor on which bubblewrap finds the filter. */
export const seccompDescriptor = 3;

/** Gives the argv that runs `commands` (as `renderCommands` made them) on this rung. */
export function sandboxCommand(
  rung: Rung,
  view: View,
  commands: readonly string[],
): readonly string[] {
  const script = rung.bwrap === undefined ? view.enterScript : insideScript;
  const inner = [...dropPrivileges(view.uid), ...processLimits(rung, view)];
  const entered = [...inner, "/bin/sh", script, ...commands];
  if (rung.bwrap === undefined) return entered;
  return [rung.bwrap, ...bubblewrapArgs(rung, view), "--", ...entered];
}

function dropPrivileges(uid: number | undefined): readonly string[] {
  if (uid === undefined) return [];
  const ids = ["--reuid", String(uid), "--regid", String(uid), "--clear-groups"];
  const none = ["--bounding-set", "-all", "--inh-caps", "-all", "--ambient-caps", "-all"];
  return ["/usr/bin/setpriv", ...ids, ...none, "--no-new-privs"];
}

/** Without control groups: per process, and per user for the number of processes. */
function processLimits(rung: Rung, view: View): readonly string[] {
  if (rung.hasCgroups || rung.level === 0) return [];
  // Runtimes map far more than they touch (V8 dies below a gigabyte), so this only stops the worst at
  // once; what is really used is watched by the server (memory-watch.ts).
  return [
    "/usr/bin/prlimit",
    `--nproc=${view.processes}`,
    `--data=${view.memoryBytes + mappedBytesSpare}`,
    "--",
  ];
}

function bubblewrapArgs(rung: Rung, view: View): readonly string[] {
  const namespaces = ["pid", "ipc", "uts", ...(view.hasNetwork ? [] : ["net"])];
  // The parent is our wrapper, which outlives the server: killing it is what ends the whole tree.
  const life = ["--new-session", "--die-with-parent", "--hostname", "app"];
  const user = view.uid === undefined ? ["--unshare-user"] : [];
  const power =
    view.uid === undefined
      ? ["--cap-drop", "ALL"]
      : [
          "--cap-drop",
          "ALL",
          ...["SETUID", "SETGID", "SETPCAP"].flatMap((cap) => ["--cap-add", `CAP_${cap}`]),
        ];
  const given = mounts(rung, view);
  // oxfmt-ignore
  return [
    ...user,
    ...namespaces.map((name) => `--unshare-${name}`),
    "--unshare-cgroup-try",
    ...life,
    ...power,
    ...rung.systemArgs,
    "--ro-bind", view.passwd, "/etc/passwd", "--ro-bind", view.group, "/etc/group",
    "--proc", "/proc", "--dev", "/dev",
    ...["/dev/shm", "/tmp"].flatMap((path) => boundedTmpfs(path)),
    ...directories([insideHome, dirname(insideScript)]),
    ...boundedTmpfs(insideHome),
    ...directories(given.map(([, path]) => dirname(path))),
    ...given.flatMap(([how, path]) => [how, path, path]),
    "--ro-bind", view.enterScript, insideScript,
    // What is left of the root and /dev is memory without a bound of its own.
    "--remount-ro", "/dev", "--remount-ro", "/",
    "--chdir", view.workDir,
    ...(rung.hasSeccomp ? ["--seccomp", String(seccompDescriptor)] : []),
  ];
}

/** Parents before children, so that a writable directory inside a read-only one stays writable. */
function mounts(rung: Rung, view: View): readonly (readonly [string, string])[] {
  const writable = new Set([...view.writable, ...(view.isWorkDirWritable ? [view.workDir] : [])]);
  const shown = [...rung.toolMounts, ...view.readOnly, view.workDir];
  const readOnly = withoutNested(shown.filter((path) => !`${path}/`.startsWith("/usr/")));
  const all = [
    ...readOnly.filter((path) => !writable.has(path)).map((path) => ["--ro-bind", path] as const),
    ...[...writable].map((path) => ["--bind", path] as const),
  ];
  return all.toSorted(([, a], [, b]) => (a < b ? -1 : 1));
}

function boundedTmpfs(path: string): readonly string[] {
  return ["--perms", "1777", "--size", String(tmpfsBytesMax), "--tmpfs", path];
}

/** Every ancestor, made by name: bubblewrap makes missing ones for root's eyes only. */
function directories(paths: readonly string[]): readonly string[] {
  const all = new Set<string>();
  for (const path of paths) {
    const parts = path.split("/").filter((part) => part !== "");
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const ancestor = `/${parts.slice(0, depth).join("/")}`;
      if (!["/usr", "/tmp", "/etc", "/dev", "/proc"].includes(ancestor)) all.add(ancestor);
    }
  }
  return [...all].toSorted().flatMap((path) => ["--perms", "0755", "--dir", path]);
}

/** The whole environment of a program: nothing of ours, what is given, and the least it needs. */
export function sandboxEnvironment(
  rung: Rung,
  given: Readonly<Record<string, string>>,
  home: string,
): Readonly<Record<string, string>> {
  const own = [...rung.toolPath, ...systemPath].join(":");
  const path = given["PATH"];
  return {
    HOME: home,
    LANG: "C.UTF-8",
    TMPDIR: "/tmp",
    USER: "app",
    ...given,
    PATH: path === undefined || path === "" ? own : `${path}:${own}`,
  };
}
