/**
 * Steps: programs that end. A step's directory is its whole memory:
 *
 *   state.json     written before the start      claim, exit, log   the wrapper's (launch.ts)
 *   killed         why we killed it, if we did   outcome.json       written once it ended
 *
 * so calling `runStep` again, from this or another server, adopts what runs or gives what is left, and
 * a step never runs twice. Time and file sizes are bounded by the wrapper and the kernel, also while no
 * server lives; output, forks and disk are watched here as well.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { appendFile, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import type { Limits, RunningStep, SandboxLevel, StepOutcome, StepSpec } from "#domain";
import { assert } from "#std";
import { groupFacts, groupMembers, removeGroups } from "./cgroup.ts";
import { diskWatch, treeBytes } from "./disk-usage.ts";
import { stepEnd } from "./end.ts";
import { adopt, launch, logFile, readClaim, type Job, type JobEnd } from "./launch.ts";
import { forkRefusalsMax, stepWatchMs } from "./limits.ts";
import { followLines, tailLines } from "./log-file.ts";
import { treeUsage, type TreeUsage } from "./memory-watch.ts";
import { signalPid } from "./process-identity.ts";
import {
  directoryName,
  groupsOf,
  killJob,
  prepare,
  readJson,
  writeJson,
  type Ground,
} from "./workspace.ts";

interface StepState {
  readonly startedAt: number;
  readonly sandboxLevel: SandboxLevel;
}
type LeftOver = Omit<StepOutcome, "isAdopted">;
type KilledFor = keyof Limits | "cancelled";

export interface LiveStep {
  readonly directory: string;
  readonly outcome: Promise<LeftOver>;
  readonly cancel: () => Promise<void>;
  /** Whether it was there before this server looked. */
  readonly isFound: boolean;
}

export function stepsDirectory(dataDir: string): string {
  return join(dataDir, "steps");
}

/** Starts the step, or finds it. Two calls at once in one server must share one promise (the caller's map). */
export async function openStep(ground: Ground, spec: StepSpec): Promise<LiveStep> {
  const directory = join(stepsDirectory(ground.dataDir), directoryName(spec.id));
  const left = readJson<LeftOver>(join(directory, "outcome.json"));
  if (left !== undefined) return finished(directory, left);
  if (readClaim(directory) !== undefined) {
    const state = readJson<StepState>(join(directory, "state.json"));
    const job = adopt(directory, ground.signal);
    assert(job !== undefined && state !== undefined, "a claimed step has a state");
    return watched(ground, spec, { job, state, isFound: true });
  }
  return startStep(ground, spec, directory);
}

/** What the port promises about a step, over one that lives or is over. */
export function runningStep(live: LiveStep, isAdopted: boolean): RunningStep {
  const file = logFile(live.directory);
  return {
    logFile: file,
    lines: (signal) => followLines({ file, from: 0, ended: live.outcome, signal }),
    tail: (count) => tailLines(file, count),
    outcome: live.outcome.then((outcome) => ({ ...outcome, isAdopted })),
    cancel: live.cancel,
  };
}

function finished(directory: string, left: LeftOver): LiveStep {
  return {
    directory,
    outcome: Promise.resolve(left),
    cancel: () => Promise.resolve(),
    isFound: true,
  };
}

async function startStep(ground: Ground, spec: StepSpec, directory: string): Promise<LiveStep> {
  mkdirSync(directory, { recursive: true, mode: 0o711 });
  const state = { startedAt: ground.clock.now(), sandboxLevel: ground.ladder.rung.level };
  writeJson(join(directory, "state.json"), state);
  const prepared = await prepare(ground, {
    ...spec,
    directory,
    name: stepName(directory),
    isWorkDirWritable: true,
    memoryBytes: spec.limits.memoryBytes,
    processes: spec.limits.processes,
    cpuShare: 0.25, // apps that serve come before builds
  });
  if (!prepared.ok) return refused({ ground, directory, state }, prepared.error);
  const { outputBytes, diskBytes, wallMs } = spec.limits;
  const fileBytesMax = Math.max(outputBytes, diskBytes);
  const job = await launch({ ...prepared.value, wallMs, fileBytesMax }, ground.signal);
  if (job === undefined) return refused({ ground, directory, state }, "/bin/sh did not start");
  return watched(ground, spec, { job, state, isFound: false });
}

/** A step that cannot start ends as a program that cannot be executed does, and its log says why. */
async function refused(
  step: { readonly ground: Ground; readonly directory: string; readonly state: StepState },
  why: string,
): Promise<LiveStep> {
  await appendFile(logFile(step.directory), `tidegate: refused: ${why}\n`);
  const left: LeftOver = {
    ...step.state,
    end: { kind: "exited", code: 126 },
    finishedAt: step.ground.clock.now(),
  };
  writeJson(join(step.directory, "outcome.json"), left);
  return { ...finished(step.directory, left), isFound: false };
}

