/**
 * The sandbox ladder: finds the highest rung that works on this machine by standing on it.
 *
 *   3  own uid, control groups, bubblewrap, seccomp    as root
 *   2  bubblewrap with namespaces, limits per process  any user that may make user namespaces
 *   1  own uid, limits per process                     as root without bubblewrap
 *   0  a plain child process                           only when allowed by name
 *
 * A version number proves little (a security module may still refuse), so each rung is tried for real.
 */
import { spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
} from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Finding, SandboxLevel } from "#domain";
import { AssertionFailed } from "#std";
import { createGroups, locateCgroups, removeGroups, type CgroupHome } from "./cgroup.ts";
import { gatherFindings, type Facts } from "./findings.ts";
import { openAncestors } from "./reachable.ts";
import { sandboxCommand, type Rung, type View } from "./sandbox.ts";
import { renderCommands, renderEnvironment, type Scripts } from "./scripts.ts";
import { filterArchitecture, seccompFilter } from "./seccomp.ts";
import { findToolchains, which } from "./toolchains.ts";

export interface Ladder {
  readonly rung: Rung;
  readonly cgroups?: CgroupHome;
  /** File with the BPF program. */
  readonly filter?: string;
  readonly findings: () => Promise<readonly Finding[]>;
}

export interface LadderOptions {
  /** Directory for the filter and the files of the probe. */
  readonly directory: string;
  /** A uid that no app has. */
  readonly probeUid: number;
  readonly scripts: Scripts;
  readonly groupPrefix: string;
  /** Stay at or below this rung. */
  readonly levelMax: SandboxLevel;
}

/** Tries the rungs from the top and gives the first that holds. */
export async function climb(options: LadderOptions): Promise<Ladder> {
  const pathText = process.env["PATH"] ?? "";
  const isRoot = process.getuid?.() === 0;
  const toolchains = await findToolchains(pathText);
  const base: Rung = {
    level: 0,
    hasOwnUid: false,
    hasCgroups: false,
    hasSeccomp: false,
    systemArgs: process.platform === "linux" ? systemMounts() : [],
    toolPath: toolchains.path,
    toolMounts: toolchains.readOnly,
  };
  const means: Means = {
    isRoot,
    bwrap: which("bwrap", pathText),
    groups: isRoot ? tryCgroups(options.groupPrefix) : { refusal: "needs root" },
    filter: await writeFilter(options.directory),
  };
  const { rung, refusal } = await firstThatHolds(candidates(base, means), options, means.filter);
  const { home, refusal: cgroupRefusal } = means.groups;
  const facts: Facts = {
    isRoot,
    toolchains,
    bwrap: means.bwrap,
    bwrapRefusal: refusal,
    cgroups: home,
    cgroupRefusal,
  };
  return {
    rung,
    ...(rung.hasCgroups && home !== undefined ? { cgroups: home } : {}),
    ...(rung.hasSeccomp && means.filter !== undefined ? { filter: means.filter } : {}),
    findings: () => gatherFindings(rung, facts, options.directory),
  };
}

/** Level 0 is the last candidate and needs no trial. */
async function firstThatHolds(
  rungs: readonly Rung[],
  options: LadderOptions,
  filter: string | undefined,
): Promise<{ readonly rung: Rung; readonly refusal?: string }> {
  let refusal: string | undefined;
  for (const rung of rungs) {
    if (rung.level > options.levelMax) continue;
    const why = rung.level === 0 ? undefined : await refusalOf(rung, options, filter);
    if (why === undefined) return { rung, ...(refusal === undefined ? {} : { refusal }) };
    if (rung.bwrap !== undefined) refusal ??= why;
  }
  throw new AssertionFailed("the ladder has a lowest rung");
}

interface Means {
  readonly isRoot: boolean;
  readonly bwrap: string | undefined;
  readonly groups: { readonly home?: CgroupHome; readonly refusal?: string };
  readonly filter: string | undefined;
}

function candidates(base: Rung, means: Means): readonly Rung[] {
  if (process.platform !== "linux") return [base];
  const { isRoot, bwrap } = means;
  const hasSeccomp = means.filter !== undefined;
  const hasCgroups = means.groups.home !== undefined;
  const rungs: Rung[] = [];
  if (bwrap !== undefined && isRoot && hasCgroups && hasSeccomp) {
    rungs.push({ ...base, level: 3, bwrap, hasOwnUid: true, hasCgroups, hasSeccomp });
  }
  if (bwrap !== undefined) {
    rungs.push({ ...base, level: 2, bwrap, hasOwnUid: isRoot, hasSeccomp });
  }
  if (isRoot) rungs.push({ ...base, level: 1, hasOwnUid: true });
  return [...rungs, base];
}

/** Makes a group with limits and removes it again. */
function tryCgroups(prefix: string): { readonly home?: CgroupHome; readonly refusal?: string } {
  if (process.platform !== "linux") return { refusal: "needs Linux" };
  const home = locateCgroups(
    readFileSync("/proc/self/mountinfo", "utf8"),
    readFileSync("/proc/self/cgroup", "utf8"),
  );
  if (home === undefined) return { refusal: "no memory and pids controllers are mounted" };
  try {
    void removeGroups(
      createGroups(home, `${prefix}probe-${process.pid}`, {
        memoryBytes: 64 * 1024 * 1024,
        processes: 8,
        cpuShare: 1,
      }),
    );
    return { home };
  } catch (cause) {
    return { refusal: cause instanceof Error ? cause.message : String(cause) };
  }
}

