/** Memory and tasks of a process tree where no control group counts them. */
import { readFileSync } from "node:fs";
import { descendants } from "./process-tree.ts";

export interface TreeUsage {
  /** Shared pages count once for each process. */
  readonly residentBytes: number;
  /** Processes and threads, as the kernel counts them against `prlimit --nproc`. */
  readonly tasks: number;
}

/** What everything below `root` uses now. */
export function treeUsage(root: number): TreeUsage {
  let [residentBytes, tasks] = [0, 0];
  for (const pid of descendants(root)) {
    const status = statusOf(pid);
    residentBytes += Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
    tasks += Number(/^Threads:\s+(\d+)$/m.exec(status)?.[1] ?? 0);
  }
  return { residentBytes, tasks };
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return ""; // it ended
  }
}
