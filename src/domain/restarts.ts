/** What people are told of a release whose instances end unasked and are started again. Pure. */
import { ago, formatDurationMs } from "#std";
import type { CrashRecord, Instance } from "./release.ts";

/** Ends within this time are remembered and told. */
export const restartsToldMs = 10 * 60_000;
/** So many of them are no accident any more: the app counts as restarting. */
export const restartingFrom = 3;

export interface Restarts {
  /** Ends that nobody asked for, and starts that failed. */
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

/** Whether it should run and no instance of it answers. */
export function isDown(instances: readonly Pick<Instance, "state">[]): boolean {
  return instances.length > 0 && instances.every(({ state }) => state !== "ready");
}

/** What is live, as far as its instances tell how it is. */
export interface LiveInstances {
  readonly number: number;
  readonly restarts?: Restarts | undefined;
  readonly isDown: boolean;
}

/**
 * Renders "v12 restarted 5 times in the last 10 min, exit code 3 (last 20 s ago)", or that none answers; nothing
 * when they are well.
 */
export function illWords(live: LiveInstances, now: number): string | undefined {
  const { number, restarts } = live;
  if (restarts === undefined) {
    return live.isDown ? `none of the instances of v${number} answers` : undefined;
  }
  const { count, lastExit, lastAt } = restarts;
  const times = count === 1 ? "once" : `${count} times`;
  const when = count === 1 ? ago(lastAt, now) : `last ${ago(lastAt, now)}`;
  const down = live.isDown ? "; none of its instances answers" : "";
  return `v${number} restarted ${times} in the last ${formatDurationMs(restartsToldMs)}, ${lastExit} (${when})${down}`;
}

/** Gives what to type to see why what is live fares ill, and to have back what was live before it. */
export function nextWhenIll(app: string, number: number): string {
  const why = `tidegate logs --app ${app} says why`;
  const back = `tidegate release rollback --app ${app} brings back what was live before, if anything was`;
  // Before the first release there was nothing. Later ones may be the first that got to be live as well.
  return number === 1 ? why : `${why}; ${back}`;
}
