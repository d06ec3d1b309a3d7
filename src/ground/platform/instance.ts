/**
 * Instances: programs that serve. As with steps the directory is the memory:
 *
 *   state.json   who it is, written before the start      claim, exit, log   the wrapper's (launch.ts)
 *   asked        its end was asked for                    ended.json         how it ended
 *   reported     its end was told through `exits`         overgrown  it was killed for its memory
 *
 * States: starting (no answer yet) -> running -> ended. An ended one may be started again under its id.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseId, type InstanceExit, type InstanceSpec, type RunningInstance } from "#domain";
import { assert } from "#std";
import { groupFacts, groupMembers, removeGroups } from "./cgroup.ts";
import { exitText } from "./end.ts";
import { adopt, launch, logFile, readClaim, type Job, type JobEnd } from "./launch.ts";
import { treeUsage } from "./memory-watch.ts";
import { isAlive, signalPid } from "./process-identity.ts";
import { appProcesses } from "./process-tree.ts";
import { pause } from "./readiness.ts";
import { groupsOf, killJob, prepare, readJson, writeJson, type Ground } from "./workspace.ts";

/** What is known of an instance, running or not. */
export interface InstanceState extends Omit<RunningInstance, "pid"> {
  readonly memoryBytes: number;
  /** Where the log of this run begins. */
  readonly logFrom: number;
}

export interface LiveInstance {
  readonly directory: string;
  readonly state: InstanceState;
  readonly job: Job;
  readonly cgroups: readonly string[];
  readonly ended: Promise<InstanceExit>;
  /** Aborts at the end. */
  readonly endedSignal: AbortSignal;
}

export function instancesDirectory(dataDir: string): string {
  return join(dataDir, "instances");
}

/** Starts the process; whether it gets ready is the caller's question. The error says why it was refused. */
export async function startInstance(
  ground: Ground,
  spec: InstanceSpec,
  address: { readonly host: string; readonly port: number } | undefined,
): Promise<LiveInstance | { readonly refused: string }> {
  const directory = join(instancesDirectory(ground.dataDir), spec.id);
  mkdirSync(directory, { recursive: true, mode: 0o711 });
  for (const name of ["claim", "exit", "asked", "ended.json", "reported", "overgrown"]) {
    rmSync(join(directory, name), { force: true });
  }
  const { id, app, release, processType, memoryBytes } = spec;
  const state: InstanceState = {
    id,
    app,
    release,
    processType,
    memoryBytes,
    ...address,
    startedAt: ground.clock.now(),
    sandboxLevel: ground.ladder.rung.level,
    logFrom: statSync(logFile(directory), { throwIfNoEntry: false })?.size ?? 0,
  };
  writeJson(join(directory, "state.json"), state);
  const prepared = await prepare(ground, {
    ...spec,
    directory,
    name: groupOf(state),
    workDir: spec.directory,
    isWorkDirWritable: false,
    readOnly: [],
    writable: [],
    commands: [spec.argv],
    env: addressed(spec.env, address),
    hasNetwork: true,
    cpuShare: 1,
  });
  if (!prepared.ok) return { refused: prepared.error };
  const job = await launch(prepared.value, ground.signal);
  return job === undefined ? { refused: "/bin/sh did not start" } : live({ directory, state, job });
}

/** PORT is ours to say; HOST keeps frameworks that read it on loopback, unless the app knows better. */
function addressed(
  env: InstanceSpec["env"],
  address: { readonly host: string; readonly port: number } | undefined,
): InstanceSpec["env"] {
  if (address === undefined) return env;
  return { HOST: address.host, ...env, PORT: String(address.port) };
}

/** What an instance's directory tells a server that was not there. */
export type FoundInstance =
  | { readonly kind: "running"; readonly instance: LiveInstance }
  | {
      readonly kind: "ended";
      readonly state: InstanceState;
      readonly exit: InstanceExit;
      readonly isNews: boolean;
    };

/** Finds every instance of the data directory. */
export function findInstances(ground: Ground): readonly FoundInstance[] {
  const top = instancesDirectory(ground.dataDir);
  if (!existsSync(top)) return [];
  return readdirSync(top).flatMap((name) => {
    const found = findInstance(ground, join(top, name));
    return found === undefined ? [] : [found];
  });
}

