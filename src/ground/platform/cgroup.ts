/**
 * Control groups: bounds on a whole tree of processes, version 1 (a hierarchy for each controller)
 * or 2 (one for all). Reading where they are is pure; the rest is files below /sys/fs/cgroup.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { groupRemovalMs, groupRemovalRounds } from "./limits.ts";

export type Controller = "memory" | "pids" | "cpu";
const controllers: readonly Controller[] = ["memory", "pids", "cpu"];

export interface CgroupHome {
  readonly version: 1 | 2;
  /** Where groups can be made, for each controller; in version 2 the same directory. */
  readonly parents: Readonly<Partial<Record<Controller, string>>>;
}

export interface GroupLimits {
  readonly memoryBytes: number;
  readonly processes: number;
  /** Share of the processor under contention, relative to 1 for an instance. */
  readonly cpuShare: number;
}

/** What the kernel counted in a group. */
export interface GroupFacts {
  readonly outOfMemoryKills: number;
  readonly forksRefused: number;
}

/**
 * Finds the controllers from `/proc/self/mountinfo` and `/proc/self/cgroup`. Version 1 groups are made
 * below our own group, so that limits put on us hold for what we start; version 2 forbids that (a group
 * with processes has no children with controllers), so there they live at the top of the mount.
 */
export function locateCgroups(mountInfo: string, selfCgroup: string): CgroupHome | undefined {
  const own = ownGroups(selfCgroup);
  const mounted = mountInfo.split("\n").flatMap(parseMount);
  const parents: Partial<Record<Controller, string>> = {};
  for (const name of controllers) {
    const mount = mounted.find(({ type, options }) => type === "cgroup" && options.includes(name));
    if (mount === undefined) continue;
    const path = relative(mount.root, own.get(name) ?? mount.root);
    // A path outside of what is mounted is another namespace's name for our group.
    parents[name] = path.startsWith("..") ? mount.point : join(mount.point, path);
  }
  if (parents.memory !== undefined && parents.pids !== undefined) return { version: 1, parents };
  const unified = mounted.find(({ type }) => type === "cgroup2");
  if (unified === undefined) return undefined;
  const home = join(unified.point, "tidegate");
  return { version: 2, parents: { memory: home, pids: home, cpu: home } };
}

/** Controller to our own group, from lines such as `4:memory:/a/b`. */
function ownGroups(selfCgroup: string): ReadonlyMap<string, string> {
  const own = new Map<string, string>();
  for (const line of selfCgroup.split("\n")) {
    const [, names = "", path = ""] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    for (const name of names.split(",")) own.set(name, path);
  }
  return own;
}

interface Mount {
  readonly type: string;
  readonly root: string;
  readonly point: string;
  readonly options: readonly string[];
}

function parseMount(line: string): readonly Mount[] {
  const [before = "", after = ""] = line.split(" - ");
  const [, , , root = "/", point = ""] = before.split(" ");
  const [type = "", , options = ""] = after.split(" ");
  return type.startsWith("cgroup") ? [{ type, root, point, options: options.split(",") }] : [];
}

/** The files to write for these limits, as data: `[path, content, whether it must succeed]`. */
export function groupWrites(
  home: CgroupHome,
  name: string,
  limits: GroupLimits,
): readonly (readonly [string, string, boolean])[] {
  const { memory = "", pids = "", cpu } = home.parents;
  const bytes = String(limits.memoryBytes);
  const count = String(limits.processes);
  if (home.version === 2) {
    return [
      [join(memory, name, "memory.max"), bytes, true],
      [join(memory, name, "memory.swap.max"), "0", false],
      [join(pids, name, "pids.max"), count, true],
      [join(memory, name, "cpu.weight"), String(Math.round(100 * limits.cpuShare)), false],
    ];
  }
  const share = String(Math.round(1024 * limits.cpuShare));
  return [
    [join(memory, name, "memory.limit_in_bytes"), bytes, true],
    [join(memory, name, "memory.memsw.limit_in_bytes"), bytes, false],
    [join(pids, name, "pids.max"), count, true],
    ...(cpu === undefined ? [] : [[join(cpu, name, "cpu.shares"), share, false] as const]),
  ];
}

/** Makes the groups and gives their directories, each once. Throws when a limit cannot be set. */
export function createGroups(
  home: CgroupHome,
  name: string,
  limits: GroupLimits,
): readonly string[] {
  const directories = groupDirectories(home, name);
  for (const directory of directories) {
    if (home.version === 2) enableControllers(dirname(directory));
    mkdirSync(directory, { recursive: true });
  }
  for (const [file, content, isNeeded] of groupWrites(home, name, limits)) {
    try {
      writeFileSync(file, content);
    } catch (cause) {
      // Swap accounting and processor shares are refinements that a kernel may lack.
      if (isNeeded) throw new Error(`cannot limit ${file}`, { cause });
    }
  }
  return directories;
}

function groupDirectories(home: CgroupHome, name: string): readonly string[] {
  const all = controllers.map((controller) => home.parents[controller]);
  return [...new Set(all.filter((path) => path !== undefined))].map((path) => join(path, name));
}

function enableControllers(parent: string): void {
  mkdirSync(parent, { recursive: true });
  for (const directory of [dirname(parent), parent]) {
    for (const controller of controllers) enableController(directory, controller);
  }
}

function enableController(directory: string, controller: Controller): void {
  try {
    writeFileSync(join(directory, "cgroup.subtree_control"), `+${controller}`);
  } catch {
    // Already on, or not to be had: then setting the limit fails, and says so.
  }
}

/** Reads what happened in the groups; zeros when they are gone. */
export function groupFacts(directories: readonly string[]): GroupFacts {
  const count = (files: readonly string[], key: string): number =>
    Math.max(
      0,
      ...directories.flatMap((directory) =>
        files.map((file) => Number(keyed(join(directory, file), key) ?? 0)),
      ),
    );
  return {
    outOfMemoryKills: count(["memory.oom_control", "memory.events"], "oom_kill"),
    forksRefused: count(["pids.events"], "max"),
  };
}

function keyed(file: string, key: string): string | undefined {
  try {
    return new RegExp(`^${key} (\\d+)$`, "m").exec(readFileSync(file, "utf8"))?.[1];
  } catch {
    return undefined; // the other version's file, or the group is gone
  }
}

/** Pids of all members. */
export function groupMembers(directories: readonly string[]): readonly number[] {
  const pids = new Set<number>();
  for (const directory of directories) {
    try {
      const lines = readFileSync(join(directory, "cgroup.procs"), "utf8").split("\n");
      for (const line of lines.filter((text) => text !== "")) pids.add(Number(line));
    } catch {
      // gone with its members
    }
  }
  return [...pids];
}

/** Removes groups once their last members are gone; one that stays busy is left to the next sweep. */
export async function removeGroups(directories: readonly string[]): Promise<void> {
  for (let round = 0; round < groupRemovalRounds; round += 1) {
    const left = directories.filter((directory) => !isRemoved(directory));
    if (left.length === 0) return;
    // The wrapper leaves right after it wrote down the end; the kernel tells of it in no other way.
    await new Promise((done) => setTimeout(done, groupRemovalMs));
  }
}

function isRemoved(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch {
    return !existsSync(directory);
  }
}

/** Removes every empty group whose name starts with `prefix`. */
export function sweepGroups(home: CgroupHome, prefix: string): void {
  for (const parent of new Set(Object.values(home.parents))) {
    if (!existsSync(parent)) continue;
    const names = readdirSync(parent).filter((name) => name.startsWith(prefix));
    for (const name of names) isRemoved(join(parent, name)); // one with members is in use: it stays
  }
}
