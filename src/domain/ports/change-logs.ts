/** What a change's steps printed, kept for people and streamed to whoever watches. */
import type { ChangeId } from "../ids.ts";
import type { Removed } from "./shelf.ts";

export interface ChangeLogLine {
  readonly stage: "build" | "test";
  readonly text: string;
}

export interface ChangeLogs {
  /** Never throws and never waits: a log that cannot be written must not stop a delivery. */
  append(change: ChangeId, line: ChangeLogLine): void;
  /** All lines kept, at most `linesMax` of the newest. */
  read(
    change: ChangeId,
    stage: ChangeLogLine["stage"],
    linesMax: number,
  ): Promise<readonly string[]>;
  /** The file that the lines are in, absolute; there may be none yet. */
  file(change: ChangeId, stage: ChangeLogLine["stage"]): string;
  /** Removes the logs of changes that nobody wrote to for long, and the oldest beyond a size. */
  removeOld(now: number): Promise<Removed>;
  /** Lines appended from now on by this process, until `signal` aborts. */
  follow(change: ChangeId, signal: AbortSignal): AsyncIterable<ChangeLogLine>;
}