/** Undefined when it never started: its server was killed before the wrapper ran. */
export function findInstance(ground: Ground, directory: string): FoundInstance | undefined {
  const state = readJson<InstanceState>(join(directory, "state.json"));
  const wrapper = readClaim(directory);
  if (state === undefined || wrapper === undefined || !parseId("ins", state.id).ok)
    return undefined;
  const known = readJson<InstanceExit>(join(directory, "ended.json"));
  const isNews = !existsSync(join(directory, "asked")) && !existsSync(join(directory, "reported"));
  if (known !== undefined) return { kind: "ended", state, exit: known, isNews };
  const job = adopt(directory, ground.signal);
  assert(job !== undefined, "a claimed instance can be adopted");
  // One that ended while no server ran looks alive for a moment; its end follows at once.
  return { kind: "running", instance: live({ directory, state, job }) };
}

function live(found: {
  readonly directory: string;
  readonly state: InstanceState;
  readonly job: Job;
}): LiveInstance {
  const cgroups = groupsOf(found.directory);
  const over = new AbortController();
  const ended = found.job.ended.then(async (end) => {
    const exit = conclude(found.directory, found.state, { end, cgroups });
    over.abort();
    await removeGroups(cgroups);
    return exit;
  });
  return { ...found, cgroups, ended, endedSignal: over.signal };
}

/** Another name for each run: the groups of the last one may be on their way out. */
function groupOf({ id, startedAt }: InstanceState): string {
  return `instance-${id}-${Math.trunc(startedAt).toString(36)}`;
}

function conclude(
  directory: string,
  state: InstanceState,
  seen: { readonly end: JobEnd; readonly cgroups: readonly string[] },
): InstanceExit {
  const { id, app, release, processType, memoryBytes } = state;
  const isOvergrown = existsSync(join(directory, "overgrown"));
  const outOfMemoryKills = isOvergrown ? 1 : groupFacts(seen.cgroups).outOfMemoryKills;
  const exit: InstanceExit = {
    id,
    app,
    release,
    processType,
    exit: exitText(seen.end.code, outOfMemoryKills, memoryBytes),
    at: Math.round(seen.end.at),
  };
  for (const pid of groupMembers(seen.cgroups)) signalPid(pid, "SIGKILL");
  if (existsSync(directory)) writeJson(join(directory, "ended.json"), exit);
  return exit;
}

/** The form the port shows. The pid is the app's own main process as soon as there is one. */
export function runningInstance({ state, job }: LiveInstance): RunningInstance {
  const { logFrom: _from, memoryBytes: _bytes, ...shown } = state;
  return { ...shown, pid: appProcesses(job.wrapper.pid)[0] ?? job.wrapper.pid };
}

/** Notes that the end is wanted, so that no server reports it as a crash. */
export function markAsked(directory: string): void {
  mark(directory, "asked");
}

export function markReported(directory: string): void {
  mark(directory, "reported");
}

export function isAsked(directory: string): boolean {
  return existsSync(join(directory, "asked"));
}

function mark(directory: string, name: string): void {
  if (existsSync(directory)) writeFileSync(join(directory, name), "");
}

/** Kills an instance that uses more memory than it may, where no control group does. */
export async function checkMemory({ directory, state, job, cgroups }: LiveInstance): Promise<void> {
  if (cgroups.length > 0) return;
  if (treeUsage(job.wrapper.pid).residentBytes <= state.memoryBytes) return;
  mark(directory, "overgrown");
  await killJob(job, cgroups);
}

/** SIGTERM to all of the app's processes, `graceMs`, then SIGKILL to whatever is left. */
export async function stopInstance(instance: LiveInstance, graceMs: number): Promise<void> {
  markAsked(instance.directory);
  const { job, cgroups, endedSignal } = instance;
  if (isAlive(job.wrapper)) {
    const asked = appProcesses(job.wrapper.pid).filter((pid) => signalPid(pid, "SIGTERM"));
    if (asked.length > 0) await pause(graceMs, endedSignal);
  }
  if (!endedSignal.aborted) await killJob(job, cgroups);
  await instance.ended;
}

/** Resident memory of the app's own processes of an instance. */
export function memoryOf({ job }: LiveInstance): number {
  return treeUsage(job.wrapper.pid).residentBytes;
}
