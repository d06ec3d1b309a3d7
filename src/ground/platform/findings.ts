/** What `doctor` says about this machine, each line with how to make it better. */
import { execFile } from "node:child_process";
import { statfs } from "node:fs/promises";
import { promisify } from "node:util";
import type { Finding, SandboxLevel } from "#domain";
import type { CgroupHome } from "./cgroup.ts";
import type { Rung } from "./sandbox.ts";
import type { Toolchains } from "./toolchains.ts";

const run = promisify(execFile);

/** What the climb met. */
export interface Facts {
  readonly isRoot: boolean;
  readonly bwrap: string | undefined;
  /** Why the highest rung with bubblewrap did not hold. */
  readonly bwrapRefusal: string | undefined;
  readonly cgroups: CgroupHome | undefined;
  readonly cgroupRefusal: string | undefined;
  readonly toolchains: Toolchains;
}

/** Gives a line for each thing that matters to how well programs are fenced in and run. */
export async function gatherFindings(
  rung: Rung,
  facts: Facts,
  directory: string,
): Promise<readonly Finding[]> {
  return [
    sandboxFinding(rung, facts),
    bubblewrapFinding(facts),
    await userNamespaceFinding(facts.isRoot),
    cgroupFinding(facts),
    await gitFinding(facts.toolchains),
    toolFinding(facts.toolchains),
    await diskFinding(directory),
    nodeFinding(process.versions.node),
  ];
}

const levelNames: Record<SandboxLevel, string> = {
  3: "own uid, control groups, bubblewrap and seccomp",
  2: "bubblewrap",
  1: "own uid and process limits, no separate view of the file system",
  0: "none: apps would be plain child processes, which has to be allowed by name",
};

function sandboxFinding(rung: Rung, facts: Facts): Finding {
  const found = `level ${rung.level} of 3: ${levelNames[rung.level]}`;
  if (rung.level === 3) return { name: "sandbox", state: "good", found };
  const better =
    facts.bwrap === undefined
      ? "install bubblewrap (Debian, Ubuntu: apt-get install bubblewrap) and start Tidegate again"
      : facts.isRoot
        ? `make control groups available: ${facts.cgroupRefusal ?? "see the line on cgroups"}`
        : "run Tidegate as root (a system service) to give each app a uid and memory limits";
  const allowed = "; without any: TIDEGATE_ALLOW_UNSANDBOXED=yes tidegate up";
  const next = rung.level === 0 ? `${better}${allowed}` : better;
  return { name: "sandbox", state: rung.level === 2 ? "fair" : "bad", found, next };
}

function bubblewrapFinding({ bwrap, bwrapRefusal }: Facts): Finding {
  const name = "bubblewrap";
  if (bwrap === undefined) {
    return {
      name,
      state: "bad",
      found: "not on PATH",
      next: "apt-get install bubblewrap (0.7 or newer)",
    };
  }
  if (bwrapRefusal === undefined) return { name, state: "good", found: bwrap };
  const next =
    bwrapRefusal.includes("uid map") || bwrapRefusal.includes("Permission denied")
      ? "load an AppArmor profile that lets bwrap make user namespaces (Ubuntu: bwrap-userns-restrict), or run as root"
      : "Tidegate needs bubblewrap 0.7 or newer and a kernel with pid, mount and network namespaces";
  return { name, state: "bad", found: `refused: ${bwrapRefusal}`, next };
}

async function userNamespaceFinding(isRoot: boolean): Promise<Finding> {
  const name = "user namespaces";
  const works = await run("unshare", ["--user", "true"], { timeout: 5000 }).then(
    () => true,
    () => false,
  );
  if (works) return { name, state: "good", found: "available" };
  return {
    name,
    state: isRoot ? "fair" : "bad",
    found: isRoot ? "not available; not needed as root" : "not available",
    next: "sysctl kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile for bwrap",
  };
}

function cgroupFinding({ cgroups, cgroupRefusal }: Facts): Finding {
  const name = "cgroups";
  if (cgroups !== undefined) return { name, state: "good", found: `version ${cgroups.version}` };
  return {
    name,
    state: "fair",
    found: `not usable: ${cgroupRefusal ?? "unknown"}; memory is limited per process instead`,
    next: "run as root on a system with cgroup v2 (or v1 with memory and pids), or delegate a subtree",
  };
}

async function gitFinding(toolchains: Toolchains): Promise<Finding> {
  const git = toolchains.found["git"];
  const next = "apt-get install git";
  if (git === undefined) return { name: "git", state: "bad", found: "not on PATH", next };
  const { stdout } = await run(git, ["--version"], { timeout: 5000 });
  return { name: "git", state: "good", found: stdout.trim() };
}

function toolFinding(toolchains: Toolchains): Finding {
  const names = Object.keys(toolchains.found).filter((tool) => tool !== "git");
  return { name: "toolchains", state: "good", found: names.toSorted().join(", ") };
}

async function diskFinding(directory: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(directory);
  const freeGib = (bavail * bsize) / 1024 ** 3;
  const found = `${freeGib.toFixed(1)} GiB free`;
  if (freeGib >= 5) return { name: "disk", state: "good", found };
  const next = "free some space, or move the data directory (TIDEGATE_DATA) to a larger disk";
  return { name: "disk", state: freeGib >= 1 ? "fair" : "bad", found, next };
}

function nodeFinding(version: string): Finding {
  const isNew = Number(version.split(".")[0]) >= 24;
  const found = version;
  return isNew
    ? { name: "node", state: "good", found }
    : { name: "node", state: "bad", found, next: "use Node 24 or newer" };
}