interface Watched {
  readonly job: Job;
  readonly state: StepState;
  readonly isFound: boolean;
}

function watched(ground: Ground, spec: StepSpec, step: Watched): LiveStep {
  const { job } = step;
  const cgroups = groupsOf(job.directory);
  const killFor = async (reason: KilledFor): Promise<void> => {
    markKilled(job.directory, reason);
    await killJob(job, cgroups);
  };
  const stopWatching = watchLimits(ground, spec, { ...step, cgroups, killFor });
  const outcome = job.ended.then(async (end) => {
    stopWatching();
    return conclude(spec, step, { end, cgroups });
  });
  const cancel = async (): Promise<void> => {
    await killFor("cancelled");
    await outcome;
  };
  return { directory: job.directory, outcome, cancel, isFound: step.isFound };
}

/** Looks at a running step until it ends; kills it past a bound. Gives what stops the looking. */
function watchLimits(
  ground: Ground,
  spec: StepSpec,
  step: Watched & {
    readonly cgroups: readonly string[];
    readonly killFor: (reason: KilledFor) => Promise<void>;
  },
): () => void {
  const disk = diskWatch([spec.workDir], spec.limits.diskBytes);
  let forksRefused = 0;
  let refusals = 0;
  let isLooking = false;
  const exceeded = async (): Promise<KilledFor | undefined> => {
    const now = ground.clock.now();
    if ((await logBytes(step.job.directory)) > spec.limits.outputBytes) return "outputBytes";
    const facts = groupFacts(step.cgroups);
    const tree = step.cgroups.length === 0 ? treeUsage(step.job.wrapper.pid) : undefined;
    // A build may touch its limit and recover; a fork bomb is refused in every look. Without control
    // groups nobody counts refusals, but a bomb stays at its limit.
    const isRefused = facts.forksRefused > forksRefused;
    refusals = isRefused || isFull(tree, spec.limits) ? refusals + 1 : 0;
    forksRefused = facts.forksRefused;
    if (refusals >= forkRefusalsMax) return "processes";
    if (tree !== undefined && tree.residentBytes > spec.limits.memoryBytes) return "memoryBytes";
    if (now - step.state.startedAt > spec.limits.wallMs + stepWatchMs * 10) return "wallMs";
    return (await disk.isOver(now)) ? "diskBytes" : undefined;
  };
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      const reason = await exceeded();
      if (reason !== undefined) await step.killFor(reason);
    } catch (cause) {
      ground.log.warn("platform.step_watch_failed", { step: spec.id, cause: String(cause) });
    } finally {
      isLooking = false;
    }
  };
  const timer = setInterval(() => void look(), stepWatchMs);
  const stop = (): void => clearInterval(timer);
  ground.signal.addEventListener("abort", stop, { once: true });
  return () => {
    stop();
    ground.signal.removeEventListener("abort", stop);
  };
}

function isFull(tree: TreeUsage | undefined, limits: Limits): boolean {
  return tree !== undefined && tree.tasks >= limits.processes;
}

/** Writes down how the step ended, then lets go of its control groups (whose counts are in there now). */
async function conclude(
  spec: StepSpec,
  { job, state }: Watched,
  seen: { readonly end: JobEnd; readonly cgroups: readonly string[] },
): Promise<LeftOver> {
  const { directory } = job;
  const { end, cgroups } = seen;
  for (const pid of groupMembers(cgroups)) signalPid(pid, "SIGKILL");
  const outputBytes = await logBytes(directory);
  if (outputBytes > spec.limits.outputBytes) {
    await truncate(logFile(directory), spec.limits.outputBytes);
  }
  const left: LeftOver = {
    ...state,
    end: stepEnd(
      {
        code: end.code,
        killedFor: readKilled(directory),
        elapsedMs: end.at - state.startedAt,
        outputBytes,
        diskBytes: end.code === 0 ? 0 : await treeBytes(spec.workDir, spec.limits.diskBytes),
        ...groupFacts(cgroups),
      },
      spec.limits,
    ),
    finishedAt: Math.round(end.at),
  };
  writeJson(join(directory, "outcome.json"), left);
  await removeGroups(cgroups);
  return left;
}

function stepName(directory: string): string {
  return `step-${directory.slice(directory.lastIndexOf("/") + 1)}`;
}

function markKilled(directory: string, reason: KilledFor): void {
  try {
    writeFileSync(join(directory, "killed"), reason, { flag: "wx" });
  } catch {
    // A reason is there already; the first one is the true one.
  }
}

function readKilled(directory: string): KilledFor | undefined {
  const file = join(directory, "killed");
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, "utf8");
  return reasons.find((reason) => reason === text);
}
const reasons: readonly KilledFor[] = [
  "cancelled",
  "wallMs",
  "memoryBytes",
  "processes",
  "outputBytes",
  "diskBytes",
];

async function logBytes(directory: string): Promise<number> {
  const found = await stat(logFile(directory)).catch(() => undefined); // not there before the first line
  return found?.size ?? 0;
}
