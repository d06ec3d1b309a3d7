/** What people are told of a release whose instances end unasked and are started again. Pure. */
import { ago, formatDurationMs } from "#std";
import type { CrashRecord } from "./release.ts";

/** Ends within this time are remembered and told. */
export const restartsToldMs = 10 * 60_000;
/** So many of them are no accident any more: the app counts as restarting. */
export const restartingFrom = 3;

export interface Restarts {
  readonly count: number;
  /** "exit code 3". */
  readonly lastExit: string;
  readonly lastAt: number;
  readonly isRestarting: boolean;
}

/** Gives nothing when no instance ended unasked in the last ten minutes. */
export function restartsOf(
  crash: Pick<CrashRecord, "exitsAt" | "lastExit"> | undefined,
  now: number,
): Restarts | undefined {
  const recent = crash?.exitsAt.filter((at) => at > now - restartsToldMs) ?? [];
  const lastAt = recent.at(-1);
  if (crash === undefined || lastAt === undefined) return undefined;
  const count = recent.length;
  return { count, lastExit: crash.lastExit, lastAt, isRestarting: count >= restartingFrom };
}

/** Renders "v12 restarted 5 times in the last 10 min, exit code 3 (last 20 s ago)". */
export function restartWords(
  number: number,
  { count, lastExit, lastAt }: Omit<Restarts, "isRestarting">,
  now: number,
): string {
  const times = count === 1 ? "once" : `${count} times`;
  const when = count === 1 ? ago(lastAt, now) : `last ${ago(lastAt, now)}`;
  return `v${number} restarted ${times} in the last ${formatDurationMs(restartsToldMs)}, ${lastExit} (${when})`;
}

/** Gives what to type to see why, and to be rid of it. */
export function nextWhenRestarting(app: string): string {
  return `tidegate logs --app ${app}, or tidegate release rollback --app ${app}`;
}
