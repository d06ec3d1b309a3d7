/** The processes below one process, and the end of them all. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { killMs } from "./limits.ts";
import { isAlive, readStat, signalPid, type ProcessIdentity } from "./process-identity.ts";

/** Pids of the direct children; empty when it ended. */
function children(pid: number): readonly number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return text === "" ? [] : text.split(" ").map(Number);
  } catch {
    return []; // it ended
  }
}

/** Pids of everything below `root`, parents first, without `root`. */
export function descendants(root: number): readonly number[] {
  const found: number[] = [];
  const queue = [...children(root)];
  for (let pid = queue.shift(); pid !== undefined; pid = queue.shift()) {
    found.push(pid);
    queue.push(...children(pid));
  }
  return found;
}

/** The process's place among pid namespaces; empty when it ended or may not be seen. */
function pidNamespace(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return "";
  }
}

/**
 * Pids of the app's own processes below a wrapper, its main process first: not the wrapper, not
 * bubblewrap outside the sandbox, not the sandbox's init (bubblewrap as pid 1, which reaps).
 */
export function appProcesses(wrapper: number): readonly number[] {
  const below = descendants(wrapper).filter((pid) => !isHelper(pid));
  const outside = pidNamespace(wrapper);
  const inside = below.filter((pid) => pidNamespace(pid) !== outside);
  return inside.length > 0 ? inside : below;
}

/**
 * Pids of a session, which is what the wrapper leads: without a pid namespace this also finds what
 * was left behind by its parents, unless it made a session of its own.
 */
export function sessionMembers(session: number): readonly number[] {
  const pids: number[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const [state = "Z", , , owner] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (Number(owner) === session && !"ZX".includes(state)) pids.push(pid);
    } catch {
      // it ended while we looked
    }
  }
  return pids;
}

function isHelper(pid: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const name = /^Name:\t(.*)$/m.exec(status)?.[1] ?? "";
    return /^State:\t[ZX]/m.test(status) || name === "bwrap" || name === "timeout";
  } catch {
    return true; // it ended
  }
}

/**
 * Kills everything below `wrapper` (and `extra`, such as a control group's members) until the wrapper has
 * written down how its child ended, and has ended. A wrapper without a child is about to have one or to
 * write its end: either way there is something left to wait for.
 */
export async function killTree(
  wrapper: ProcessIdentity,
  extra: () => readonly number[],
): Promise<void> {
  const deadlineAt = Date.now() + killMs;
  while (isAlive(wrapper) && Date.now() < deadlineAt) {
    const pids = new Set([...descendants(wrapper.pid), ...extra()]);
    pids.delete(wrapper.pid);
    const living = [...pids].filter((pid) => !"ZX".includes(readStat(pid)?.state ?? "Z"));
    for (const pid of living) signalPid(pid, "SIGKILL");
    // Between two rounds the kernel takes the tree apart; there is no event to wait for.
    await new Promise((done) => setTimeout(done, 5));
  }
}
