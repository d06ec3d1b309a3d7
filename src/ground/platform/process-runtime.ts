/** The process driver of the Runtime port: sandboxed processes of this machine. */
import { mkdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import type {
  Clock,
  InstanceExit,
  InstanceSpec,
  Log,
  Runtime,
  RunningInstance,
  SandboxLevel,
  StartFailed,
  StepSpec,
} from "#domain";
import { err, ok, sha256Hex, Turns, type Result } from "#std";
import { sweepGroups } from "./cgroup.ts";
import { instanceLogs, logSources } from "./instance-logs.ts";
import {
  findInstance,
  findInstances,
  instancesDirectory,
  isAsked,
  markAsked,
  markReported,
  memoryOf,
  runningInstance,
  startInstance,
  stopInstance,
  type LiveInstance,
} from "./instance.ts";
import { climb } from "./ladder.ts";
import { logFile } from "./launch.ts";
import { noteEnd } from "./note-end.ts";
import { aliveMs, failureLogLines, logMarkMs } from "./limits.ts";
import { makeBell, tailLines } from "./log-file.ts";
import { LogMarker } from "./log-times.ts";
import { freePort, keepPast } from "./ports.ts";
import { appProcesses } from "./process-tree.ts";
import { awaitReady, pause } from "./readiness.ts";
import { installScripts } from "./scripts.ts";
import { openStep, runningStep, type LiveStep } from "./step.ts";
import { prune, tender } from "./tending.ts";
import { openUids, uidRange } from "./uids.ts";
import { killJob, platformDirectory, type Ground } from "./workspace.ts";

export interface ProcessRuntimeOptions {
  /** Absolute; made when missing. Steps and instances leave their state and logs below it. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Accepts level 0, plain child processes, where nothing better works. Off unless said. */
  readonly allowUnsandboxed?: boolean;
  /** Stays at or below this rung even where a higher one works. */
  readonly sandboxLevelMax?: SandboxLevel;
}

const loopback = "127.0.0.1";

/**
 * Opens the driver: probes the sandbox once, adopts every instance that runs, and hears of those that
 * ended meanwhile. Disposing of it lets go; what runs goes on.
 */
export async function createProcessRuntime(
  options: ProcessRuntimeOptions,
): Promise<Runtime & AsyncDisposable> {
  const over = new AbortController();
  const ground = await openGround(options, over.signal);
  const steps = new Map<string, Promise<LiveStep>>();
  const book = openBook(ground);
  prune(ground);
  const tend = tender(ground, book);
  const tending = setInterval(() => void tend(), logMarkMs);
  tending.unref();
  return {
    name: "process",
    sandboxLevel: () => Promise.resolve(ground.ladder.rung.level),
    findings: () => ground.ladder.findings(),
    step: (spec) => sharedStep(ground, steps, spec),
    start: (spec, signal) => book.inTurn(spec.id, () => start(ground, book, { spec, signal })),
    async stop(id, graceMs) {
      const instance = book.live.get(id);
      if (instance !== undefined) await stopInstance(instance, graceMs);
    },
    instances: () => Promise.resolve([...book.live.values()].map(runningInstance)),
    memoryBytes: (id) => {
      const instance = book.live.get(id);
      return Promise.resolve(instance && memoryOf(instance));
    },
    exits: (signal) => book.exits(AbortSignal.any([signal, over.signal])),
    logSources: (app) => Promise.resolve(logSources(instancesDirectory(ground.dataDir), app)),
    logs: (query) =>
      instanceLogs(instancesDirectory(ground.dataDir), {
        ...query,
        now: () => ground.clock.now(),
        signal: AbortSignal.any([query.signal, over.signal]),
      }),
    [Symbol.asyncDispose]() {
      clearInterval(tending);
      over.abort();
      return Promise.resolve();
    },
  };
}

async function openGround(options: ProcessRuntimeOptions, signal: AbortSignal): Promise<Ground> {
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const dataDir = realpathSync(options.dataDir);
  const directory = platformDirectory(dataDir);
  const scripts = await installScripts(join(directory, "scripts"));
  const groupPrefix = `tidegate-${sha256Hex(dataDir).slice(0, 8)}-`;
  const levelMax = options.sandboxLevelMax ?? 3;
  const range = uidRange(dataDir);
  const probeUid = range.last;
  const ladder = await climb({ directory, scripts, groupPrefix, levelMax, probeUid });
  const { clock, log } = options;
  const isUnsandboxedAllowed = options.allowUnsandboxed ?? false;
  const uids = await openUids(join(directory, "uids"), range);
  if (ladder.cgroups !== undefined) sweepGroups(ladder.cgroups, groupPrefix);
  log.info("platform.opened", { sandboxLevel: ladder.rung.level });
  return { dataDir, clock, log, ladder, scripts, uids, groupPrefix, isUnsandboxedAllowed, signal };
}

/** One promise per step: who asks again while it runs shares it. */
async function sharedStep(
  ground: Ground,
  steps: Map<string, Promise<LiveStep>>,
  spec: StepSpec,
): Promise<ReturnType<typeof runningStep>> {
  const known = steps.get(spec.id);
  const opening = known ?? openStep(ground, spec);
  if (known === undefined) {
    steps.set(spec.id, opening);
    void forgetAfterwards(steps, spec.id, opening);
  }
  const live = await opening;
  return runningStep(live, known !== undefined || live.isFound);
}

/** Once it is over, its directory remembers. A failure is told to whoever awaits the step. */
async function forgetAfterwards(
  steps: Map<string, Promise<LiveStep>>,
  id: string,
  opening: Promise<LiveStep>,
): Promise<void> {
  await Promise.allSettled([opening.then((step) => step.outcome)]);
  steps.delete(id);
}

/** The instances of this server's knowledge. */
interface Book {
  readonly live: Map<string, LiveInstance>;
  readonly marker: LogMarker;
  /** Ports promised to instances that are being started. */
  readonly ports: Set<number>;
  /** Ports of instances that ended: an edge may lead users of their app there for a while. */
  readonly pastPorts: Set<number>;
  /** Resolves when it is known whether an instance got ready; one that did not is marked by then. */
  readonly starts: WeakMap<LiveInstance, Promise<unknown>>;
  add(instance: LiveInstance): void;
  /** Runs one at a time for an id: starting twice must adopt, not race. */
  inTurn<T>(id: string, act: () => Promise<T>): Promise<T>;
  exits(signal: AbortSignal): AsyncIterable<InstanceExit>;
}

function openBook(ground: Ground): Book {
  const live = new Map<string, LiveInstance>();
  const marker = new LogMarker();
  const turns = new Turns();
  const pastPorts = new Set<number>();
  const starts = new WeakMap<LiveInstance, Promise<unknown>>();
  const news: InstanceExit[] = [];
  const bell = makeBell();
  const tell = (exit: InstanceExit): void => {
    news.push(exit);
    bell.ring();
  };
  const add = (instance: LiveInstance): void => {
    live.set(instance.state.id, instance);
    void forgetAtEnd(instance);
  };
  const forgetAtEnd = async (instance: LiveInstance): Promise<void> => {
    const exit = await instance.ended;
    if (live.get(exit.id) === instance) live.delete(exit.id);
    keepPast(pastPorts, instance.state.port);
    marker.forget(logFile(instance.directory));
    // Whoever waits for its start hears of its end there; told here as well, it would count twice.
    await Promise.allSettled([starts.get(instance)]);
    if (isAsked(instance.directory)) return;
    await noteEnd(logFile(instance.directory), exit.exit);
    tell(exit);
  };
  for (const found of findInstances(ground)) {
    if (found.kind === "running") add(found.instance);
    else keepPast(pastPorts, found.state.port);
    if (found.kind === "ended" && found.isNews) tell(found.exit);
  }
  return {
    live,
    marker,
    ports: new Set(),
    pastPorts,
    starts,
    add,
    inTurn: (id, act) => turns.take(id, act),
    async *exits(signal) {
      signal.addEventListener("abort", bell.ring);
      while (!signal.aborted) {
        const exit = news.shift();
        if (exit === undefined) {
          await bell.wait();
          continue;
        }
        yield exit;
        // Only now has the reader dealt with it; killed before, the next server tells it again.
        markReported(join(instancesDirectory(ground.dataDir), exit.id));
      }
      signal.removeEventListener("abort", bell.ring);
    },
  };
}

interface Wish {
  readonly spec: InstanceSpec;
  /** Aborts when nobody waits for it any more. */
  readonly signal: AbortSignal | undefined;
}

async function start(
  ground: Ground,
  book: Book,
  wish: Wish,
): Promise<Result<RunningInstance, StartFailed>> {
  const { spec } = wish;
  const known = book.live.get(spec.id) ?? runningOnDisk(ground, book, spec.id);
  if (known !== undefined) return ready({ ground, book }, known, wish);
  if (spec.processType !== "web") return started(ground, book, { ...wish, port: undefined });
  const used = [...book.live.values()].flatMap(({ state }) => state.port ?? []);
  const taken = new Set([...used, ...book.ports, ...book.pastPorts]);
  const port = await freePort(taken, () => ground.clock.random());
  if (port === undefined) return err(refusal("all ports for instances are taken"));
  book.ports.add(port);
  try {
    return await started(ground, book, { ...wish, port });
  } finally {
    book.ports.delete(port);
  }
}

/** Another server on this data directory may have started it. */
function runningOnDisk(ground: Ground, book: Book, id: string): LiveInstance | undefined {
  const found = findInstance(ground, join(instancesDirectory(ground.dataDir), id));
  if (found?.kind !== "running") return undefined;
  book.add(found.instance);
  return found.instance;
}

async function started(
  ground: Ground,
  book: Book,
  { port, ...wish }: Wish & { readonly port: number | undefined },
): Promise<Result<RunningInstance, StartFailed>> {
  const address = port === undefined ? undefined : { host: loopback, port };
  const instance = await startInstance(ground, wish.spec, address);
  if ("refused" in instance) return err(refusal(instance.refused));
  book.add(instance);
  return ready({ ground, book }, instance, wish);
}

function refusal(why: string): StartFailed {
  return { code: "start_failed", reason: { kind: "refused", why }, log: [] };
}

/** Waits until it is ready; takes it away again when it does not get there. */
async function ready(
  { ground, book }: { readonly ground: Ground; readonly book: Book },
  instance: LiveInstance,
  wish: Wish,
): Promise<Result<RunningInstance, StartFailed>> {
  const { spec } = wish;
  const told = markedReadiness(instance, wish);
  book.starts.set(instance, told);
  const outcome = await told;
  if (outcome.kind === "ready") return ok(runningInstance(instance));
  if (!instance.endedSignal.aborted) await killJob(instance.job, instance.cgroups);
  const { exit } = await instance.ended;
  const reason: StartFailed["reason"] =
    outcome.kind === "ended" ? { kind: "exited", exit } : outcome;
  const file = logFile(instance.directory);
  const log = await tailLines(file, failureLogLines, instance.state.logFrom);
  ground.log.info("platform.start_failed", { instance: spec.id, app: spec.app, ...reason });
  return err({ code: "start_failed", reason, log });
}

/** One that does not get ready is marked: the caller hears of it here, not through `exits`. */
async function markedReadiness(instance: LiveInstance, wish: Wish): ReturnType<typeof readiness> {
  const outcome = await readiness(instance, wish);
  if (outcome.kind !== "ready") markAsked(instance.directory);
  return outcome;
}

async function readiness(
  instance: LiveInstance,
  { spec, signal }: Wish,
): Promise<Awaited<ReturnType<typeof awaitReady>>> {
  const { state, job } = instance;
  const endedSignal =
    signal === undefined ? instance.endedSignal : AbortSignal.any([instance.endedSignal, signal]);
  if (spec.health === undefined || state.port === undefined || state.host === undefined) {
    await pause(aliveMs, endedSignal);
    return { kind: endedSignal.aborted ? "ended" : "ready" };
  }
  return awaitReady({
    host: state.host,
    port: state.port,
    health: spec.health,
    pids: () => appProcesses(job.wrapper.pid),
    ended: endedSignal,
  });
}
