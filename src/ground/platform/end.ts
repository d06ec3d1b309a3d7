/** How a program ended, from what it left behind. Pure. */
import { constants } from "node:os";
import type { Limits, StepEnd } from "#domain";

/** What is known at the end of a step. */
export interface EndFacts {
  /** Exit status as a shell tells it; absent when the wrapper died before it could write one. */
  readonly code: number | undefined;
  /** Why it was killed, when it was us. */
  readonly killedFor: keyof Limits | "cancelled" | undefined;
  readonly elapsedMs: number;
  readonly outputBytes: number;
  /** Bytes in the work directory, measured when the step failed. */
  readonly diskBytes: number;
  readonly outOfMemoryKills: number;
  readonly forksRefused: number;
}

const kill = 128 + 9;
const fileSize = 128 + 25;

/** Decides which end a step came to; a limit explains a failure, never a success. */
export function stepEnd(facts: EndFacts, limits: Limits): StepEnd {
  const limit = (name: keyof Limits): StepEnd => ({
    kind: "limit",
    limit: name,
    allowed: limits[name],
  });
  const { code, killedFor } = facts;
  if (killedFor === "cancelled") return { kind: "cancelled" };
  if (killedFor !== undefined) return limit(killedFor);
  if (code === 0) return { kind: "exited", code };
  const reached = limitReached(facts, limits);
  if (reached !== undefined) return limit(reached);
  if (code === undefined) return { kind: "signalled", signal: "SIGKILL" };
  const signal = signalName(code);
  return signal === undefined ? { kind: "exited", code } : { kind: "signalled", signal };
}

/** The limit that explains a failure, the surest sign first. */
function limitReached(facts: EndFacts, limits: Limits): keyof Limits | undefined {
  if (facts.outOfMemoryKills > 0) return "memoryBytes";
  if (facts.forksRefused > 0) return "processes";
  if (facts.outputBytes >= limits.outputBytes) return "outputBytes";
  // SIGXFSZ by default; programs that ignore it see a write fail and end as they like.
  if (facts.code === fileSize || facts.diskBytes >= limits.diskBytes) return "diskBytes";
  if (facts.code === kill && facts.elapsedMs >= limits.wallMs) return "wallMs";
  return undefined;
}

/** Renders the end of an instance: "exit code 1", "signal SIGKILL", "out of memory (512 MiB)". */
export function exitText(
  code: number | undefined,
  outOfMemoryKills: number,
  memoryBytes: number,
): string {
  if (outOfMemoryKills > 0 && code !== 0) {
    return `out of memory (${Math.round(memoryBytes / 1024 / 1024)} MiB)`;
  }
  if (code === undefined) return "signal SIGKILL";
  const signal = signalName(code);
  return signal === undefined ? `exit code ${code}` : `signal ${signal}`;
}

/** Shells add 128 to the number of the signal. */
function signalName(code: number): string | undefined {
  return Object.entries(constants.signals).find(([, number]) => code === 128 + number)?.[0];
}
