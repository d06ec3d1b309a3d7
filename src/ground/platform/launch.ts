/**
 * Starting a program that outlives us, and hearing of its end.
 *
 * A job is a directory: `claim` (who runs it; created exclusively by the wrapper), `exit` (how it
 * ended, written in place), `log`. Everything there is to know about a job is in its directory, so any
 * server can take it over.
 */
import { spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { claimMs, endPollMs } from "./limits.ts";
import { watchFile } from "./log-file.ts";
import { isAlive, parseStat, type ProcessIdentity } from "./process-identity.ts";
import { runningMark, type Scripts } from "./scripts.ts";

export interface Launch {
  readonly directory: string;
  readonly argv: readonly string[];
  /** Text for the enter script; may hold secrets, so it is never on a command line and never stays on disk. */
  readonly environment: string;
  readonly cgroups: readonly string[];
  readonly wallMs?: number;
  readonly fileBytesMax?: number;
  readonly filter?: string;
  readonly cwd: string;
  readonly scripts: Scripts;
}

export interface JobEnd {
  /** Absent when the wrapper was killed before it could write it. */
  readonly code: number | undefined;
  readonly at: number;
}

export interface Job {
  readonly directory: string;
  readonly wrapper: ProcessIdentity;
  readonly ended: Promise<JobEnd>;
}

export function logFile(directory: string): string {
  return join(directory, "log");
}

/**
 * Starts the job, or finds that somebody else did: either way gives the one that runs. Undefined when
 * the wrapper could not even start.
 */
export async function launch(options: Launch, signal: AbortSignal): Promise<Job | undefined> {
  const { directory } = options;
  preallocateExit(directory);
  const log = openSync(logFile(directory), "a", 0o600);
  const environment = environmentDescriptor(options.environment, directory);
  const filter = options.filter === undefined ? "ignore" : openSync(options.filter, "r");
  try {
    const blocks = options.fileBytesMax === undefined ? "-" : Math.ceil(options.fileBytesMax / 512);
    const wall = options.wallMs === undefined ? "-" : (options.wallMs / 1000).toFixed(3);
    const head = [options.scripts.run, directory, String(blocks), wall, ...options.cgroups, "--"];
    const child = spawn("/bin/sh", [...head, ...options.argv], {
      cwd: options.cwd,
      detached: true,
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LANG: "C.UTF-8" },
      stdio: [environment, log, log, filter],
    });
    const exited = new Promise<void>((done) => {
      child.once("error", () => done());
      child.once("exit", () => done());
    });
    child.unref();
    const wrapper = await claimed(directory, exited);
    return wrapper === undefined ? undefined : jobOf(directory, wrapper, { signal, exited });
  } finally {
    for (const descriptor of [log, environment, filter]) {
      if (typeof descriptor === "number") closeSync(descriptor);
    }
  }
}

function preallocateExit(directory: string): void {
  try {
    writeFileSync(join(directory, "exit"), runningMark, { flag: "wx" });
  } catch (cause) {
    if (!existsSync(join(directory, "exit"))) throw cause;
    // Another server prepares the same job: its file serves as well.
  }
}

/** Takes over a job from its directory; undefined when nobody ever claimed it. */
export function adopt(directory: string, signal: AbortSignal): Job | undefined {
  const wrapper = readClaim(directory);
  return wrapper === undefined ? undefined : jobOf(directory, wrapper, { signal });
}

function jobOf(
  directory: string,
  wrapper: ProcessIdentity,
  events: { readonly signal: AbortSignal; readonly exited?: Promise<void> },
): Job {
  return { directory, wrapper, ended: awaitEnd(directory, wrapper, events) };
}

/** How the job ended, if it did. */
export function readEnd(directory: string, wrapper: ProcessIdentity): JobEnd | undefined {
  const before = readExit(directory);
  if (before !== undefined || isAlive(wrapper)) return before;
  // Dead: what it wrote between our first look and its death counts.
  return readExit(directory) ?? { code: undefined, at: Date.now() };
}

function readExit(directory: string): JobEnd | undefined {
  const file = join(directory, "exit");
  try {
    const code = /^ended +(\d+)\n$/.exec(readFileSync(file, "utf8"))?.[1];
    return code === undefined ? undefined : { code: Number(code), at: statSync(file).mtimeMs };
  } catch {
    return undefined; // pruned
  }
}

/** Never resolves once `signal` aborts: then nobody is interested any more. */
function awaitEnd(
  directory: string,
  wrapper: ProcessIdentity,
  events: { readonly signal: AbortSignal; readonly exited?: Promise<void> },
): Promise<JobEnd> {
  return new Promise((done) => {
    const stop = (): void => {
      clearInterval(timer);
      watcher[Symbol.dispose]();
      events.signal.removeEventListener("abort", stop);
    };
    const look = (): void => {
      const end = readEnd(directory, wrapper);
      if (end === undefined) return;
      stop();
      done(end);
    };
    const timer = setInterval(look, endPollMs);
    const watcher = watchFile(join(directory, "exit"), look);
    events.signal.addEventListener("abort", stop);
    void events.exited?.then(look);
    if (events.signal.aborted) stop();
    else look();
  });
}

/** Waits for the wrapper's claim; it comes within a millisecond or two of the start. */
async function claimed(
  directory: string,
  exited: Promise<void>,
): Promise<ProcessIdentity | undefined> {
  let isOver = false;
  void exited.then(() => (isOver = true));
  const deadlineAt = Date.now() + claimMs;
  while (Date.now() < deadlineAt) {
    const wasOver = isOver;
    const claim = readClaim(directory);
    if (claim !== undefined) return claim;
    if (wasOver) return undefined;
    await new Promise((done) => setTimeout(done, 1));
  }
  return undefined;
}

/** Who claimed the job; undefined when nobody did, or the claim is being written right now. */
export function readClaim(directory: string): ProcessIdentity | undefined {
  try {
    const [bootId, line, after] = readFileSync(join(directory, "claim"), "utf8").split("\n");
    if (bootId === undefined || line === undefined || after === undefined) return undefined;
    const stat = parseStat(line);
    return stat === undefined ? undefined : { pid: stat.pid, startTicks: stat.startTicks, bootId };
  } catch {
    return undefined;
  }
}

/** A descriptor that reads the text, of a file that has no name any more; in memory where possible. */
function environmentDescriptor(text: string, directory: string): number {
  const name = `.tidegate-${process.pid}-${Math.trunc(performance.now() * 1000)}`;
  const file = join(existsSync("/dev/shm") ? "/dev/shm" : directory, name);
  const descriptor = openSync(file, "wx+", 0o600);
  unlinkSync(file);
  // At an explicit position, so that the reader's own starts at the beginning.
  writeAll(descriptor, Buffer.from(text));
  return descriptor;
}

function writeAll(descriptor: number, bytes: Buffer): void {
  let at = 0;
  while (at < bytes.length) at += writeSync(descriptor, bytes, at, bytes.length - at, at);
}
