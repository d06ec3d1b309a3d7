/** Memory of a process tree where no control group counts it. */
import { readFileSync } from "node:fs";
import { descendants } from "./process-tree.ts";

/** Resident bytes of everything below `root`; shared pages count once for each process. */
export function residentBytes(root: number): number {
  return descendants(root).reduce((total, pid) => total + residentOf(pid), 0);
}

function residentOf(pid: number): number {
  try {
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Number(kibibytes ?? 0) * 1024;
  } catch {
    return 0; // it ended
  }
}
