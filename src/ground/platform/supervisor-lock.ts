/**
 * One supervisor per data directory. The lock is a file that names its holder (pid, start time, boot),
 * created with its content in one step by linking; a holder that no longer lives has lost it.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { assert, err, ok, type Result } from "#std";
import { identityOf, isAlive, type ProcessIdentity } from "./process-identity.ts";

/** Another supervisor runs on this data directory. */
export interface AlreadyRunning {
  readonly code: "already_running";
  readonly pid: number;
  readonly dataDir: string;
}

export interface SupervisorLock {
  release(): void;
}

/** Takes the lock, also from a holder that was killed. */
export function takeLock(dataDir: string): Result<SupervisorLock, AlreadyRunning> {
  const file = join(dataDir, "run", "supervisor.json");
  const own = identityOf(process.pid);
  assert(own !== undefined, "this process runs");
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const candidate = `${file}.${own.pid}-${own.startTicks}`;
  writeFileSync(candidate, JSON.stringify(own), { mode: 0o600 });
  try {
    for (;;) {
      if (linked(candidate, file)) return ok({ release: () => releaseLock(file, own) });
      const holder = readIdentity(file);
      if (holder === undefined) continue; // released between the two looks
      if (isAlive(holder)) return err({ code: "already_running", pid: holder.pid, dataDir });
      discard(file, holder);
    }
  } finally {
    rmSync(candidate, { force: true });
  }
}

function linked(candidate: string, file: string): boolean {
  try {
    linkSync(candidate, file);
    return true;
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST") return false;
    throw cause;
  }
}

/**
 * Removes a dead holder's file. Two supervisors may judge it dead at once, and the slower one must not
 * take away the faster one's fresh lock: so the file is moved aside first, looked at, and put back if
 * it was not the dead holder's after all.
 */
function discard(file: string, dead: ProcessIdentity): void {
  const aside = `${file}.stale-${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return; // the other one was faster
  }
  const moved = readIdentity(aside);
  if (moved !== undefined && !isSame(moved, dead)) linked(aside, file);
  rmSync(aside, { force: true });
}

function releaseLock(file: string, own: ProcessIdentity): void {
  const holder = readIdentity(file);
  if (holder !== undefined && isSame(holder, own)) rmSync(file, { force: true });
}

export function isSame(a: ProcessIdentity, b: ProcessIdentity): boolean {
  return a.pid === b.pid && a.startTicks === b.startTicks && a.bootId === b.bootId;
}

/** Reads an identity that this room wrote; undefined when there is none, or it is damaged. */
export function readIdentity(file: string): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    return isIdentity(value) ? value : damaged;
  } catch (cause) {
    if (cause instanceof SyntaxError) return damaged;
    return undefined; // no such file
  }
}

/** What a full disk left half written names nobody, so nobody can hold it. */
const damaged: ProcessIdentity = { pid: 0, startTicks: -1, bootId: "damaged" };

function isIdentity(value: unknown): value is ProcessIdentity {
  return (
    typeof value === "object" &&
    value !== null &&
    "pid" in value &&
    typeof value.pid === "number" &&
    "startTicks" in value &&
    typeof value.startTicks === "number" &&
    "bootId" in value &&
    typeof value.bootId === "string"
  );
}