async function writeFilter(directory: string): Promise<string | undefined> {
  const architecture = filterArchitecture();
  if (architecture === undefined || process.platform !== "linux") return undefined;
  const file = join(directory, `seccomp-${architecture}.bpf`);
  await writeFile(file, seccompFilter(architecture), { mode: 0o644 });
  return file;
}

/** Runs a program on the rung that reports its uid and tries what the filter forbids. */
async function refusalOf(
  rung: Rung,
  options: LadderOptions,
  filter: string | undefined,
): Promise<string | undefined> {
  const uid = rung.hasOwnUid ? options.probeUid : undefined;
  const passwd = await writeAccounts(options.directory, options.probeUid);
  const view: View = {
    workDir: "/usr",
    isWorkDirWritable: false,
    readOnly: [],
    writable: [],
    ...passwd,
    enterScript: options.scripts.enter,
    ...(uid === undefined ? {} : { uid }),
    hasNetwork: false,
    memoryBytes: 256 * 1024 * 1024,
    processes: 1024,
  };
  // Without mounts of its own the program finds the script on the real path.
  if (rung.bwrap === undefined) openAncestors(options.scripts.enter, dirname(options.directory));
  const probe = "id -u; unshare --user true 2>/dev/null && echo loose; exit 0";
  const argv = sandboxCommand(rung, view, renderCommands([["/bin/sh", "-c", probe]], {}));
  const expected = String(uid ?? process.getuid?.() ?? 0);
  return judge(rung, expected, await capture(argv, rung.hasSeccomp ? filter : undefined));
}

function judge(
  rung: Rung,
  expected: string,
  { code, output }: { readonly code: number; readonly output: string },
): string | undefined {
  const [found = "", loose] = output.trim().split("\n");
  if (code !== 0) return found;
  if (found !== expected) return `runs as uid ${found}; expected ${expected}`;
  return rung.hasSeccomp && loose !== undefined
    ? "the system call filter does not hold"
    : undefined;
}

async function capture(
  argv: readonly string[],
  filter: string | undefined,
): Promise<{ readonly code: number; readonly output: string }> {
  const [file = "", ...args] = argv;
  const descriptor = filter === undefined ? "ignore" : openSync(filter, "r");
  try {
    const child = spawn(file, args, {
      cwd: "/",
      env: { PATH: "/usr/bin:/bin:/usr/sbin:/sbin" },
      stdio: ["pipe", "pipe", "pipe", descriptor],
      timeout: 10_000,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (output += text));
    }
    child.stdin?.on("error", () => {}); // a refused sandbox never reads it; its exit code says so
    child.stdin?.end(renderEnvironment({ PATH: "/usr/bin:/bin" }));
    return await new Promise((done) => {
      child.on("error", (cause) => done({ code: -1, output: cause.message }));
      child.on("close", (code) => done({ code: code ?? -1, output }));
    });
  } finally {
    if (typeof descriptor === "number") closeSync(descriptor);
  }
}

/** Writes a passwd and a group file that know the app's user and nobody of the machine's. */
export async function writeAccounts(
  directory: string,
  uid: number,
): Promise<{ readonly passwd: string; readonly group: string }> {
  const passwd = join(directory, `passwd-${uid}`);
  const group = join(directory, `group-${uid}`);
  if (!existsSync(passwd)) {
    const user = `app:x:${uid}:${uid}:app:/home/app:/bin/sh\n`;
    const others = "root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n";
    await writeFile(group, `root:x:0:\napp:x:${uid}:\nnogroup:x:65534:\n`, { mode: 0o644 });
    await writeFile(passwd, others + user, { mode: 0o644 });
  }
  return { passwd, group };
}

const systemDirectories = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];
/** Of /etc only what libraries read: names, certificates, time zone, the linker, alternatives. */
const etcEntries = [
  "alternatives",
  "ca-certificates",
  "ca-certificates.conf",
  "crypto-policies",
  "gai.conf",
  "host.conf",
  "hosts",
  "ld.so.cache",
  "ld.so.conf",
  "ld.so.conf.d",
  "localtime",
  "mime.types",
  "nsswitch.conf",
  "os-release",
  "pki",
  "protocols",
  "resolv.conf",
  "services",
  "ssl/certs",
  "ssl/openssl.cnf",
  "timezone",
];

function systemMounts(): readonly string[] {
  const args = ["--ro-bind", "/usr", "/usr"];
  for (const path of systemDirectories) {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isSymbolicLink() === true) args.push("--symlink", readlinkSync(path), path);
    else if (stat !== undefined) args.push("--ro-bind", path, path);
  }
  args.push("--perms", "0755", "--dir", "/etc", "--perms", "0755", "--dir", "/etc/ssl");
  for (const entry of etcEntries) {
    const path = join("/etc", entry);
    if (existsSync(path)) args.push("--ro-bind", realpathSync(path), path);
  }
  return args;
}
