/** Runs programs: argv, never a shell; lines as they come; a deadline; and nothing left when asked to stop. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { StepFailed } from "./step-failed.ts";

export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Each line of both streams, as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  /** Both streams, in the order they came. */
  readonly lines: readonly string[];
}

/** Runs a program to its end, whatever that is; `signal` and the deadline end it early. */
export async function run(program: Program, signal?: AbortSignal): Promise<Ended> {
  signal?.throwIfAborted();
  const child = start(program);
  const lines: string[] = [];
  let stdout = "";
  // A deadline of its own: a program that hangs must not hang the story.
  const deadline = setTimeout(() => stop(child), program.timeoutMs);
  const abort = () => stop(child);
  signal?.addEventListener("abort", abort);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code));
  });
  const take = (line: string): void => {
    lines.push(line);
    program.onLine?.(line);
  };
  eachLine(child.stdout, (line) => {
    take(line);
    stdout += `${line}\n`;
  });
  eachLine(child.stderr, take);
  try {
    const exitCode = await ended;
    signal?.throwIfAborted();
    return { exitCode, stdout, lines };
  } finally {
    clearTimeout(deadline);
    signal?.removeEventListener("abort", abort);
  }
}

/** Runs a program that must end with 0, and gives what it printed on stdout. */
export async function mustRun(program: Program, signal?: AbortSignal): Promise<string> {
  const { exitCode, stdout, lines } = await run(program, signal);
  if (exitCode === 0) return stdout;
  const name = [program.file.split("/").at(-1), ...program.args].join(" ");
  const last = lines.slice(-6).join(" | ");
  throw new StepFailed(`${name} to succeed`, `exit code ${String(exitCode)}: ${last}`);
}

/** Starts a program in a process group of its own, so that Ctrl-C comes to us alone and we decide the order. */
export function start(
  { file, args, cwd, env }: Omit<Program, "timeoutMs">,
  stdin: "ignore" | "pipe" = "ignore",
): ChildProcess {
  return spawn(file, args, { cwd, env, detached: true, stdio: [stdin, "pipe", "pipe"] });
}

/** Ends a program and what it started in its group. */
export function stop(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, "SIGTERM");
  } catch {
    // It ended on its own in this very moment.
  }
}

export function eachLine(stream: NodeJS.ReadableStream | null, take: (line: string) => void): void {
  if (stream === null) return;
  createInterface({ input: stream, crlfDelay: Infinity }).on("line", take);
}
