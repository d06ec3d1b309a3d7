/** Reads logs that are too long to be read whole: by line number, by search, and as they grow. */

/** Lines of a log from a place on. Lines are counted from 1. */
export interface LogWindow {
  /** Whole lines that the log has now. */
  readonly total: number;
  /** The number of the first line given. */
  readonly from: number;
  /** Without their line ends; a line that is very long is cut. */
  readonly lines: readonly string[];
  /** What was written after the last line end, if anything. */
  readonly rest?: string;
}

export interface LogHits {
  /** Numbers of the lines in which it was found, ascending; of many, the first. */
  readonly numbers: readonly number[];
  /** In how many lines it was found. */
  readonly found: number;
  readonly total: number;
}

/** A log is one file, or several that follow one another; one that is not there is empty. Absolute paths. */
export interface LogReader {
  window(
    files: readonly string[],
    query: { readonly from: number; readonly count: number },
  ): Promise<LogWindow>;
  /** Finds text; letters of ASCII count as alike in either case. Stops when `signal` aborts. */
  search(
    files: readonly string[],
    query: { readonly text: string; readonly most: number; readonly signal: AbortSignal },
  ): Promise<LogHits>;
  /**
   * Windows as the log grows, from the line after `after` on; begins with what is there, and ends after a look
   * before which `isOver` said that nothing more would be written.
   */
  follow(
    files: readonly string[],
    query: {
      readonly after: number;
      readonly isOver: () => Promise<boolean>;
      readonly signal: AbortSignal;
    },
  ): AsyncIterable<LogWindow>;
}
