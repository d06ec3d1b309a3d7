/**
 * Who a process is. A pid alone says nothing after a restart, because the kernel gives it out again;
 * pid, start time and boot together name one process for ever.
 */
import { readFileSync } from "node:fs";

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot, field 22 of `/proc/<pid>/stat`. */
  readonly startTicks: number;
  readonly bootId: string;
}

export interface ProcessStat {
  readonly pid: number;
  readonly parentPid: number;
  readonly state: string;
  readonly startTicks: number;
}

/** Parses a line of `/proc/<pid>/stat`; the command may hold blanks and brackets. */
export function parseStat(line: string): ProcessStat | undefined {
  const open = line.indexOf("(");
  const close = line.lastIndexOf(")");
  const fields = line.slice(close + 2).split(" ");
  const pid = Number(line.slice(0, open).trim());
  const [state = "", parent = ""] = fields;
  const startTicks = Number(fields[19]);
  if (open < 1 || close < open || !Number.isInteger(pid) || !Number.isInteger(startTicks)) {
    return undefined;
  }
  return { pid, parentPid: Number(parent), state, startTicks };
}

/** Reads a process's stat line; undefined when there is no such process. */
export function readStat(pid: number): ProcessStat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return undefined; // it ended: that is the answer
  }
}

/** Names this boot of the machine; empty where the kernel does not tell. */
export function currentBootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

/** Whether exactly this process still runs. A zombie does not. */
export function isAlive(identity: ProcessIdentity): boolean {
  if (identity.bootId !== currentBootId()) return false;
  if (identity.bootId === "") return canSignal(identity.pid); // no /proc on this system
  const stat = readStat(identity.pid);
  if (stat === undefined) return false;
  return stat.startTicks === identity.startTicks && stat.state !== "Z" && stat.state !== "X";
}

export function identityOf(pid: number): ProcessIdentity | undefined {
  const bootId = currentBootId();
  if (bootId === "") return canSignal(pid) ? { pid, startTicks: 0, bootId } : undefined;
  const stat = readStat(pid);
  return stat === undefined ? undefined : { pid, startTicks: stat.startTicks, bootId };
}

/** Sends a signal; false when there is nobody to receive it. */
export function signalPid(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false; // it ended meanwhile, which is what most signals are for
  }
}

function canSignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
