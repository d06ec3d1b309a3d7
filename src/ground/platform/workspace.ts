/**
 * The ground that steps and instances share, and what a program needs on disk before it can start:
 * its uid, files it may write that belong to it, its accounts, its control groups.
 */
import { execFile } from "node:child_process";
import { lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { promisify } from "node:util";
import type { AppName, Clock, Log } from "#domain";
import { err, ok, sha256Hex, type Result } from "#std";
import { createGroups, groupMembers } from "./cgroup.ts";
import { writeAccounts, type Ladder } from "./ladder.ts";
import type { Job, Launch } from "./launch.ts";
import { isAlive, signalPid } from "./process-identity.ts";
import { openAncestors, openDirectory } from "./reachable.ts";
import { killTree, sessionMembers } from "./process-tree.ts";
import { insideHome, sandboxCommand, sandboxEnvironment, type View } from "./sandbox.ts";
import { renderCommands, renderEnvironment, type Scripts } from "./scripts.ts";
import type { Uids } from "./uids.ts";

const run = promisify(execFile);

/** What every part of the driver works with. */
export interface Ground {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly ladder: Ladder;
  readonly scripts: Scripts;
  readonly uids: Uids;
  /** Starts the name of every control group of this data directory. */
  readonly groupPrefix: string;
  readonly isUnsandboxedAllowed: boolean;
  /** Aborts when the driver is disposed of; what runs goes on. */
  readonly signal: AbortSignal;
}

export interface Program {
  readonly app: AppName;
  /** Directory of the job. */
  readonly directory: string;
  /** Name of the job, unique in the data directory. */
  readonly name: string;
  readonly workDir: string;
  readonly isWorkDirWritable: boolean;
  readonly readOnly: readonly string[];
  readonly writable: readonly string[];
  readonly commands: readonly (readonly string[])[];
  readonly env: Readonly<Record<string, string>>;
  readonly hasNetwork: boolean;
  readonly memoryBytes: number;
  readonly processes: number;
  readonly cpuShare: number;
}

/** The wrapper, timeout, and bubblewrap twice live in the program's groups too. */
const ownProcesses = 8;

/** Prepares everything and gives what `launch` needs; the error completes "refused: …". */
export async function prepare(ground: Ground, program: Program): Promise<Result<Launch, string>> {
  const { rung, filter } = ground.ladder;
  const why = obstacle(ground, program);
  if (why !== undefined) return err(why);
  const user = await appUser(ground, program.app);
  if (!user.ok) return user;
  const isViewed = rung.bwrap !== undefined;
  const home = isViewed ? insideHome : join(program.directory, "home");
  if (!isViewed) mkdirSync(home, { recursive: true });
  if (user.value.uid !== undefined) await own(ground, program, user.value.uid);
  const view: View = {
    ...program,
    ...(await writeAccounts(platformDirectory(ground.dataDir), user.value.uid ?? ownUid())),
    ...user.value,
    enterScript: ground.scripts.enter,
  };
  const env = sandboxEnvironment(rung, program.env, home);
  return ok({
    directory: program.directory,
    argv: sandboxCommand(rung, view, renderCommands(program.commands, env)),
    environment: renderEnvironment(env),
    cgroups: makeGroups(ground, program),
    ...(filter === undefined ? {} : { filter }),
    cwd: isViewed ? "/" : program.workDir,
    scripts: ground.scripts,
  });
}

/** What speaks against running it at all. */
function obstacle(ground: Ground, program: Program): string | undefined {
  if (ground.ladder.rung.level === 0 && !ground.isUnsandboxedAllowed) {
    return "no sandbox works here (see: tidegate doctor) and running without one is not allowed";
  }
  const paths = [program.workDir, ...program.readOnly, ...program.writable];
  const bad = paths.find((path) => !isPlainPath(path));
  return bad === undefined
    ? undefined
    : `${bad} is not an absolute path of a real directory or file`;
}

async function appUser(
  ground: Ground,
  app: AppName,
): Promise<Result<{ readonly uid?: number }, string>> {
  if (!ground.ladder.rung.hasOwnUid) return ok({});
  const uid = await ground.uids.uidOf(app);
  return uid.ok ? ok({ uid: uid.value }) : err(`all ${uid.error.allowed} app uids are taken`);
}

function makeGroups(ground: Ground, program: Program): readonly string[] {
  const { cgroups } = ground.ladder;
  if (cgroups === undefined) return [];
  const groups = createGroups(cgroups, `${ground.groupPrefix}${program.name}`, {
    memoryBytes: program.memoryBytes,
    processes: program.processes + ownProcesses,
    cpuShare: program.cpuShare,
  });
  writeJson(groupsFile(program.directory), groups);
  return groups;
}

/** A job's control groups, as its first server made them; the next may live in other groups itself. */
export function groupsOf(directory: string): readonly string[] {
  return readJson<readonly string[]>(groupsFile(directory)) ?? [];
}

function groupsFile(directory: string): string {
  return join(directory, "cgroups.json");
}

export function platformDirectory(dataDir: string): string {
  return join(dataDir, "platform");
}

function ownUid(): number {
  return process.getuid?.() ?? 65_534;
}

/** A link could lead root's mounts anywhere: refuse what is one. */
function isPlainPath(path: string): boolean {
  if (!isAbsolute(path)) return false;
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat !== undefined && (stat.isDirectory() || stat.isFile());
}

async function own(ground: Ground, program: Program, uid: number): Promise<void> {
  if (program.isWorkDirWritable) await ownTree(program.workDir, uid);
  else openDirectory(program.workDir);
  // What only sandboxes write needs no second look once its top belongs to the app.
  for (const path of program.writable) if (lstatSync(path).uid !== uid) await ownTree(path, uid);
  if (ground.ladder.rung.bwrap !== undefined) return;
  await ownTree(join(program.directory, "home"), uid);
  // Without mounts of its own the program walks the real tree down to its files.
  const paths = [
    program.workDir,
    program.directory,
    ground.scripts.enter,
    ...program.readOnly,
    ...program.writable,
  ];
  for (const path of paths) openAncestors(path, ground.dataDir);
}

/**
 * Gives a tree to the app, except files with several names: those are shared with a cache or a release,
 * and stay (or become) root's, readable and not writable. `find` because it walks 30,000 files in 60 ms.
 */
async function ownTree(root: string, uid: number): Promise<void> {
  const id = String(uid);
  const single = ["(", "-type", "d", "-o", "-links", "1", ")"];
  const foreign = ["(", "!", "-uid", id, "-o", "!", "-gid", id, ")"];
  const shared = ["!", "-type", "d", "-links", "+1", "-uid", id];
  const give = ["(", ...single, ...foreign, "-exec", "chown", "-h", `${id}:${id}`, "{}", "+", ")"];
  const keep = ["(", ...shared, "-exec", "chown", "-h", "0:0", "{}", "+", ")"];
  await run("find", ["-P", root, "-xdev"].concat(give, "-o", keep));
}

/** Kills everything of a job; its wrapper then writes down the end. */
export async function killJob(job: Job, cgroups: readonly string[]): Promise<void> {
  const isNamespaced = cgroups.length > 0;
  const extra = (): readonly number[] =>
    isNamespaced ? groupMembers(cgroups) : sessionMembers(job.wrapper.pid);
  await killTree(job.wrapper, extra);
  if (isAlive(job.wrapper)) return;
  for (const pid of groupMembers(cgroups)) signalPid(pid, "SIGKILL");
}

/** A directory name for an id from outside: itself when harmless, else its digest. */
export function directoryName(id: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(id) ? id : `id-${sha256Hex(id).slice(0, 40)}`;
}

/** Writes JSON so that readers see the old or the new whole. */
export function writeJson(file: string, value: unknown): void {
  const next = `${file}.${process.pid}`;
  writeFileSync(next, JSON.stringify(value), { mode: 0o600 });
  renameSync(next, file);
}

/** Reads what we wrote ourselves; undefined when it is not there. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names what the one writer wrote
export function readJson<T>(file: string): T | undefined {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written whole by writeJson of this room
    return JSON.parse(readFileSync(file, "utf8")) as T;
  } catch {
    return undefined;
  }
}
