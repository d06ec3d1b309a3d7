/** An error as it was read from lines that a program printed. */

export interface LogLine {
  readonly text: string;
  /** In the log it was read from, from 1. */
  readonly number: number;
}

/** A place in code. */
export interface Frame {
  /** As printed; of the app's own code, below the app's directory. */
  readonly file: string;
  readonly line: number;
  /** The function, where it has a name. */
  readonly in?: string;
  readonly isOwn: boolean;
}

export interface LoggedError {
  /** "TypeError"; absent when a line only says that something failed. */
  readonly type?: string;
  readonly message: string;
  /** The place that says most: the innermost of the app's own code, or else the innermost. */
  readonly at?: Frame;
  /** The line where it begins, and how many belong to it. */
  readonly number: number;
  readonly lines: number;
}

/** One as it is found, before its place in the log is known. */
export type Found = Omit<LoggedError, "number">;
