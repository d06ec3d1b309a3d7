/**
 * The supervisor of the platform's own processes: starts them in order, restarts what dies, stops them
 * in reverse, doors first. Small on purpose (it lives as long as the machine) and dispensable on
 * purpose: children write to files and lead their own sessions, so that killing the supervisor disturbs
 * nobody, and the next one adopts them by pid and start time.
 *
 * A child: waiting for its turn -> starting (prepare, spawn, until ready) -> running -> dead -> starting …
 */
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock, Log } from "#domain"; // `import { type … }` would load the room
import { backoffMs, canonicalJson, err, ok, sha256Hex, type Result } from "#std";
import {
  childGraceMs,
  childReadyMs,
  childWatchMs,
  followPollMs,
  restartFirstMs,
  restartForgetMs,
  restartMaxMs,
  supervisedLogBytesMax,
} from "./limits.ts";
import { rotateLog } from "./log-file.ts";
import { identityOf, isAlive, signalPid, type ProcessIdentity } from "./process-identity.ts";
import { readIdentity, takeLock, type AlreadyRunning } from "./supervisor-lock.ts";

export interface ChildSpec {
  /** Also the name of its log: `<dataDir>/logs/<name>.log`. Letters, digits and -. */
  readonly name: string;
  readonly argv: readonly string[];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Before each start, not before an adoption. A failure counts as a death. */
  prepare?(): Promise<void>;
  /** Asked every 50 ms until true; the next child starts then. Absent: ready once it runs. */
  isReady?(): Promise<boolean>;
  /** Default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** From the stop signal to SIGKILL; default 10 s. */
  readonly graceMs?: number;
  /** Lets users in: stopped before any child that does not, and at once with all others that do. */
  readonly isDoor?: boolean;
}

export interface SupervisorOptions {
  readonly dataDir: string;
  readonly children: readonly ChildSpec[];
  readonly log: Log;
  readonly clock: Clock;
  /** Aborting stops the doors, then the others in reverse order; then the promise resolves. */
  readonly signal: AbortSignal;
  /** Called once, when the last child is ready. */
  onReady?(): void;
}

interface Child {
  readonly spec: ChildSpec;
  /** The process at present; undefined between two of them. */
  current: Running | undefined;
}

interface Running {
  readonly identity: ProcessIdentity;
  readonly startedAt: number;
  readonly isAdopted: boolean;
  /** How it ended, in words. */
  readonly exited: Promise<string>;
}

/**
 * Runs until `signal` aborts and every child is gone. The error: another supervisor holds this data
 * directory (one that was killed does not).
 */
export async function supervise(options: SupervisorOptions): Promise<Result<void, AlreadyRunning>> {
  const lock = takeLock(options.dataDir);
  if (!lock.ok) return err(lock.error);
  const { dataDir, signal } = options;
  for (const directory of ["logs", "run/children"]) {
    mkdirSync(join(dataDir, directory), { recursive: true, mode: 0o700 });
  }
  const rotation = setInterval(() => void rotateAll(options), followPollMs);
  try {
    await stopStrangers(options);
    const children = options.children.map((spec): Child => ({ spec, current: undefined }));
    const loops: Promise<void>[] = [];
    for (const child of children) {
      if (signal.aborted) break;
      await new Promise<void>((ready) => loops.push(keepAlive(options, child, ready)));
    }
    if (!signal.aborted) options.onReady?.();
    await aborted(signal);
    const isDoor = ({ spec }: Child): boolean => spec.isDoor === true;
    await Promise.all(children.filter(isDoor).map((child) => stopChild(options, child)));
    for (const child of children.toReversed()) {
      if (!isDoor(child)) await stopChild(options, child);
    }
    await Promise.all(loops);
  } finally {
    clearInterval(rotation);
    lock.value.release();
  }
  return ok(undefined);
}

/** Starts the child again whenever it died, until the abort. Calls `ready` once: ready, or late. */
async function keepAlive(
  options: SupervisorOptions,
  child: Child,
  ready: () => void,
): Promise<void> {
  const { clock, log, signal } = options;
  const { name } = child.spec;
  let attempt = 0;
  while (!signal.aborted) {
    const running = await startChild(options, child.spec);
    child.current = running;
    if (running !== undefined) {
      log.info("supervisor.child_started", {
        name,
        pid: running.identity.pid,
        isAdopted: running.isAdopted,
      });
      const isReady = await becomesReady(options, child.spec, running);
      if (!isReady && !signal.aborted) log.warn("supervisor.child_not_ready", { name });
      if (isReady || isAlive(running.identity)) ready(); // late, but there: the next one may start
      const exit = await running.exited;
      if (signal.aborted) break;
      if (clock.now() - running.startedAt >= restartForgetMs) attempt = 0;
      log.warn("supervisor.child_exited", { name, exit, attempt });
    }
    child.current = undefined;
    const backoff = { firstMs: restartFirstMs, maxMs: restartMaxMs };
    await clock.sleep(backoffMs(backoff, attempt, clock.random()), signal);
    attempt += 1;
  }
  ready();
}

