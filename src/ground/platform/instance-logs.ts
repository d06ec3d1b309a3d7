/** The log lines of an app's instances: the last ones, then those to come. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { AppName, InstanceId, InstanceLogLine } from "#domain";
import type { InstanceState } from "./instance.ts";
import { logFile } from "./launch.ts";
import { followPollMs } from "./limits.ts";
import { followLines, makeBell, tailLines } from "./log-file.ts";
import { readJson } from "./workspace.ts";

export interface LogQuery {
  readonly app: AppName;
  readonly release?: string;
  readonly instance?: InstanceId;
  readonly tail: number;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

interface Source {
  readonly directory: string;
  readonly state: InstanceState;
}

/**
 * Reads the logs of all instances that match.
 * @yields lines; programs write them without times, so instances follow one another by their start.
 */
export async function* instanceLogs(top: string, query: LogQuery): AsyncGenerator<InstanceLogLine> {
  const seen = new Map<string, number>();
  const sources = matching(top, query);
  // Shared evenly, newest first, so that a chatty instance does not hide the others.
  let left = query.tail;
  const tails: InstanceLogLine[][] = [];
  for (const [index, source] of sources.toReversed().entries()) {
    const share = Math.ceil(left / (sources.length - index));
    seen.set(source.directory, sizeOf(source.directory));
    const lines = await tailLines(logFile(source.directory), share);
    left -= lines.length;
    tails.unshift(lines.map((text) => labelled(source.state, text)));
  }
  yield* tails.flat();
  if (query.follow) yield* followAll(top, query, seen);
}

function matching(top: string, query: LogQuery): readonly Source[] {
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

function isWanted(state: InstanceState, query: LogQuery): boolean {
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
      lines.push(labelled(state, text));
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

function sizeOf(directory: string): number {
  return statSync(logFile(directory), { throwIfNoEntry: false })?.size ?? 0;
}

function labelled(state: InstanceState, text: string): InstanceLogLine {
  return { instance: state.id, processType: state.processType, release: state.release, text };
}
