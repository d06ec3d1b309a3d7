/** The log lines of an app's instances: the last ones, then those to come. */
import { readdirSync, statSync, type Stats } from "node:fs";
import { join } from "node:path";
import type { AppName, InstanceId, InstanceLogLine, LogSource } from "#domain";
import type { InstanceState } from "./instance.ts";
import { logFile } from "./launch.ts";
import { followPollMs } from "./limits.ts";
import { followLines, makeBell } from "./log-file.ts";
import { timedTail, type TimedLine } from "./log-times.ts";
import { readJson } from "./workspace.ts";

export interface LogQuery {
  readonly app: AppName;
  readonly release?: string;
  readonly instance?: InstanceId;
  readonly tail: number;
  readonly follow: boolean;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

interface Source {
  readonly directory: string;
  readonly state: InstanceState;
}

/**
 * Reads the logs of all instances that match.
 * @yields The last lines in the order of their time, whichever instance wrote them; then those to come.
 */
export async function* instanceLogs(top: string, query: LogQuery): AsyncGenerator<InstanceLogLine> {
  const seen = new Map<string, number>();
  const sources = matching(top, query).map((source) => ({ source, log: statOf(source.directory) }));
  for (const { source, log } of sources) seen.set(source.directory, log?.size ?? 0);
  yield* await newest(sources, query.tail);
  if (query.follow) yield* followAll(top, query, seen);
}

interface Written {
  readonly source: Source;
  readonly log: Stats | undefined;
}

/** The last `tail` lines of all; a log is not read when enough lines are newer than its last write. */
async function newest(
  written: readonly Written[],
  tail: number,
): Promise<readonly InstanceLogLine[]> {
  const latestFirst = written.toSorted((a, b) => (b.log?.mtimeMs ?? 0) - (a.log?.mtimeMs ?? 0));
  let lines: InstanceLogLine[] = [];
  for (const { source, log } of latestFirst) {
    const oldest = lines.length < tail ? undefined : lines[0]?.at;
    if (log === undefined || (oldest !== undefined && oldest > log.mtimeMs)) continue;
    const more = await timedTail(logFile(source.directory), tail);
    // The sort is stable: lines of one time stay in the order in which their program wrote them.
    lines = [...more.map((line) => labelled(source.state, line)), ...lines]
      .toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0))
      .slice(-tail);
  }
  return lines;
}

/** Kept logs of an app's instances, the last started first. */
export function logSources(top: string, app: AppName): readonly LogSource[] {
  return matching(top, { app })
    .map(({ directory, state: { id, release, processType, startedAt } }) => {
      const file = logFile(directory);
      // What was copied aside comes first.
      const files = [`${file}.1`, file];
      const sizes = files.map((one) => statSync(one, { throwIfNoEntry: false })?.size ?? 0);
      const sizeBytes = sizes.reduce((sum, size) => sum + size, 0);
      return { instance: id, release, processType, startedAt, sizeBytes, files };
    })
    .toReversed();
}

type Wanted = Pick<LogQuery, "app" | "release" | "instance">;

function matching(top: string, query: Wanted): readonly Source[] {
  let names: readonly string[] = [];
  try {
    names = readdirSync(top);
  } catch {
    return []; // no instance was ever started
  }
  return names
    .flatMap((name) => {
      const directory = join(top, name);
      const state = readJson<InstanceState>(join(directory, "state.json"));
      return state !== undefined && isWanted(state, query) ? [{ directory, state }] : [];
    })
    .toSorted((a, b) => a.state.startedAt - b.state.startedAt);
}

function isWanted(state: InstanceState, query: Wanted): boolean {
  return (
    state.app === query.app &&
    (query.release === undefined || state.release === query.release) &&
    (query.instance === undefined || state.id === query.instance)
  );
}

/**
 * Follows every matching log, also of instances that start later.
 * @yields lines as they come.
 */
async function* followAll(
  top: string,
  query: LogQuery,
  from: ReadonlyMap<string, number>,
): AsyncGenerator<InstanceLogLine> {
  const bell = makeBell();
  const lines: InstanceLogLine[] = [];
  const followed = new Set<string>();
  const never = new Promise<never>(() => {});
  const pump = async ({ directory, state }: Source): Promise<void> => {
    const start = from.get(directory) ?? 0;
    const follow = { file: logFile(directory), from: start, ended: never, signal: query.signal };
    for await (const text of followLines(follow)) {
      lines.push(labelled(state, { text, at: query.now() }));
      bell.ring();
    }
  };
  const look = (): void => {
    for (const source of matching(top, query)) {
      if (followed.has(source.directory)) continue;
      followed.add(source.directory);
      void pump(source);
    }
  };
  const timer = setInterval(look, followPollMs);
  query.signal.addEventListener("abort", bell.ring);
  try {
    look();
    while (!query.signal.aborted) {
      yield* lines.splice(0);
      if (lines.length === 0) await bell.wait();
    }
  } finally {
    clearInterval(timer);
    query.signal.removeEventListener("abort", bell.ring);
  }
}

function statOf(directory: string): Stats | undefined {
  return statSync(logFile(directory), { throwIfNoEntry: false });
}

function labelled(state: InstanceState, { text, at }: TimedLine): InstanceLogLine {
  return { instance: state.id, processType: state.processType, release: state.release, at, text };
}
