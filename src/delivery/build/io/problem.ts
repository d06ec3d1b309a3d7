/** What went wrong in a step or around it, as a problem for the author. */
import type { Limits, PlanStep, Problem, RunningStep, StepEnd } from "#domain";
import { formatDurationMs } from "#std";
import { renderCommand } from "../command-line.ts";
import { problemLogLines } from "../limits.ts";

/** Aborting with this reason stops waiting but leaves the step running, to be adopted later. */
export const leaveRunning = "leave_running";

export const cancelled: Problem = {
  code: "cancelled",
  message: "the build was cancelled before it was done",
};

export async function stepProblem(
  step: PlanStep,
  end: StepEnd,
  running: RunningStep,
): Promise<Problem> {
  const log = await running.tail(problemLogLines);
  const commands = step.commands.map((argv) => renderCommand(argv)).join(", then ");
  return {
    code: end.kind === "limit" ? `${step.name}_limit` : `${step.name}_failed`,
    message: `${step.name} failed: ${renderEnd(end)}`,
    where: `${step.name}: ${commands}`,
    next: nextOf(step, end),
    log,
  };
}

const limitWords: Readonly<Record<keyof Limits, (allowed: number) => string>> = {
  wallMs: (allowed) => `it ran longer than ${formatDurationMs(allowed)}`,
  memoryBytes: (allowed) => `it used more than ${mebibytes(allowed)} of memory`,
  processes: (allowed) => `it started more than ${allowed} processes`,
  outputBytes: (allowed) => `it printed more than ${mebibytes(allowed)}`,
  diskBytes: (allowed) => `it wrote more than ${mebibytes(allowed)}`,
};

function renderEnd(end: StepEnd): string {
  switch (end.kind) {
    case "exited":
      return `exit code ${end.code}`;
    case "signalled":
      return `it was ended by ${end.signal}`;
    case "limit":
      return limitWords[end.limit](end.allowed);
    case "cancelled":
      return "it was cancelled";
    default:
      return "it did not end";
  }
}

function nextOf(step: PlanStep, end: StepEnd): string {
  if (end.kind === "limit" && end.limit === "wallMs") {
    return `make it faster, or set ${step.name === "test" ? "test" : "build"}.timeout in tidegate.yaml`;
  }
  if (end.kind === "limit") return "make the step need less, and push again";
  return "fix what the log names, and push again";
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MiB`;
}

/** A full disk is the operator's to mend, and the author's to know; anything else is a fault of ours. */
export function diskProblem(cause: unknown): Problem | undefined {
  const text = String(cause);
  if (!/ENOSPC|EDQUOT|No space left on device|Disk quota exceeded/.test(text)) return undefined;
  return {
    code: "disk_full",
    message: "there is no space left on the disk of this Tidegate",
    next: "ask the operator to free some, then push again (see: tidegate doctor)",
  };
}