/** Adopts the child of an earlier supervisor, or starts it; undefined when it could not be started. */
async function startChild(
  options: SupervisorOptions,
  spec: ChildSpec,
): Promise<Running | undefined> {
  const record = recordFile(options.dataDir, spec);
  const known = readIdentity(record);
  if (known !== undefined && isAlive(known)) {
    return {
      identity: known,
      startedAt: options.clock.now(),
      isAdopted: true,
      exited: gone(known),
    };
  }
  try {
    await spec.prepare?.();
    return options.signal.aborted ? undefined : spawnChild(options, spec, record);
  } catch (cause) {
    options.log.error("supervisor.child_start_failed", { name: spec.name, cause: String(cause) });
    return undefined;
  }
}

function spawnChild(
  options: SupervisorOptions,
  spec: ChildSpec,
  record: string,
): Running | undefined {
  const [file = "", ...args] = spec.argv;
  const log = openSync(logFileOf(options.dataDir, spec.name), "a", 0o600);
  try {
    const child = spawn(file, args, {
      cwd: spec.cwd ?? "/",
      detached: true,
      env: { ...spec.env },
      stdio: ["ignore", log, log],
      ...(spec.uid === undefined ? {} : { uid: spec.uid }),
      ...(spec.gid === undefined ? {} : { gid: spec.gid }),
    });
    const exited = new Promise<string>((done) => {
      child.once("error", (cause) => done(cause.message));
      child.once("exit", (code, signal) =>
        done(signal === null ? `exit code ${code}` : `signal ${signal}`),
      );
    });
    const identity = child.pid === undefined ? undefined : identityOf(child.pid);
    if (identity === undefined) {
      options.log.error("supervisor.child_start_failed", { name: spec.name, file });
      return undefined;
    }
    writeFileSync(record, JSON.stringify(identity), { mode: 0o600 });
    return { identity, startedAt: options.clock.now(), isAdopted: false, exited };
  } finally {
    closeSync(log);
  }
}

/** Whether it got ready before it ended, the abort came, or its time was up. */
async function becomesReady(
  options: SupervisorOptions,
  spec: ChildSpec,
  running: Running,
): Promise<boolean> {
  if (spec.isReady === undefined) return true;
  const deadlineAt = options.clock.now() + childReadyMs;
  while (isAlive(running.identity) && options.clock.now() < deadlineAt) {
    if (options.signal.aborted) return false;
    // A probe that throws found nobody there yet.
    if (await spec.isReady().catch(() => false)) return true;
    await options.clock.sleep(childWatchMs, options.signal);
  }
  return false;
}

/** An adopted process is not our child, so the kernel tells us nothing: look. */
async function gone(identity: ProcessIdentity): Promise<string> {
  while (isAlive(identity)) await new Promise((done) => setTimeout(done, childWatchMs));
  return "ended (adopted, status unknown)";
}

async function stopChild(options: SupervisorOptions, { spec, current }: Child): Promise<void> {
  if (current !== undefined) await stopProcess(options, current.identity, spec);
  rmSync(recordFile(options.dataDir, spec), { force: true });
}

/** The stop signal, the grace, then SIGKILL to its whole process group. */
async function stopProcess(
  options: Pick<SupervisorOptions, "log">,
  identity: ProcessIdentity,
  {
    name,
    stopSignal = "SIGTERM",
    graceMs = childGraceMs,
  }: Pick<ChildSpec, "name" | "stopSignal" | "graceMs">,
): Promise<void> {
  if (isAlive(identity)) signalPid(identity.pid, stopSignal);
  const over = gone(identity);
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), graceMs);
  await Promise.race([over, aborted(patience.signal)]);
  clearTimeout(timer);
  if (!isAlive(identity)) return;
  options.log.warn("supervisor.child_killed", { name, graceMs });
  if (!signalPid(-identity.pid, "SIGKILL")) signalPid(identity.pid, "SIGKILL");
  await over;
}

/** Stops children of an earlier supervisor that are no longer wanted as they are. */
async function stopStrangers(options: SupervisorOptions): Promise<void> {
  const directory = join(options.dataDir, "run", "children");
  const wanted = new Set(options.children.map((spec) => recordFile(options.dataDir, spec)));
  for (const name of readdirSync(directory).toReversed()) {
    const file = join(directory, name);
    if (wanted.has(file)) continue;
    const identity = readIdentity(file);
    if (identity !== undefined && isAlive(identity)) await stopProcess(options, identity, { name });
    rmSync(file, { force: true });
  }
}

/** Named for what it runs as well: a child with other arguments is another child. */
function recordFile(dataDir: string, { name, argv, env }: ChildSpec): string {
  const digest = sha256Hex(JSON.stringify([argv, canonicalJson(env)])).slice(0, 12);
  return join(dataDir, "run", "children", `${name}-${digest}.json`);
}

function logFileOf(dataDir: string, name: string): string {
  return join(dataDir, "logs", `${name}.log`);
}

async function rotateAll({ dataDir, children }: SupervisorOptions): Promise<void> {
  for (const { name } of children) await rotateLog(logFileOf(dataDir, name), supervisedLogBytesMax);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener("abort", () => done(), { once: true });
  });
}
